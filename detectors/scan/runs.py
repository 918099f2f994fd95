"""Finds what may be encoded in a buffer: base64 and hex runs, stretches with URL or JSON escapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.scan.buffer import Buffer, Bytes, Offsets

Flags = npt.NDArray[np.bool_]

MIN_RUN = 16
_UUID = 36
_GAP = 256
_MARGIN = 96
_NESTED_BACKSLASHES = 15
_FULL = np.uint32(0x01010101)
_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_RUN_TABLE = bytes(1 if byte in _WORD else 0 for byte in range(256))


def _weights() -> npt.NDArray[np.int64]:
    """Capitals, small letters and hex digits of a byte in 20 bits each, so that one sum counts all three."""
    table = np.zeros(256, dtype=np.int64)
    for place, members in enumerate(
        (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz", b"0123456789abcdefABCDEF")
    ):
        table[list(members)] += 1 << (_COUNT_BITS * place)
    return table


_COUNT_BITS = 20
_COUNT_MASK = (1 << _COUNT_BITS) - 1
_KINDS = _weights()
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
class Stretches:
    """Parts of a buffer with escapes, undone: `data[starts[i]:starts[i + 1]]` is what [low, high) spells.

    `kept` says of every byte of the buffer whether it stayed (the rest of an escape did not).
    """

    low: Offsets
    high: Offsets
    data: Bytes
    starts: Offsets
    kept: Flags


def word_runs(buffer: Buffer) -> Runs:
    """Runs of at least `MIN_RUN` base64 or URL-safe characters that look like an encoding.

    Base64 of text is a good third capitals, which names and paths are not; hex of text is all hex.
    """
    low, high = _long_runs(buffer.raw)
    length = high - low
    upper, lower, digits = _counts(buffer.data, low, high)
    base64 = (upper * 6 >= length) & (lower * 12 >= length)
    pure = digits == length
    hexadecimal = (pure & _spells_text(buffer.data, low)) | (
        ~pure & (digits >= 2 * MIN_RUN) & (length != _UUID)
    )
    keep = base64 | hexadecimal
    return Runs(low[keep], high[keep], base64[keep], hexadecimal[keep])


def _spells_text(data: Bytes, low: Offsets) -> Flags:
    """Whether hex runs start like printable ASCII (each byte 0x20 to 0x7f) or like a compressed stream."""
    tens = [_HEX_VALUE[data[low + place]] for place in range(0, MIN_RUN, 2)]
    printable = np.logical_and.reduce([(ten >= 2) & (ten < 8) for ten in tens])
    gzip = (data[low] == ord("1")) & ((data[low + 1] | 32) == ord("f")) & (data[low + 2] == ord("8"))
    zlib = (data[low] == ord("7")) & (data[low + 1] == ord("8"))
    spelled: Flags = printable | gzip | zlib
    return spelled


def _long_runs(raw: bytes) -> tuple[Offsets, Offsets]:
    """Every run that covers three aligned words, grown by up to three bytes on each side."""
    size = len(raw) // 4 * 4
    flags = np.frombuffer(raw.translate(_RUN_TABLE) + bytes(8), dtype=np.uint8)
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
    seen = np.minimum(length, _COUNT_MASK)
    begin = np.cumsum(seen) - seen
    chars = data[np.repeat(low - begin, seen) + np.arange(seen.sum())]
    sums = np.add.reduceat(_KINDS[chars], begin)
    return sums & _COUNT_MASK, sums >> _COUNT_BITS & _COUNT_MASK, sums >> (2 * _COUNT_BITS)


def url_stretches(buffer: Buffer) -> Iterator[Stretches]:
    """Stretches with `%41` escapes; those with blanks (`%20`) alone hide nothing.

    Where there is a `+` among them, the stretch comes once more with blanks in its place, as forms have it.
    """
    data = buffer.data
    at = np.flatnonzero(data[:-2] == ord("%"))
    high, low = _HEX_VALUE[data[at + 1]], _HEX_VALUE[data[at + 2]]
    real = (high < 16) & (low < 16)
    values = high[real] * 16 + low[real]
    told = values != ord(" ")
    yield from _undone(buffer, at[real], 3, values, tells=told)
    blanks = np.flatnonzero(data == ord("+")) if told.any() else at[:0]
    if len(blanks):
        formed = Buffer(data.copy(), buffer.starts)
        formed.data[blanks] = ord(" ")
        yield from _undone(formed, at[real], 3, values, tells=told & _near(at[real], blanks))


def _near(at: Offsets, others: Offsets) -> Flags:
    """Whether one of `others` (sorted) stands within a margin of each place."""
    near: Flags = np.searchsorted(others, at - _MARGIN) < np.searchsorted(others, at + _MARGIN)
    return near


def json_stretches(buffer: Buffer) -> Iterator[Stretches]:
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
        yield from _undone(buffer, where, last + 1, high[real] * 16 + low[real], dropped=_before(data, where))
    slashes = at[kind == ord("/")]
    values = np.full(len(slashes), ord("/"), dtype=np.uint8)
    yield from _undone(buffer, slashes, 2, values, dropped=_before(data, slashes))


def _before(data: Bytes, at: Offsets) -> Offsets:
    """The backslashes right before escapes (nested JSON doubles them)."""
    found, place = [], at
    for _ in range(_NESTED_BACKSLASHES):
        place = place[place > 0] - 1
        place = place[data[place] == ord("\\")]
        found.append(place)
    return np.concatenate(found)


def _undone(
    buffer: Buffer,
    at: Offsets,
    width: int,
    values: Bytes,
    *,
    dropped: Offsets | None = None,
    tells: Flags | None = None,
) -> Iterator[Stretches]:
    """Escapes that stand near each other become one stretch, with a margin for the words around them.

    A stretch none of whose escapes `tells` anything is left out.
    """
    if not len(at):
        return
    low, high = _windows(buffer, at, width, tells)
    if not len(low):
        return
    kept = np.ones(len(buffer.data), dtype=np.bool_)
    for step in range(1, width):
        kept[at + step] = False
    if dropped is not None:
        kept[dropped] = False
    spelled = buffer.data.copy()
    spelled[at] = values
    length = high - low
    begin = np.cumsum(length) - length
    places = np.repeat(low - begin, length) + np.arange(length.sum())
    stay = kept[places]
    starts = np.zeros(len(low) + 1, dtype=np.int64)
    np.cumsum(np.add.reduceat(stay, begin, dtype=np.int64), out=starts[1:])
    yield Stretches(low, high, spelled[places[stay]], starts, kept)


def _windows(buffer: Buffer, at: Offsets, width: int, tells: Flags | None) -> tuple[Offsets, Offsets]:
    row = buffer.row_of(at)
    parted = (np.diff(at, prepend=-_GAP - 1) > _GAP) | (np.diff(row, prepend=-1) != 0)
    first = np.flatnonzero(parted)
    last = np.append(first[1:], len(at)) - 1
    if tells is not None:
        telling = np.add.reduceat(tells, first, dtype=np.int64) > 0
        first, last = first[telling], last[telling]
    low = np.maximum(at[first] - _MARGIN, buffer.starts[row[first]])
    high = np.minimum(at[last] + width + _MARGIN, buffer.starts[row[first] + 1] - 1)
    return low, high
