"""Where in arguments a followed secret or personal value stands, in whatever form: what is to be masked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import polars as pl

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.sensitive import Link, Sensitive, Span
from afteraction.records.match import MATCHES

#: Of a personal value so much must be carried: a town is no address, a domain no mail address.
_MOST: Final = 0.8
_MASKED: Final = ("secret", "personal")
_SCALAR: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+\-]*', re.DOTALL)
_CHAR: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL
)
_JSON: Final = ("{", "[", '"')


class Carried(NamedTuple):
    """A part of a leaf, in characters from `start` to `end`, that carries what `of` matched elsewhere."""

    leaf: int
    start: int
    end: int
    of: Span
    how: str


def carried_of(
    corpus: Corpus, linked: Iterable[Link], known: Sensitive, actions: pl.DataFrame
) -> pl.DataFrame:
    """MATCHES of the stretches of arguments into which links carried a secret or a personal value.

    A text that was decoded counts as its whole encoded form. Offsets are characters of `args`; where an
    argument cannot be found in them as it was read, they are all of `args`.
    """
    rows = [row for one in _carried(corpus, linked, known) for row in _rows(corpus, one, actions)]
    return pl.DataFrame(rows, schema=MATCHES, orient="row").unique(maintain_order=True)


def _carried(corpus: Corpus, linked: Iterable[Link], known: Sensitive) -> Iterator[Carried]:
    for link in linked:
        if link.label not in _MASKED or link.source < 0:
            continue
        for of in known.touching(link.source, link.origin, link.origin_end):
            if of[2] in _MASKED:
                there = _there(corpus, link, known)
                if of[2] == "secret" or _shared(there, of) >= _MOST * (of[1] - of[0]):
                    yield Carried(link.leaf, *_here(corpus, link, known, of, there), of, link.how)


def _there(corpus: Corpus, link: Link, known: Sensitive) -> tuple[int, int]:
    """The stretch of the origin in characters of the text that was read."""
    if int(corpus.parent[link.source]) != link.source:
        return corpus.span[link.source]
    return known.char(link.source, link.origin), known.char(link.source, link.origin_end)


def _shared(there: tuple[int, int], of: Span) -> int:
    return min(there[1], of[1]) - max(there[0], of[0])


def _here(corpus: Corpus, link: Link, known: Sensitive, of: Span, there: tuple[int, int]) -> tuple[int, int]:
    """The characters of the leaf that stand for the match."""
    if int(corpus.parent[link.arg_doc]) != link.arg_doc:
        return corpus.span[link.arg_doc]
    low, high = known.char(link.arg_doc, link.start), known.char(link.arg_doc, link.end)
    within = of[0] <= there[0] and there[1] <= of[1]
    if within or int(corpus.parent[link.source]) != link.source:
        return low, high
    first, last = _counterpart(
        corpus.texts[link.source][there[0] : there[1]],
        corpus.texts[link.arg_doc][low:high],
        (max(of[0], there[0]) - there[0], min(of[1], there[1]) - there[0]),
        backwards="reverse" in link.how,
    )
    return low + first, low + last


def _counterpart(origin: str, copy: str, part: tuple[int, int], *, backwards: bool) -> tuple[int, int]:
    """Where `part` of `origin` stands in its copy, by letters and digits; all of it if they differ."""
    plain = copy.lower().find(origin[slice(*part)].lower())
    if plain >= 0 and copy.isascii():
        return plain, plain + part[1] - part[0]
    mine = [at for at, char in enumerate(copy) if char.isalnum()]
    before = sum(map(str.isalnum, origin[: part[0]]))
    inside = sum(map(str.isalnum, origin[part[0] : part[1]]))
    if not inside or len(mine) != sum(map(str.isalnum, origin)):
        return 0, len(copy)
    first = len(mine) - before - inside if backwards else before
    return mine[first], mine[first + inside - 1] + 1


def _rows(corpus: Corpus, one: Carried, actions: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    row = int(corpus.leaves.row[one.leaf])
    action_id, session, position, args = actions.select("action_id", "session_key", "position", "args").row(
        row
    )
    _, _, sensitivity, value_fp, label = one.of
    for start, end in _in_arguments(args or "", corpus.leaves.text[one.leaf], one.start, one.end):
        yield (
            session, action_id, "args", position, "", "", label, start, end, one.how, sensitivity, value_fp,
        )  # fmt: skip


def _in_arguments(args: str, leaf: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places in `args` of characters `start` to `end` of one of its values."""
    if args == leaf:
        return [(start, end)]
    places = []
    if args.lstrip()[:1] in _JSON:
        for scalar in _SCALAR.finditer(args):
            written = scalar.group()
            if written[:1] != '"':
                if written == leaf:
                    places.append(scalar.span())
            elif _value(written) == leaf:
                places.append(_inside(written, scalar.start(), start, end))
    return places or [(0, len(args))]


def _value(written: str) -> str | None:
    if "\\" not in written:
        return written[1:-1]
    try:
        found: str = json.loads(written, strict=False)
    except ValueError:
        return None
    return found


def _inside(written: str, at: int, start: int, end: int) -> tuple[int, int]:
    """Characters of a value in the JSON string that spells it."""
    if "\\" not in written:
        return at + 1 + start, at + 1 + end
    steps = [0]
    for char in _CHAR.finditer(written, 1, len(written) - 1):
        steps.append(steps[-1] + len(char.group()))
    return at + 1 + steps[start], at + 1 + steps[end]
