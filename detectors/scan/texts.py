"""Scans a column of texts, decoded forms included, and says where each value stands in the logged text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from detectors.scan.buffer import Buffer, from_series
from detectors.scan.decode import Layer, unwrap
from detectors.scan.engine import Engine, Value, engine

MAX_DEPTH: Final = 5
_SLICE_BYTES = 4 << 20
_DECODE_FACTOR = 4
_DECODE_FLOOR = 4 << 20

#: One row per value. `start`/`end` are character offsets in the logged text; `text` is the raw value.
VALUES: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "detector": pl.String(),
    "rule": pl.String(),
    "label": pl.String(),
    "sensitivity": pl.String(),
    "encoding": pl.String(),
    "text": pl.String(),
}


@dataclass(frozen=True)
class Located:
    """A value at its place in the logged text (bytes), with the way it was decoded."""

    row: int
    start: int
    end: int
    rank: int
    depth: int
    encoding: str
    value: Value


def scan_texts(texts: pl.Series, cache: Path | None = None) -> pl.DataFrame:
    """Every secret or personal value in plain texts: row, start, end, label, rule, detector, sensitivity.

    Offsets are in characters; an encoded value has the span of its outermost encoded run.
    """
    return find_values(texts, engine(cache)).drop("text")


def find_values(texts: pl.Series, scanner: Engine) -> pl.DataFrame:
    """The `VALUES` of a string column (nulls hold none), sorted by row and place."""
    parts = [pl.DataFrame(schema=VALUES)]
    for first, part in _slices(texts):
        rows = list(_rows(part, scanner, first))
        if rows:
            parts.append(pl.DataFrame(rows, schema=VALUES, orient="row"))
    return pl.concat(parts)


def _slices(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
    """Runs of rows that stay well below Hyperscan's 32-bit length."""
    if not len(texts):
        return
    ends = texts.str.len_bytes().fill_null(0).cum_sum()
    first = 0
    while first < len(texts):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(ends.search_sorted(before + _SLICE_BYTES, side="right")))
        yield first, texts.slice(first, last - first)
        first = last


def _rows(texts: pl.Series, scanner: Engine, first: int) -> Iterator[tuple[object, ...]]:
    buffer = from_series(texts)
    located = sorted(_located(buffer, scanner), key=lambda found: found.row)
    for row, group in groupby(located, key=lambda found: found.row):
        raw = buffer.row(row)
        for found in _settled(group):
            start, end = _characters(raw, found.start, found.end)
            rule, pattern = found.value.rule, found.value.rule.pattern
            yield (
                first + row, start, end, rule.detector, pattern.rule, pattern.label,
                pattern.sensitivity, found.encoding, found.value.text,
            )  # fmt: skip


def _located(outermost: Buffer, scanner: Engine) -> Iterator[Located]:
    """Values of every decoding level, placed in the outermost text."""
    buffer, chain = outermost, list[Layer]()
    budget = max(_DECODE_FLOOR, _DECODE_FACTOR * len(outermost.data))
    while True:
        for value in scanner.scan(buffer):
            yield _outwards(value, chain)
        layer = unwrap(buffer, budget) if len(chain) < MAX_DEPTH else None
        if layer is None:
            return
        budget -= len(layer.buffer.data)
        chain.append(layer)
        buffer = layer.buffer


def _outwards(value: Value, chain: list[Layer]) -> Located:
    row, start, end, path = value.row, value.start, value.end, list[str]()
    for layer in reversed(chain):
        row, start, end, kind = layer.outwards(row, start, end)
        path.append(kind)
    rank = value.rule.pattern.rank
    return Located(row, start, end, rank, len(path), ">".join(reversed(path)), value)


def _settled(found: Iterable[Located]) -> list[Located]:
    """One match per place: the better ranked of two stays, then the less decoded, then the longer.

    Values of one encoded run all stay: they share a span without sharing text.
    """
    ordered = sorted(found, key=_precedence)
    kept: list[Located] = []
    for one in ordered:
        if not any(_same_place(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: (one.start, one.end, one.value.rule.detector, one.value.text))


def _precedence(one: Located) -> tuple[int, int, int, int, str, str, str]:
    rule = one.value.rule
    return (
        one.rank, one.depth, one.start - one.end, one.start, rule.detector, rule.pattern.rule, one.value.text,
    )  # fmt: skip


def _same_place(one: Located, other: Located) -> bool:
    if one.start >= other.end or other.start >= one.end:
        return False
    if (one.start, one.end) != (other.start, other.end) or not one.depth or not other.depth:
        return True
    inner, outer = sorted((one.value, other.value), key=lambda value: len(value.text))
    return inner.text in outer.text


def _characters(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Character offsets of byte offsets."""
    if raw.isascii():
        return start, end
    first = len(raw[:start].decode("utf-8", "replace"))
    return first, first + len(raw[start:end].decode("utf-8", "replace"))
