"""Finds what may be encoded in a buffer: base64 and hex runs, stretches with URL or JSON escapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.scan.buffer import Buffer, Bytes, Offsets

Flags = npt.NDArray[np.bool_]

MIN_RUN = 16
_GAP = 256
_MARGIN = 96
_NESTED_BACKSLASHES = 15
_FULL = np.uint32(0x01010101)
_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_RUN_TABLE = bytes(1 if byte in _WORD else 0 for byte in range(256))


def _table(members: bytes) -> npt.NDArray[np.int64]:
    table = np.zeros(256, dtype=np.int64)
    table[list(members)] = 1
    return table


_UPPER = _table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = _table(b"abcdefghijklmnopqrstuvwxyz")
_HEX = _table(b"0123456789abcdefABCDEF")
_HEX_VALUE = np.full(256, 255, dtype=np.uint8)
for _value, _digit in enumerate(b"0123456789abcdef"):
    _HEX_VALUE[_digit] = _value
    _HEX_VALUE[bytes([_digit]).upper()[0]] = _value


@dataclass(frozen=True)
class Runs:
    """Byte ranges of a buffer, and whether each may be base64 or hex."""

    low: Offsets
    high: Offsets
    base64: Flags
    hexadecimal: Flags


@dataclass(frozen=True)
class Stretch:
    """A part of the buffer with escapes: its undone bytes, and which bytes of the part were kept."""

    low: int
    high: int
    undone: bytes
    kept: Flags


def word_runs(buffer: Buffer) -> Runs:
    """Runs of at least `MIN_RUN` base64 or URL-safe characters that look like an encoding.

    Base64 of text is a good third capitals, which names and paths are not; hex of text is all hex.
    """
    low, high = _long_runs(buffer.data)
    length = high - low
    upper, lower, digits = _counts(buffer.data, low, high)
    base64 = (upper * 6 >= length) & (lower * 12 >= length)
    hexadecimal = digits >= MIN_RUN
    keep = base64 | hexadecimal
    return Runs(low[keep], high[keep], base64[keep], hexadecimal[keep])


def _long_runs(data: Bytes) -> tuple[Offsets, Offsets]:
    """Every run that covers three aligned words, grown by up to three bytes on each side."""
    size = len(data) // 4 * 4
    flags = np.frombuffer(data.tobytes().translate(_RUN_TABLE) + bytes(8), dtype=np.uint8)
    full = flags[:size].view(np.uint32) == _FULL
    if len(full) < 3:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    at = np.flatnonzero(full[:-2] & full[1:-1] & full[2:]).astype(np.int64)
    first = np.flatnonzero(np.diff(at, prepend=-2) > 1)
    low = at[first] * 4
    high = at[np.append(first[1:], len(at)) - 1] * 4 + 12 if len(at) else low
    for _ in range(3):
        low = low - ((low > 0) & (flags[low - 1] == 1))
        high = high + (flags[high] == 1)
    long = high - low >= MIN_RUN
    return low[long], high[long]


def _counts(data: Bytes, low: Offsets, high: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """How many capitals, small letters and hex digits each run has."""
    if not len(low):
        return low, low, low
    length = high - low
    begin = np.cumsum(length) - length
    chars = data[np.repeat(low - begin, length) + np.arange(length.sum())]
    upper, lower, digits = (np.add.reduceat(table[chars], begin) for table in (_UPPER, _LOWER, _HEX))
    return upper, lower, digits


def url_stretches(buffer: Buffer) -> Iterator[Stretch]:
    """Stretches with `%41` escapes."""
    data = buffer.data
    at = np.flatnonzero(data[:-2] == ord("%"))
    high, low = _HEX_VALUE[data[at + 1]], _HEX_VALUE[data[at + 2]]
    real = (high < 16) & (low < 16)
    return _undone(buffer, at[real], 3, high[real] * 16 + low[real])


def json_stretches(buffer: Buffer) -> Iterator[Stretch]:
    r"""Stretches with `\u0041`, `\x41` or `\/` escapes of ASCII characters."""
    data = buffer.data
    at = np.flatnonzero(data[:-6] == ord("\\"))
    kind = data[at + 1]
    for marker, digits in ((b"u00", 4), (b"x", 2)):
        where = at[kind == marker[0]]
        for place, byte in enumerate(marker[1:], start=2):
            where = where[data[where + place] == byte]
        last = digits + 1
        high, low = _HEX_VALUE[data[where + last - 1]], _HEX_VALUE[data[where + last]]
        real = (high < 8) & (low < 16)
        where = where[real]
        yield from _undone(buffer, where, last + 1, high[real] * 16 + low[real], _before(data, where))
    slashes = at[kind == ord("/")]
    values = np.full(len(slashes), ord("/"), dtype=np.uint8)
    yield from _undone(buffer, slashes, 2, values, _before(data, slashes))


def _before(data: Bytes, at: Offsets) -> Offsets:
    """The backslashes right before escapes (nested JSON doubles them), sorted."""
    found, place = [], at
    for _ in range(_NESTED_BACKSLASHES):
        place = place[place > 0] - 1
        place = place[data[place] == ord("\\")]
        found.append(place)
    return np.sort(np.concatenate(found))


def _undone(
    buffer: Buffer, at: Offsets, width: int, values: Bytes, dropped: Offsets | None = None
) -> Iterator[Stretch]:
    """Escapes that stand near each other become one stretch, with a margin for the words around them."""
    if not len(at):
        return
    row = buffer.row_of(at)
    parted = (np.diff(at, prepend=-_GAP - 1) > _GAP) | (np.diff(row, prepend=-1) != 0)
    first = np.flatnonzero(parted)
    last = np.append(first[1:], len(at)) - 1
    lows = np.maximum(at[first] - _MARGIN, buffer.starts[row[first]])
    highs = np.minimum(at[last] + width + _MARGIN, buffer.starts[row[first] + 1] - 1)
    for one, two, low, high in zip(first.tolist(), last.tolist(), lows.tolist(), highs.tolist(), strict=True):
        places = at[one : two + 1] - low
        part = buffer.data[low:high].copy()
        kept = np.ones(high - low, dtype=np.bool_)
        for step in range(1, width):
            kept[places + step] = False
        part[places] = values[one : two + 1]
        if dropped is not None:
            kept[dropped[np.searchsorted(dropped, low) : np.searchsorted(dropped, high)] - low] = False
        yield Stretch(low, high, part[kept].tobytes(), kept)
