"""Scans a column of texts, decoded forms included, and says where each value stands in the logged text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from detectors.scan.buffer import Buffer, Offsets, from_series
from detectors.scan.decode import Layer, unwrap
from detectors.scan.engine import Engine, Values, engine
from detectors.scan.rules import Rule, Ruleset

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
class Placed:
    """Values as columns, at their places in the logged text (bytes), with the ways they were decoded."""

    row: Offsets
    start: Offsets
    end: Offsets
    number: Offsets
    depth: Offsets
    encoding: list[str]
    text: list[str]


@dataclass(frozen=True)
class Located:
    """One of several values at a place; `at` is its number among all."""

    at: int
    start: int
    end: int
    depth: int
    text: str
    rule: Rule


def scan_texts(texts: pl.Series, cache: Path | None = None) -> pl.DataFrame:
    """Every secret or personal value in plain texts: row, start, end, label, rule, detector, sensitivity.

    Offsets are in characters; an encoded value has the span of its outermost encoded run.
    """
    return find_values(texts, engine(cache)).drop("text")


def find_values(texts: pl.Series, scanner: Engine) -> pl.DataFrame:
    """The `VALUES` of a string column (nulls hold none), sorted by row and place."""
    parts = [pl.DataFrame(schema=VALUES)]
    for first, part in slices(texts):
        buffer = from_series(part)
        placed = _placed(buffer, scanner)
        if placed.text:
            parts.append(_frame(buffer, placed, scanner.ruleset, first))
    return pl.concat(parts)


def slices(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
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


def _frame(buffer: Buffer, placed: Placed, ruleset: Ruleset, first: int) -> pl.DataFrame:
    """The `VALUES` of one buffer whose first row is row `first` of the column."""
    kept = _settled(placed, ruleset)
    row = placed.row[kept]
    start, end = characters(buffer, row, placed.start[kept], placed.end[kept])
    return (
        pl.DataFrame(
            {
                "row": first + row,
                "start": start,
                "end": end,
                "encoding": pl.Series(placed.encoding, dtype=pl.String).gather(kept),
                "text": pl.Series(placed.text, dtype=pl.String).gather(kept),
                "number": placed.number[kept],
            }
        )
        .with_columns(
            pl.lit(column).gather(pl.col("number")).alias(column.name) for column in ruleset.columns
        )
        .select(pl.col(name).cast(kind) for name, kind in VALUES.items())
    )


def characters(buffer: Buffer, row: Offsets, start: Offsets, end: Offsets) -> tuple[Offsets, Offsets]:
    """Spans in rows in characters instead of bytes."""
    base = buffer.starts[row]
    inner = np.flatnonzero((buffer.data & 0xC0) == 0x80)  # bytes that begin no character
    if not len(inner):
        return start, end
    before = np.searchsorted(inner, base)
    return (
        start - np.searchsorted(inner, base + start) + before,
        end - np.searchsorted(inner, base + end) + before,
    )


def levels(buffer: Buffer) -> Iterator[tuple[Buffer, list[Layer]]]:
    """A buffer and everything that it decodes to, level by level, each with the levels around it."""
    chain = list[Layer]()
    budget = max(_DECODE_FLOOR, _DECODE_FACTOR * len(buffer.data))
    while True:
        yield buffer, list(chain)
        layer = unwrap(buffer, budget) if len(chain) < MAX_DEPTH else None
        if layer is None:
            return
        budget -= len(layer.buffer.data)
        chain.append(layer)
        buffer = layer.buffer


def outermost(
    chain: list[Layer], row: Offsets, start: Offsets, end: Offsets, paths: list[str]
) -> tuple[Offsets, Offsets, Offsets, list[str]]:
    """Spans of a decoded level in the text around them all, and how they were decoded."""
    for layer in reversed(chain if len(row) else []):
        row, start, end, kinds = layer.outwards(row, start, end)
        paths = [f"{kind}>{path}" if path else kind for kind, path in zip(kinds, paths, strict=True)]
    return row, start, end, paths


def _placed(buffer: Buffer, scanner: Engine) -> Placed:
    """Values of every decoding level, placed in the outermost text."""
    return _together([_outwards(scanner.scan(level), chain) for level, chain in levels(buffer)])


def _outwards(values: Values, chain: list[Layer]) -> Placed:
    row, start, end, paths = outermost(chain, values.row, values.start, values.end, [""] * len(values))
    return Placed(row, start, end, values.number, np.full(len(row), len(chain)), paths, values.text)


def _together(levels: list[Placed]) -> Placed:
    row, start, end, number, depth = (
        np.concatenate([getattr(level, name) for level in levels])
        for name in ("row", "start", "end", "number", "depth")
    )
    encoding = [path for level in levels for path in level.encoding]
    return Placed(row, start, end, number, depth, encoding, [text for level in levels for text in level.text])


def _settled(placed: Placed, ruleset: Ruleset) -> Offsets:
    """Which values stay, in order: one per place, and only those that touch are compared one by one."""
    order = np.lexsort((placed.end, placed.start, placed.row))
    row, start, end = placed.row[order] << _ROW_BITS, placed.start[order], placed.end[order]
    reached = np.maximum.accumulate(row + end)
    parted = np.ones(len(order) + 1, dtype=np.bool_)
    parted[1:-1] = (row + start)[1:] >= reached[:-1]
    kept = parted[1:] & parted[:-1]
    firsts = np.flatnonzero(parted[:-1] & ~kept)
    lasts = np.flatnonzero(parted[1:] & ~kept) + 1
    alone = order[kept]
    chosen = [alone]
    places = [np.flatnonzero(kept)]
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        stay = _best([_one(placed, ruleset, at) for at in order[first:last].tolist()])
        chosen.append(np.array([one.at for one in stay], dtype=np.int64))
        places.append(first + np.arange(len(stay)))
    return np.concatenate(chosen)[np.argsort(np.concatenate(places))]


_ROW_BITS: Final = 32


def _one(placed: Placed, ruleset: Ruleset, at: int) -> Located:
    return Located(
        at, int(placed.start[at]), int(placed.end[at]), int(placed.depth[at]), placed.text[at],
        ruleset.rules[placed.number[at]],
    )  # fmt: skip


def _best(found: list[Located]) -> list[Located]:
    """One match per place: the better ranked of two stays, then the less decoded, then the longer.

    Values of one encoded run all stay: they share a span without sharing text. An address or a name inside
    a longer secret is part of that secret.
    """
    kept: list[Located] = []
    secrets = [one for one in found if one.rule.pattern.sensitivity == "secret"]
    for one in sorted(found, key=_precedence):
        if not any(_within(one, other) for other in secrets) and not any(
            _same_place(one, other) for other in kept
        ):
            kept.append(one)
    return sorted(kept, key=lambda one: (one.start, one.end, one.rule.detector, one.text))


def _precedence(one: Located) -> tuple[int, int, int, int, str, str, str]:
    pattern = one.rule.pattern
    return (
        pattern.rank, one.depth, one.start - one.end, one.start, one.rule.detector, pattern.rule, one.text,
    )  # fmt: skip


def _within(one: Located, secret: Located) -> bool:
    """Whether something else stands inside a secret, or is what a part of it decodes to."""
    if one.rule.pattern.sensitivity == "secret" or one.start >= secret.end or secret.start >= one.end:
        return False
    if one.depth != secret.depth:
        return one.depth > secret.depth
    inside = secret.start <= one.start and one.end <= secret.end
    return inside and one.end - one.start < secret.end - secret.start


def _same_place(one: Located, other: Located) -> bool:
    if one.start >= other.end or other.start >= one.end:
        return False
    if (one.start, one.end) != (other.start, other.end) or not one.depth or not other.depth:
        return True
    inner, outer = sorted((one.text, other.text), key=len)
    return inner in outer
