"""From stretches found in earlier texts to links: those too telling to be chance, and sensitive ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from afteraction.lineage.corpus import RESULT, Corpus
from afteraction.lineage.sensitive import Link, Sensitive
from afteraction.lineage.stretches import Stretches, siblings
from afteraction.lineage.telling import TELLING_BITS
from afteraction.lineage.threads import Threads
from afteraction.lineage.tokens import I64, Bools, as_i64

#: Sensitive values need fewer bits than others; and no value is shorter than this, in bytes.
SENSITIVE_BITS: Final = 6.0
TELLING_BYTES: Final = 6
_DATE: Final = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
)
Place = tuple[int, int, int]


def links(corpus: Corpus, copied: Stretches, woven: Threads, known: Sensitive) -> Iterator[Link]:
    """Links of stretches that came from a result and are too telling to be chance, or that are sensitive."""
    found = copied.and_also(woven.found)
    arg_doc = as_i64(np.searchsorted(corpus.tokens.offset, found.start, "right") - 1)
    telling = (found.bits >= TELLING_BITS) & (corpus.kind[found.doc] == RESULT)
    chosen = np.flatnonzero(_worthwhile(corpus, found, known, telling))
    chosen = chosen[~siblings(corpus, found.take(chosen))]
    chosen = chosen[_outermost(corpus, found.take(chosen), arg_doc[chosen])]
    columns = (
        found.leaf,
        arg_doc,
        found.start,
        found.end,
        found.doc,
        found.origin,
        found.origin_end,
        telling,
    )
    for number, leaf, doc, start, end, source, origin, stop, enough in zip(
        chosen.tolist(), *(column[chosen].tolist() for column in columns), strict=True
    ):
        here, there = (doc, start, end), (source, origin, stop)
        label, value_fp = known.at(*there)
        if label == "none" and (not enough or _only_dates(corpus, there)):
            continue
        done = number - copied.leaf.size
        how = _how(corpus, here, there, woven.hows[done] if done >= 0 else _change(corpus, here, there))
        of = (int(corpus.kind[source]), int(corpus.row[source]), int(corpus.avail[source]))
        yield Link(leaf, *of, *here, how, label, value_fp, *there)


def _worthwhile(corpus: Corpus, found: Stretches, known: Sensitive, telling: Bools) -> Bools:
    near = known.may_touch(found.doc, found.origin, found.origin_end) & (found.bits >= SENSITIVE_BITS)
    shown = ~corpus.leaves.derived[found.leaf] & (found.origin_end - found.origin >= TELLING_BYTES)
    worthwhile: Bools = shown & (telling | near)
    return worthwhile


def _outermost(corpus: Corpus, found: Stretches, arg_doc: I64) -> I64:
    """Stretches that lie in no other one of their kind of origin; of equal ones that which was read first."""
    result = corpus.kind[found.doc] == RESULT
    owner = arg_doc * 2 + result
    order = np.lexsort((corpus.avail[found.doc], -found.end, found.start, owner))
    end = found.end[order] + owner[order] * corpus.tokens.raw.size
    reached = np.maximum.accumulate(end)
    outer = np.ones(order.size, dtype=bool)
    outer[1:] = end[1:] > reached[:-1]
    return as_i64(np.sort(order[outer]))


def _only_dates(corpus: Corpus, there: Place) -> bool:
    rest = _DATE.sub("", _text(corpus, there))
    return sum(map(str.isalnum, rest)) < TELLING_BYTES


def _text(corpus: Corpus, place: Place) -> str:
    return corpus.tokens.raw[place[1] : place[2]].tobytes().decode("utf-8", "replace")


def _how(corpus: Corpus, here: Place, there: Place, change: str) -> str:
    steps = (corpus.how[here[0]], corpus.how[there[0]], change)
    return ">".join(step for step in steps if step) or "exact"


def _change(corpus: Corpus, here: Place, there: Place) -> str:
    """What happened to words that were copied one by one."""
    tokens, (doc, start, end) = corpus.tokens, here
    first, last = tokens.first[doc], tokens.first[doc + 1] - 1
    if tokens.start[first] < start or tokens.end[last] > end:
        return "part"
    one, two = _text(corpus, here), _text(corpus, there)
    return "" if one == two else "case" if one.lower() == two.lower() else "space"
