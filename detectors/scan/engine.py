"""The engine: one Hyperscan call over a buffer, then RE2 on the (row, rule) pairs that it names."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import hyperscan
import numpy as np
import numpy.typing as npt

from detectors.scan.buffer import Buffer, Offsets
from detectors.scan.database import cache_folder, database
from detectors.scan.rules import Rule, Ruleset, gather

_SLICE = 1 << 30
_OVERLAP = 1 << 16
_WHOLE_ROW = 1 << 16
_CONTEXT = 64
_RULE_BITS = 40


@dataclass(frozen=True)
class Value:
    """One verified value: byte offsets in its row, and the text that the fingerprint is made of."""

    row: int
    start: int
    end: int
    rule: Rule
    text: str


@dataclass(frozen=True)
class Engine:
    """A compiled rule set. `scan` may be called from any thread: each has its own scratch."""

    ruleset: Ruleset
    database: Any = field(repr=False)
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def scan(self, buffer: Buffer) -> list[Value]:
        """Every accepted value of a buffer, by row."""
        return list(self._verified(buffer)) if len(buffer.data) else []

    def hits(self, buffer: Buffer) -> tuple[Offsets, npt.NDArray[np.int64]]:
        """(end offset, rule number) of every trigger match, sorted by rule and end."""
        packed = array("q")
        append = packed.append

        def on_match(rule: int, _start: int, end: int, _flags: int, base: int) -> None:
            append((rule << _RULE_BITS) | (base + end))

        for base in range(0, len(buffer.data), _SLICE - _OVERLAP):
            part = buffer.data[base : base + _SLICE]
            self.database.scan(part, match_event_handler=on_match, context=base, scratch=self._scratch())
        keys = np.unique(np.frombuffer(packed, dtype=np.int64)) if packed else np.zeros(0, dtype=np.int64)
        return keys & ((1 << _RULE_BITS) - 1), keys >> _RULE_BITS

    def _scratch(self) -> Any:
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self.database)
        return scratch

    def _verified(self, buffer: Buffer) -> Iterator[Value]:
        ends, numbers = self.hits(buffer)
        if not len(ends):
            return
        rows = buffer.row_of(ends - 1)
        starts = np.flatnonzero(np.diff(rows, prepend=-1) | np.diff(numbers, prepend=-1))
        stops = np.append(starts[1:], len(rows))
        local = ends - buffer.starts[rows]
        texts: dict[int, bytes] = {}
        for first, last in zip(starts.tolist(), stops.tolist(), strict=True):
            row = int(rows[first])
            text = texts.get(row)
            if text is None:
                text = texts[row] = buffer.row(row)
            yield from self._in_row(row, text, int(numbers[first]), local[first:last])

    def _in_row(self, row: int, text: bytes, number: int, ends: Offsets) -> Iterator[Value]:
        rule = self.ruleset.rules[number]
        pattern, regex = rule.pattern, self.ruleset.regex(number)
        for low, high in _windows(ends, len(text), pattern.reach):
            for match in regex.finditer(text, low, high):
                if match.end() == high < len(text):
                    continue
                start, end = match.span(pattern.group)
                if start < 0:
                    start, end = match.span()
                value = text[start:end].decode("utf-8", "replace").strip()
                if not value or not _accepted(pattern.accept, value, text, start, end):
                    continue
                yield Value(row, start, end, rule, pattern.canonical(value) if pattern.canonical else value)


def _accepted(accept: Any, value: str, text: bytes, start: int, end: int) -> bool:
    if accept is None:
        return True
    context = text[max(0, start - _CONTEXT) : end + _CONTEXT].decode("utf-8", "replace")
    return bool(accept(value, context))


def _windows(ends: Offsets, length: int, reach: int) -> Iterator[tuple[int, int]]:
    """The parts of a row to verify: all of a short row, else around the hits, merged where they touch."""
    if reach == 0 and length <= _WHOLE_ROW:
        yield 0, length
        return
    around = reach or _WHOLE_ROW
    low = high = -1
    for end in ends.tolist():
        if high < 0:
            low = max(0, end - around)
        elif end - around > high:
            yield low, high
            low = end - around
        high = min(length, end + around)
    yield low, high


@lru_cache(maxsize=4)
def engine(cache: Path | None = None) -> Engine:
    """The engine over all registered detectors, compiled or loaded from the cache once per process."""
    folder = cache_folder(cache)
    ruleset = gather(folder)
    return Engine(ruleset, database([rule.trigger for rule in ruleset.rules], folder))
