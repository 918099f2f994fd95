"""Texts as arrays of hashed words: one pass of NumPy over all texts of a batch, no Python object per word.

A word is a run of ASCII letters and digits (lower-cased) or of bytes from 0x80 on; all else, and the
JSON escapes of white-space and quotes, separates. Two texts with the same words in the same order
therefore agree whatever their case, spacing, quoting and escaping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

_BLOCK: Final = 8
_LONG: Final = 256
_LOW: Final = np.uint64(0xFFFF)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT: Final = np.uint64(29)
_LETTERS: Final = np.uint64(0x4040404040404040)
_MASKS: Final = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)
_BASE: Final = np.uint64(0xD6E8FEB86659FD93)
_BASE_INVERSE: Final = np.uint64(pow(0xD6E8FEB86659FD93, -1, 1 << 64))


def _table() -> U8:
    table = np.zeros(256, dtype=np.uint8)
    for low, high in ((48, 57), (97, 122), (128, 255)):
        table[low : high + 1] = np.arange(low, high + 1)
    table[65:91] = np.arange(97, 123)
    return table


_CODES: Final = _table()
_SEPARATORS: Final = np.flatnonzero(_CODES == 0).astype(np.uint8).tobytes()
_HEX: Final = np.isin(np.arange(256), np.frombuffer(b"0123456789abcdefABCDEF", dtype=np.uint8))
_ESCAPED: Final = np.isin(np.arange(256), np.frombuffer(b'ntrbf"/\\', dtype=np.uint8))


@dataclass(frozen=True)
class Tokens:
    """The words of several texts laid end to end.

    `raw` are the UTF-8 bytes (texts separated by NUL), `codes` the same after folding, 0 where no word is;
    `start`/`end` bound each word in bytes, `head` holds its first eight (the first one lowest, 0 beyond its
    end), `hash` is its 64-bit hash, `text` the index of its text;
    `first` (one more than there are texts) is where each text's words begin; `offset` its first byte.
    """

    raw: U8
    codes: U8
    start: I64
    end: I64
    head: U64
    hash: U64
    text: I64
    first: I64
    offset: I64

    @property
    def wide(self) -> Bools:
        """Which texts have characters beyond ASCII."""
        high = np.flatnonzero(self.raw >= 128)
        wide = np.zeros(self.offset.size - 1, dtype=bool)
        wide[np.searchsorted(self.offset, high, "right") - 1] = True
        return wide

    def letters(self, which: I64) -> I64:
        """How many of the first eight bytes of the given words are letters."""
        return as_i64(np.bitwise_count(self.head[which] & _LETTERS))

    def mixed_case(self, which: I64) -> Bools:
        """Whether capitals and small letters alternate within the first eight bytes of the given words."""
        folded = self.head[which]
        letter = (folded & _LETTERS) >> np.uint64(1)
        capital = (_blocks(self.raw)[self.start[which]] ^ folded) & letter
        some = np.flatnonzero(capital)
        capital, small = capital[some], letter[some] & ~capital[some]
        turns = np.bitwise_count(capital & (small << np.uint64(8))) + np.bitwise_count(
            small & (capital << np.uint64(8))
        )
        mixed = np.zeros(which.shape, dtype=bool)
        mixed[some] = turns > 2
        return mixed

    def stems(self, which: I64, length: int = 5) -> U64:
        """The hash of the first `length` bytes of the given words: a crude stem that any language bears."""
        return mix((self.head[which] & _MASKS[length]) ^ _ODD)


def mix(values: U64) -> U64:
    """A 64-bit finaliser, so that near inputs lie far apart."""
    out = (values ^ (values >> _SHIFT)) * _MIX
    return out ^ (out >> np.uint64(32))


def tokenize(texts: Sequence[str], joined: Sequence[bytes] = (), count: int = 0) -> Tokens:
    """The words of `texts`, in order; `joined` are `count` texts before them, joined by NUL."""
    coded = [text.encode("utf-8", "replace") for text in texts]
    count += len(texts)
    blob = b"\0".join([*joined, *coded, b"\0" * _BLOCK])
    raw = np.frombuffer(blob, dtype=np.uint8)
    codes = np.frombuffer(bytearray(blob.translate(_CODES.tobytes())), dtype=np.uint8)
    _blank_escapes(raw, codes)
    _fold_letters(codes)
    word = codes != 0
    edges = np.flatnonzero(word[1:] != word[:-1])
    if word[0]:
        edges = np.concatenate((np.full(1, -1, dtype=edges.dtype), edges))
    start, end = as_i64(edges[0::2] + 1), as_i64(edges[1::2] + 1)
    offset = _offsets(raw, count)
    first = np.searchsorted(start, offset)
    owner = np.repeat(np.arange(count, dtype=np.int64), np.diff(first))
    size = end - start
    head = _gather(codes, start, np.minimum(size, _BLOCK))
    return Tokens(raw, codes, start, end, head, _hashes(codes, start, size, head), owner, first, offset)


def _offsets(raw: U8, count: int) -> I64:
    """Where each text begins; NUL bytes inside texts were replaced by the caller."""
    ends = np.flatnonzero(raw == 0)[:count].astype(np.int64)
    offsets: I64 = np.concatenate((np.zeros(1, dtype=np.int64), ends + 1))[: count + 1]
    return offsets


def _blank_escapes(raw: U8, codes: U8) -> None:
    slash = np.flatnonzero(raw[:-1] == ord("\\"))
    if slash.size:
        codes[slash[_ESCAPED[raw[slash + 1]]] + 1] = 0
        units = slash[raw[slash + 1] == ord("u")]
        units = units[_HEX[raw[units[:, None] + np.arange(2, 6)]].all(axis=1)]
        codes[units[:, None] + np.arange(1, 6)] = 0


def _fold_letters(codes: U8) -> None:
    """Make the capitals of Latin, Greek and Cyrillic letters small, as UTF-8 writes them with two bytes."""
    lead = np.flatnonzero(codes >= 0xC3)
    if not lead.size:
        return
    one, two = codes[lead], codes[lead + 1]
    plus = (one == 0xC3) & (two >= 0x80) & (two <= 0x9E) & (two != 0x97)
    plus |= (one == 0xD0) & (two >= 0x90) & (two <= 0x9F) | (one == 0xCE) & (two >= 0x91) & (two <= 0x9F)
    wraps = (one == 0xD0) & (two >= 0xA0) & (two <= 0xAF) | (one == 0xCE) & (two >= 0xA0) & (two <= 0xA9)
    point = (one.astype(np.int64) & 0x1F) << 6 | two & 0x3F
    even = (point >= 0x100) & (point <= 0x137) | (point >= 0x14A) & (point <= 0x177)
    odd = (point >= 0x139) & (point <= 0x148) | (point >= 0x179) & (point <= 0x17E)
    pair = even & (point % 2 == 0) | odd & (point % 2 == 1)
    codes[lead[plus] + 1] += 0x20
    codes[lead[wraps]] += 1
    codes[lead[wraps] + 1] -= 0x20
    codes[lead[pair & (two < 0xBF)] + 1] += 1


def _gather(codes: U8, start: I64, size: I64) -> U64:
    """The up to eight bytes from each start on, as one little-endian number."""
    return _blocks(codes)[start] & _MASKS[size]


def _blocks(codes: U8) -> U64:
    """The eight bytes from each byte on, as a view."""
    return np.lib.stride_tricks.as_strided(codes[:_BLOCK].view(np.uint64), (codes.size - _BLOCK + 1,), (1,))


def grams(codes: U8, start: I64, size: int) -> U64:
    """The `size` (at most eight) bytes from each start on, as one number."""
    return _gather(codes, start, np.full(start.shape, size, dtype=np.int64))


def _hashes(codes: U8, start: I64, size: I64, head: U64) -> U64:
    out = mix(head ^ (size.astype(np.uint64) * _ODD))
    rest = np.flatnonzero(size > _BLOCK)
    at = _BLOCK
    while rest.size and at < _LONG:
        out[rest] = mix(
            out[rest] ^ _gather(codes, start[rest] + at, np.minimum(size[rest] - at, _BLOCK)) * _ODD
        )
        at += _BLOCK
        rest = rest[size[rest] > at]
    for one in rest.tolist():
        word = codes[start[one] : start[one] + size[one]].tobytes()
        out[one] = int.from_bytes(blake2b(word, digest_size=8).digest())
    return out


class Sequences:
    """Rolling hashes over words: the hash of any run of words in constant time."""

    def __init__(self, hashes: U64) -> None:
        size = hashes.size + 1
        self._down = _powers(_BASE_INVERSE, size)
        sums = np.zeros(size, dtype=np.uint64)
        np.cumsum(hashes * _powers(_BASE, size)[: hashes.size], out=sums[1:])
        self._sums = sums

    def of(self, start: I64, count: I64) -> U64:
        """The hash of the `count` words from `start` on (arrays of one shape)."""
        hashes: U64 = (self._sums[start + count] - self._sums[start]) * self._down[start]
        return hashes

    def every(self, count: int) -> U64:
        """`of` for every start that leaves room for `count` words."""
        room = max(self._sums.size - count, 0)
        hashes: U64 = (self._sums[count:] - self._sums[:room]) * self._down[:room]
        return hashes


@cache
def _all_powers(base: int, size: int) -> U64:
    powers = np.full(size, base, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


def _powers(base: np.uint64, size: int) -> U64:
    return _all_powers(int(base), 1 << max(16, (size - 1).bit_length()))[:size]


def folded(text: str) -> U8:
    """The letters and digits of a text, small, without anything between them."""
    codes = bytearray(text.encode("utf-8", "replace").translate(_CODES.tobytes(), _SEPARATORS) + b"\0")
    chars = np.frombuffer(codes, dtype=np.uint8)
    _fold_letters(chars)
    return chars[:-1]


def hash_words(words: Sequence[str]) -> U64:
    """The hashes of single words, sorted, for `member`."""
    return np.unique(tokenize(list(words)).hash)


def member(values: U64, sorted_set: U64) -> Bools:
    """Which values stand in a sorted set of well-mixed hashes (small beside the values)."""
    out = np.zeros(values.shape, dtype=bool)
    if not sorted_set.size or not values.size:
        return out
    sieve = np.zeros(1 << 16, dtype=bool)
    sieve[(sorted_set & _LOW).view(np.int64)] = True
    likely = np.flatnonzero(sieve[(values & _LOW).view(np.int64)])
    at = np.minimum(np.searchsorted(sorted_set, values[likely]), sorted_set.size - 1)
    out[likely] = sorted_set[at] == values[likely]
    return out


def ranges(start: I64, count: I64) -> tuple[I64, I64]:
    """(owner, element) of several index ranges laid end to end."""
    owner = np.repeat(np.arange(count.size, dtype=np.int64), count)
    before = np.cumsum(count) - count
    return owner, np.arange(owner.size, dtype=np.int64) - before[owner] + start[owner]


def as_i64(values: Any) -> I64:
    """An integer array, whatever the source's width."""
    return np.asarray(values, dtype=np.int64)
