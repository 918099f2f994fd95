"""Explained stretches of arguments: from traced pieces and from slices to links."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np

from afteraction.lineage.corpus import RESULT, SYSTEM, USER, Corpus
from afteraction.lineage.origins import Traced
from afteraction.lineage.phrases import Phrases
from afteraction.lineage.runs import WHOLE, rank
from afteraction.lineage.sensitive import Link, Sensitive
from afteraction.lineage.slices import Slice
from afteraction.lineage.tokens import I64, Bools

#: A link is a flow from this many bits (see `runs`) and bytes on; sensitive values need fewer bits.
TELLING_BITS: Final = 20.0
SENSITIVE_BITS: Final = 6.0
TELLING_BYTES: Final = 6
#: Of one argument so many phrases are kept, the most telling ones.
_MAX_PHRASES: Final = 64
_DATE: Final = re.compile(
    r"\W*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ]+\d{1,2}:\d{2}.{0,14})?\W*"
    r"|\W*\d{1,2}:\d{2}(?::\d{2})?\W*"
)
Place = tuple[int, int, int]


def piece_links(traced: Traced, known: Sensitive) -> Iterator[Link]:
    """Links of pieces that came from a result and are too telling to be chance, or that are sensitive."""
    corpus, found, places = traced.corpus, traced.pieces, traced.places
    tokens = corpus.tokens
    if not places.doc.size:
        return
    size = tokens.end[found.start + found.count - 1] - tokens.start[found.start]
    shown = ~corpus.leaves.derived[found.leaf] & (size >= TELLING_BYTES)
    plain = shown & (traced.place[RESULT] >= 0) & (traced.origin == RESULT) & (found.bits >= TELLING_BITS)
    for kind in (USER, SYSTEM, RESULT):
        piece = _chosen(traced, known, kind, shown, plain)
        origin = places.start[traced.place[kind, piece]]
        stretches = _stretches(corpus, found.start[piece], origin, found.count[piece])
        told = (found.leaf[piece].tolist(), plain[piece].tolist(), (found.kind[piece] == WHOLE).tolist())
        for (here, there, of), leaf, telling, whole in zip(stretches, *told, strict=True):
            label, value_fp = known.at(*there)
            if label == "none" and (not telling or _DATE.fullmatch(_text(corpus, here))):
                continue
            yield Link(leaf, *of, *here, _how(corpus, here, there, whole=whole), label, value_fp)


def phrase_links(traced: Traced, copied: Phrases, known: Sensitive) -> Iterator[Link]:
    """Links of phrases in the midst of longer arguments."""
    corpus = traced.corpus
    one = np.flatnonzero((copied.bits >= TELLING_BITS) & ~corpus.leaves.derived[copied.leaf])
    one = one[np.lexsort((-copied.bits[one], copied.leaf[one]))]
    one = one[rank(copied.leaf[one], np.ones(one.size, dtype=bool)) < _MAX_PHRASES]
    stretches = _stretches(corpus, copied.start[one], copied.origin[one], copied.size[one])
    for (here, there, of), leaf in zip(stretches, copied.leaf[one].tolist(), strict=True):
        yield Link(leaf, *of, *here, _how(corpus, here, there, whole=False), *known.at(*there))


def _stretches(corpus: Corpus, start: I64, origin: I64, size: I64) -> Iterator[tuple[Place, Place, Place]]:
    """((text, begin, end) in the argument, the same in the origin, (kind, row, position) of the origin)."""
    tokens = corpus.tokens

    def place(first: I64) -> Iterator[Place]:
        columns = (tokens.text[first], tokens.start[first], tokens.end[first + size - 1])
        return zip(*(column.tolist() for column in columns), strict=True)

    doc = tokens.text[origin]
    of = zip(corpus.kind[doc].tolist(), corpus.row[doc].tolist(), corpus.avail[doc].tolist(), strict=True)
    return zip(place(start), place(origin), of, strict=True)


def _chosen(traced: Traced, known: Sensitive, kind: int, shown: Bools, plain: Bools) -> I64:
    """Pieces worth a look: telling ones from results, and those found in a text that holds a match."""
    if known.spans.is_empty():
        return np.flatnonzero(plain) if kind == RESULT else np.zeros(0, dtype=np.int64)
    place = traced.place[kind]
    holds = known.holds[traced.corpus.parent[traced.places.doc[place]]]
    near = shown & (place >= 0) & holds & (traced.pieces.bits >= SENSITIVE_BITS)
    if kind != RESULT:
        return np.flatnonzero(near & (traced.origin == kind))
    return np.flatnonzero(near | plain)


def slice_links(corpus: Corpus, cut: list[Slice], known: Sensitive) -> Iterator[Link]:
    """Links of words cut out of, or put around, a word of an earlier text."""
    tokens = corpus.tokens
    pieces: dict[int, set[int]] = defaultdict(set)
    for one in cut:
        if one.end - one.start < tokens.end[one.word] - tokens.start[one.word]:
            pieces[one.word].add(one.origin)
    for one in cut:
        here, size = (one.arg_doc, one.start, one.end), one.end - one.start
        label, value_fp = known.at(one.doc, one.origin, one.origin + size)
        if corpus.kind[one.doc] > RESULT or (
            label == "none" and (corpus.kind[one.doc] != RESULT or not _telling(_text(corpus, here)))
        ):
            continue
        steps = [
            corpus.how[one.arg_doc],
            corpus.how[one.doc],
            "chunk" if len(pieces[one.word]) > 1 else "slice",
        ]
        how = ">".join(step for step in steps if step)
        yield _link(corpus, one.leaf, here, one.doc, (how, label, value_fp))


def _link(corpus: Corpus, leaf: int, here: Place, doc: int, found: tuple[str, str, str]) -> Link:
    origin = (int(corpus.kind[doc]), int(corpus.row[doc]), int(corpus.avail[doc]))
    return Link(leaf, *origin, *here, *found)


def _text(corpus: Corpus, here: Place) -> str:
    return corpus.tokens.raw[here[1] : here[2]].tobytes().decode("utf-8", "replace")


def _how(corpus: Corpus, here: Place, there: Place, *, whole: bool) -> str:
    steps = [corpus.how[here[0]], corpus.how[there[0]], "" if whole else "part"]
    if whole:
        raw = corpus.tokens.raw
        one, two = raw[here[1] : here[2]].tobytes(), raw[there[1] : there[2]].tobytes()
        steps.append("" if one == two else "case" if one.lower() == two.lower() else "space")
    return ">".join(step for step in steps if step) or "exact"


def _telling(text: str) -> bool:
    """Whether a piece of a word is no word itself: digits among letters, or both cases inside."""
    digits = sum(c.isdigit() for c in text)
    if 0 < digits < len(text):
        return True
    return digits >= 8 or (not digits and len(text) >= 12 and not text[1:].islower() and not text.isupper())
