"""The parts of a buffer to verify around hits, and one vectorised RE2 pass over many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.scan.buffer import Buffer, Offsets
from detectors.scan.runs import Flags

_WHOLE_ROW = 1 << 16
_OPEN, _CLOSE = 0xFE, 0xFF


@dataclass(frozen=True)
class Windows:
    """Parts [low, high) of rows, in order and without overlaps; byte offsets in the whole buffer."""

    row: Offsets
    low: Offsets
    high: Offsets

    def at(self, where: Flags) -> Windows:
        """Some of the windows."""
        return Windows(self.row[where], self.low[where], self.high[where])


@dataclass(frozen=True)
class Spans:
    """Matches [start, end) in rows; byte offsets in the whole buffer."""

    row: Offsets
    start: Offsets
    end: Offsets

    def at(self, where: Flags) -> Spans:
        """Some of the matches."""
        return Spans(self.row[where], self.start[where], self.end[where])


def windows(buffer: Buffer, ends: Offsets, reach: int) -> Windows:
    """What to verify around one rule's sorted hits: a short row as a whole, else merged surroundings."""
    row = buffer.row_of(ends - 1)
    begin, stop = buffer.starts[row], buffer.starts[row + 1] - 1
    around = reach or _WHOLE_ROW
    low, high = np.maximum(begin, ends - around), np.minimum(stop, ends + around)
    if not reach:
        short = stop - begin <= _WHOLE_ROW
        low, high = np.where(short, begin, low), np.where(short, stop, high)
    first = np.ones(len(ends), dtype=np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (low[1:] > high[:-1])
    at = np.flatnonzero(first)
    return Windows(row[at], low[at], high[np.append(at[1:], len(ends)) - 1])


def matched(buffer: Buffer, regex: str, where: Windows, *, grouped: bool) -> tuple[Spans, Windows]:
    """All matches in windows by one Arrow call, and the windows that have to be looked at one by one.

    Each window is searched with one byte more on both sides, so that word boundaries are right; a match
    that takes in or reaches the edge of its window may be another one there, and is left to the caller,
    as are all matches of a `grouped` expression, whose values are parts of them.
    """
    begin, stop = buffer.starts[where.row], buffer.starts[where.row + 1] - 1
    wide = Windows(where.row, np.maximum(begin, where.low - 1), np.minimum(stop, where.high + 1))
    hard = np.zeros(len(wide.low), dtype=np.bool_)
    hard[1:] = wide.low[1:] < wide.high[:-1]
    hard[:-1] |= hard[1:]
    wide.low[hard], wide.high[hard] = where.low[hard], where.high[hard]
    marked = _marked(buffer, regex, wide)
    if marked is None:
        return NO_SPANS, where
    window, start, end = marked
    edge = (start < where.low[window]) | ((end >= where.high[window]) & (where.high < stop)[window])
    hard[window[edge | grouped]] = True
    easy = ~hard[window]
    return Spans(where.row[window[easy]], start[easy], end[easy]), where.at(hard)


def searched(buffer: Buffer, regex: Any, group: int, where: Windows) -> Spans:
    """All matches in windows one by one; where a group took no part, its whole match stands for it."""
    found: list[tuple[int, int, int]] = []
    texts: dict[int, bytes] = {}
    for row, low, high in zip(where.row.tolist(), where.low.tolist(), where.high.tolist(), strict=True):
        text = texts.get(row)
        if text is None:
            text = texts[row] = buffer.row(row)
        base = int(buffer.starts[row])
        stop = high - base
        for match in regex.finditer(text, low - base, stop):
            if match.end() == stop < len(text):
                continue
            span = match.span(group)
            start, end = span if span[0] >= 0 else match.span()
            found.append((row, base + start, base + end))
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return Spans(*columns)


def joined_spans(parts: Sequence[Spans]) -> Spans:
    """Spans one after the other."""
    return Spans(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "start", "end"))
    )


_EMPTY = np.zeros(0, dtype=np.int64)
NO_SPANS = Spans(_EMPTY, _EMPTY, _EMPTY)


def _marked(buffer: Buffer, regex: str, wide: Windows) -> tuple[Offsets, Offsets, Offsets] | None:
    """(window, start, end) of each match: RE2 puts marks around them; none if the bytes hold such marks."""
    if buffer.data.max(initial=0) >= _OPEN:
        return None
    bounds = np.stack([wide.low, wide.high], axis=1).reshape(-1)
    count = len(bounds) - 1
    every_other = pa.py_buffer(bytes([0x55]) * (count // 8 + 1))
    texts = pa.Array.from_buffers(
        pa.large_string(), count, [every_other, pa.py_buffer(bounds), pa.py_buffer(buffer.data)]
    )
    marks = bytes([_OPEN]) + rb"\0" + bytes([_CLOSE])
    done = pc.replace_substring_regex(texts, pattern=regex, replacement=marks)
    _, offsets, content = done.buffers()
    if content is None:
        return _EMPTY, _EMPTY, _EMPTY
    begin = np.frombuffer(offsets, dtype=np.int64)[done.offset : done.offset + count : 2]
    out = np.frombuffer(content, dtype=np.uint8)
    opened, closed = (np.flatnonzero(out == mark).astype(np.int64) for mark in (_OPEN, _CLOSE))
    window = np.searchsorted(begin, opened, side="right").astype(np.int64) - 1
    before = 2 * (np.arange(len(opened)) - np.searchsorted(opened, begin)[window])
    start = wide.low[window] + opened - begin[window] - before
    return window, start, start + closed - opened - 1
