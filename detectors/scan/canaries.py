"""Looks for planted values on every level of a scan, and for their pieces over the calls of a session.

The values are compiled in memory only: nothing of them reaches the cache of rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import hyperscan
import numpy as np
import polars as pl

from afteraction.records.canary import Canary
from detectors.detector import Pattern
from detectors.scan.buffer import Buffer, from_series
from detectors.scan.canary_forms import PIECE, Form, forms, pieces
from detectors.scan.engine import Engine, Values
from detectors.scan.rules import Rule, Ruleset

DETECTOR: Final = "canary"
LABEL: Final = "CANARY"
#: The share of a spelling that pieces in a session's calls must cover together.
_SHARE: Final = 0.8
_REACH: Final = 4
#: The most bytes that one character's escapes take.
_LONGEST: Final = 48


@dataclass(frozen=True)
class Watched(Engine):
    """An engine that finds planted values besides what its rules find."""

    rules: Engine = field(kw_only=True)
    planted: Engine = field(kw_only=True)

    def scan(self, buffer: Buffer) -> Values:
        """Every accepted value of a buffer; planted values have the rule numbers after the others."""
        known, planted = self.rules.scan(buffer), self.planted.scan(buffer)
        if not len(planted):
            return known
        row, start, end = (
            np.concatenate([getattr(known, name), getattr(planted, name)]) for name in ("row", "start", "end")
        )
        number = np.concatenate([known.number, planted.number + len(self.rules.ruleset.rules)])
        return Values(row, start, end, number, [*known.text, *planted.text])


def watching(base: Engine, canaries: Sequence[Canary]) -> Engine:
    """`base` itself, or with planted values to look for."""
    if not canaries:
        return base
    planted = _engine(tuple(canaries))
    both = Ruleset((*base.ruleset.rules, *planted.ruleset.rules))
    return Watched(both, base.database, rules=base, planted=planted)


@lru_cache(maxsize=4)
def _engine(canaries: tuple[Canary, ...]) -> Engine:
    rules = tuple(Rule(DETECTOR, _pattern(one, form)) for one in canaries for form in forms(one.value))
    return Engine(Ruleset(rules), _compiled([rule.trigger for rule in rules]))


def _pattern(canary: Canary, form: Form) -> Pattern:
    return Pattern(
        rule=f"{DETECTOR}:{canary.name}",
        regex=_literal(form),
        label=LABEL,
        sensitivity="secret",
        reach=_REACH + len(form.text.encode("utf-8", "replace")) + _LONGEST * _odd(form.text),
        rank=-1,
        canonical=lambda _: canary.value,
    )


def _literal(form: Form, text: str | None = None) -> str:
    """A text of a form as an expression that RE2 and Hyperscan read alike.

    What JSON escapes may be escaped, however often, or evened out; see `buffer.even_out`.
    """
    spelled = map(_spelled, text or form.text)
    return "".join(spelled if form.exact else ("(?i)", *spelled))


def _spelled(char: str) -> str:
    if char in _ESCAPED:
        return r"[\x5c\x22\x09\x0a\x0d\x20]{1,16}"
    if char.isascii():
        return char if char.isalnum() else f"\\x{ord(char):02x}"
    units = char.encode("utf-16-be", "replace").hex()
    escapes = "".join(rf"\x5c{{1,16}}u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return f"(?:{char}|{escapes})"


_ESCAPED: Final = frozenset('\\"\n\r\t')


def _odd(text: str) -> int:
    """How many characters of a text may be spelled in more than one way."""
    return sum(char in _ESCAPED or not char.isascii() for char in text)


def _compiled(expressions: Sequence[str]) -> Any:
    built = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    raw = [text.encode("utf-8", "replace") for text in expressions]
    built.compile(expressions=raw, ids=list(range(len(raw))), flags=0)
    return built


@dataclass(frozen=True)
class _Pieces:
    """An engine for pieces; `known` has (canary, form, place in the form) of each number."""

    engine: Engine
    known: tuple[tuple[Canary, Form, int], ...]


@lru_cache(maxsize=4)
def _pieces(canaries: tuple[Canary, ...]) -> _Pieces:
    known, texts = [], []
    for one in canaries:
        for form, runs in pieces(one.value):
            known += [(one, form, at) for at in range(len(runs))]
            texts += [_literal(form, run) for run in runs]
    return _Pieces(Engine(Ruleset(()), _compiled(texts)), tuple(known))


def with_pieces(values: pl.DataFrame, places: pl.DataFrame, canaries: Sequence[Canary]) -> pl.DataFrame:
    """`values` with the pieces of planted values that the calls of one session send one by one.

    Pieces count when they cover most of one spelling together. `places` has `row`, `text`, `part` and
    `session_key`; the value of a piece is the whole one, so that all have one fingerprint.
    """
    args = places.filter(pl.col("part") == "args") if canaries else places.clear()
    if args.is_empty():
        return values
    found = _found(args, tuple(canaries), _whole(values))
    rows = [row for (_, canary, form), spans in found.items() for row in _rows(canary, form, spans, args)]
    more = pl.DataFrame(rows, schema=values.schema, orient="row") if rows else values.clear()
    return pl.concat([values, more]).sort("row", "start", "end", maintain_order=True) if rows else values


def _whole(values: pl.DataFrame) -> set[tuple[int, str]]:
    """The rows that hold a planted value as a whole, with its rule."""
    whole = values.filter(pl.col("detector") == DETECTOR)
    return set(whole.select("row", "rule").iter_rows())


@dataclass(frozen=True)
class _Span:
    """A piece: line of `args`, start and end in bytes of its text, place in its spelling."""

    line: int
    start: int
    end: int
    at: int


def _found(
    args: pl.DataFrame, canaries: tuple[Canary, ...], whole: set[tuple[int, str]]
) -> dict[tuple[str, Canary, Form], list[_Span]]:
    """The pieces of each spelling in each session that cover enough of it."""
    known, buffer = _pieces(canaries), from_series(args["text"])
    if not known.known or not len(buffer.data):
        return {}
    ends, numbers = known.engine.hits(buffer)
    lines = buffer.row_of(ends - 1)
    sessions, rows = args["session_key"].to_list(), args["row"].to_list()
    spans: dict[tuple[str, Canary, Form], list[_Span]] = defaultdict(list)
    for end, number, line in zip(ends.tolist(), numbers.tolist(), lines.tolist(), strict=True):
        canary, form, at = known.known[number]
        if (rows[line], f"{DETECTOR}:{canary.name}") not in whole:
            stop = end - int(buffer.starts[line])
            size = len(form.text[at : at + PIECE].encode("utf-8", "replace"))
            spans[sessions[line], canary, form].append(_Span(line, stop - size, stop, at))
    return {key: found for key, found in spans.items() if _covers(key[2], found)}


def _covers(form: Form, spans: Sequence[_Span]) -> bool:
    covered = np.zeros(len(form.text), dtype=np.bool_)
    for one in spans:
        covered[one.at : one.at + PIECE] = True
    return bool(covered.mean() >= _SHARE)


def _rows(
    canary: Canary, form: Form, spans: Sequence[_Span], args: pl.DataFrame
) -> Iterator[tuple[int, int, int, str, str, str, str, str, str]]:
    """Rows of `VALUES`: pieces that touch in one text are one."""
    texts, rows = args["text"], args["row"]
    how = f"{form.how}>part" if form.how else "part"
    for line, start, end in _merged(spans):
        raw = str(texts[line]).encode("utf-8", "replace")
        first = len(raw[:start].decode("utf-8", "replace"))
        last = first + len(raw[start:end].decode("utf-8", "replace"))
        rule = f"{DETECTOR}:{canary.name}"
        yield int(rows[line]), first, last, DETECTOR, rule, LABEL, "secret", how, canary.value


def _merged(spans: Sequence[_Span]) -> Iterator[tuple[int, int, int]]:
    line, start, end = -1, 0, 0
    for one in sorted(spans, key=lambda one: (one.line, one.start)):
        if one.line == line and one.start <= end:
            end = max(end, one.end)
            continue
        if line >= 0:
            yield line, start, end
        line, start, end = one.line, one.start, one.end
    if line >= 0:
        yield line, start, end
