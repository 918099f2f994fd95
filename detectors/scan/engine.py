"""The engine: one Hyperscan call over a buffer, then RE2 on the (row, rule) pairs that it names."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import hyperscan
import numpy as np
import numpy.typing as npt

from detectors.detector import Pattern
from detectors.scan.buffer import Buffer, Offsets
from detectors.scan.database import cache_folder, database
from detectors.scan.rules import Ruleset, gather
from detectors.scan.windows import NO_SPANS, Spans, joined_spans, matched, searched, windows

_SLICE = 1 << 30
_OVERLAP = 1 << 16
_MANY = 16
#: About as many RE2 instructions compile in the time that one window takes by itself.
_COMPILED = 8
_NONE = np.zeros(0, dtype=np.int64)
_RULE_BITS = 40


@dataclass(frozen=True)
class Values:
    """Verified values as columns: byte offsets in their rows, rule number, and the text to fingerprint."""

    row: Offsets
    start: Offsets
    end: Offsets
    number: Offsets
    text: list[str]

    def __len__(self) -> int:
        """The number of values."""
        return len(self.text)


@dataclass(frozen=True)
class Engine:
    """A compiled rule set. `scan` may be called from any thread: each has its own scratch."""

    ruleset: Ruleset
    database: Any = field(repr=False)
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def scan(self, buffer: Buffer) -> Values:
        """Every accepted value of a buffer, by rule."""
        ends, numbers = self.hits(buffer) if len(buffer.data) else (_NONE, _NONE)
        first = np.flatnonzero(np.diff(numbers, prepend=-1))
        found = [
            self._verified(buffer, int(numbers[begin]), ends[begin:stop])
            for begin, stop in zip(first.tolist(), [*first[1:].tolist(), len(numbers)], strict=False)
        ]
        found += self._located(buffer)
        row, start, end, number = (
            np.concatenate([_NONE, *(getattr(part, name) for part in found)])
            for name in ("row", "start", "end", "number")
        )
        return Values(row, start, end, number, [text for part in found for text in part.text])

    def hits(self, buffer: Buffer) -> tuple[Offsets, npt.NDArray[np.int64]]:
        """(end offset, rule number) of every trigger match, sorted by rule and end."""
        packed = array("q")
        append = packed.append

        def on_match(rule: int, _start: int, end: int, _flags: int, base: int) -> None:
            append((rule << _RULE_BITS) | (base + end))

        for base in range(0, len(buffer.data), _SLICE - _OVERLAP):
            part = buffer.data[base : base + _SLICE]
            self.database.scan(part, match_event_handler=on_match, context=base, scratch=self._scratch())
        keys = np.sort(np.frombuffer(packed, dtype=np.int64)) if packed else _NONE
        keys = keys[np.diff(keys, prepend=-1) > 0]
        return keys & ((1 << _RULE_BITS) - 1), keys >> _RULE_BITS

    def _located(self, buffer: Buffer) -> list[Values]:
        """The values of rules that find them without Hyperscan."""
        found = []
        for number in range(len(self.ruleset.triggers), len(self.ruleset.rules)):
            pattern = self.ruleset.rules[number].pattern
            if pattern.locate is not None and len(buffer.data):
                start, end = pattern.locate(buffer.data, buffer.starts)
                if len(start):
                    spans = Spans(buffer.row_of(start), start, end)
                    found.append(_accepted(buffer, number, pattern, spans))
        return found

    def _scratch(self) -> Any:
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self.database)
        return scratch

    def _verified(self, buffer: Buffer, number: int, ends: Offsets) -> Values:
        regex, pattern = self.ruleset.regex(number), self.ruleset.rules[number].pattern
        parts, left = NO_SPANS, windows(buffer, ends, pattern.reach)
        if len(left.low) >= max(_MANY, regex.programsize // _COMPILED):
            parts, left = matched(buffer, pattern.regex, left, grouped=regex.groups > 0)
        return _accepted(
            buffer, number, pattern, joined_spans([parts, searched(buffer, regex, pattern.group, left)])
        )


def _accepted(buffer: Buffer, number: int, pattern: Pattern, spans: Spans) -> Values:
    """The spans that the pattern accepts."""
    if pattern.sure is None:
        texts = _asked(buffer, pattern, spans)
    else:
        sure, raw = pattern.sure(buffer.data, spans.start, spans.end), buffer.raw
        spell = pattern.canonical or str
        asked = iter(_asked(buffer, pattern, spans.at(~sure)))
        texts = [
            spell(raw[start:end].decode("utf-8", "replace")) if plain else next(asked)
            for start, end, plain in zip(spans.start.tolist(), spans.end.tolist(), sure.tolist(), strict=True)
        ]
    at = np.array([place for place, text in enumerate(texts) if text is not None], dtype=np.int64)
    row = spans.row[at]
    base = buffer.starts[row]
    return Values(
        row,
        spans.start[at] - base,
        spans.end[at] - base,
        np.full(len(at), number),
        [text for text in texts if text is not None],
    )


def _asked(buffer: Buffer, pattern: Pattern, spans: Spans) -> list[str | None]:
    """What the pattern says of each span; what looks the same, surroundings included, is asked once."""
    before, after = pattern.context
    lows = np.maximum(buffer.starts[spans.row], spans.start - before)
    highs = np.minimum(buffer.starts[spans.row + 1] - 1, spans.end + after)
    raw = buffer.raw if len(lows) else b""
    known: dict[tuple[int, int, bytes], str | None] = {}
    said: list[str | None] = []
    for start, end, low, high in zip(
        spans.start.tolist(), spans.end.tolist(), lows.tolist(), highs.tolist(), strict=True
    ):
        looks = (start - low, end - low, raw[low:high])
        if looks not in known:
            known[looks] = _text(pattern, *looks)
        said.append(known[looks])
    return said


def _text(pattern: Pattern, start: int, end: int, around: bytes) -> str | None:
    """The value at [start, end) of its surroundings, spelled for its fingerprint; none if not accepted."""
    value = around[start:end].decode("utf-8", "replace").strip()
    accept, canonical = pattern.accept, pattern.canonical
    if not value or not (accept is None or accept(value, around.decode("utf-8", "replace"))):
        return None
    return canonical(value) if canonical else value


@lru_cache(maxsize=4)
def engine(cache: Path | None = None) -> Engine:
    """The engine over all registered detectors, compiled or loaded from the cache once per process."""
    folder = cache_folder(cache)
    ruleset = gather(folder)
    return Engine(ruleset, database(ruleset.triggers, folder))


def warm(cache: Path | None = None) -> None:
    """Compile or load the rules in this process, so that processes started later find them in the cache."""
    engine(cache)
