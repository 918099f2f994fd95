"""Capitalised words of a buffer and the words beside them, as columns; no Python per word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

#: The longest word that is looked at, in bytes; longer ones are no names.
MAX_WORD: Final = 24
#: The longest stretch between two neighbours, in bytes.
MAX_GAP: Final = 5
_PAD: Final = 64
_FOLD: Final = np.arange(256, dtype=np.uint8)
_FOLD[ord("A") : ord("Z") + 1] += 32
_LETTER: Final = np.zeros(256, dtype=bool)
_LETTER[[*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1), *range(0x80, 256)]] = True
_MULTIPLIERS: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_UNTIL: Final = np.tri(MAX_WORD + 1, MAX_WORD, -1, dtype=np.uint8) * np.uint8(255)
#: What stands right before a capital that begins no word of prose: names of code, paths, handles, numbers.
_BOUND_BEFORE: Final = np.zeros(256, dtype=bool)
_BOUND_BEFORE[[*b"_/.$@#\\+&%=~`^|<", *range(ord("0"), ord("9") + 1)]] = True
_BOUND_BEFORE[_LETTER] = True
_BOUND_AFTER: Final = np.zeros(256, dtype=bool)
_BOUND_AFTER[[*b"_/(=@$\\[{+#", *range(ord("0"), ord("9") + 1)]] = True


@dataclass(frozen=True)
class Text:
    """Bytes to read words from, padded on both sides; offsets in it are `_PAD` more than in the buffer.

    Rows, which begin at `starts` of the buffer, are parted by zero bytes.
    """

    data: Bytes
    starts: Offsets
    windows: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Words:
    """Words [start, end) in padded offsets, with their hashes."""

    start: Offsets
    end: Offsets
    hashed: Hashes

    def at(self, where: npt.NDArray[np.bool_] | Offsets) -> Words:
        """Some of the words."""
        return Words(self.start[where], self.end[where], self.hashed[where])


def text(data: Bytes, starts: Offsets) -> Text:
    """`data`, whose rows begin at `starts`, ready to be read; typographic quotes become plain ones."""
    padded = np.zeros(len(data) + 2 * _PAD, dtype=np.uint8)
    padded[_PAD:-_PAD] = data
    padded[starts[1:] + (_PAD - 1)] = 0
    if data.max(initial=0) >= 0x80:
        here = np.flatnonzero(padded == 0xE2)
        here = here[padded[here + 1] == 0x80]
        padded[here + 1] = padded[here + 2] = 32
        padded[here] = ord("'")
    return Text(padded, starts, np.lib.stride_tricks.sliding_window_view(padded, MAX_WORD))


def plain(offsets: Offsets) -> Offsets:
    """Offsets in the buffer of offsets in the padded text."""
    return offsets - _PAD


def rows(source: Text, offsets: Offsets) -> Offsets:
    """The rows that padded offsets fall into."""
    return np.searchsorted(source.starts, offsets - _PAD, side="right").astype(np.int64) - 1


def capitalised(source: Text) -> Words:
    """Words of prose that begin with a capital, in order."""
    at = _capitals(source.data)
    found = read(source, at)
    after = source.data[found.end]
    return found.at((found.end > found.start) & ~_BOUND_AFTER[after] & ~_dotted(source.data, found.end))


def _capitals(data: Bytes) -> Offsets:
    """Where a capital stands that nothing binds to what is before it."""
    at = np.flatnonzero((data - np.uint8(65)) < np.uint8(26))
    at = at[~_BOUND_BEFORE[data[at - 1]]]
    if data.max() < 0x80:
        return at
    wide = np.flatnonzero((data - np.uint8(0xC3)) < np.uint8(3))
    wide = wide[~_BOUND_BEFORE[data[wide - 1]]]
    wide = wide[_wide_capital(data[wide], data[wide + 1])]
    return np.sort(np.concatenate([at, wide])) if len(wide) else at


def _dotted(data: Bytes, end: Offsets) -> npt.NDArray[np.bool_]:
    """Whether a dot and a letter follow: a name of code or a domain, unless one letter stands alone."""
    dotted: npt.NDArray[np.bool_] = (data[end] == ord(".")) & _LETTER[data[end + 1]] & _LETTER[data[end - 2]]
    return dotted


def _wide_capital(first: Bytes, second: Bytes) -> npt.NDArray[np.bool_]:
    """Whether a letter of two bytes is a capital: Latin-1, Latin Extended-A."""
    even = (second & 1) == 0
    odd_block = (first == 0xC4) & (second >= 0xB9) | (first == 0xC5) & ((second < 0x89) | (second >= 0xB9))
    return np.where(first == 0xC3, second < 0x9F, even ^ odd_block)


def read(source: Text, start: Offsets) -> Words:
    """The words that begin at `start`; one that is longer than `MAX_WORD` is empty."""
    window = source.windows[start]
    inside = _LETTER[window]
    length = inside.argmin(axis=1)
    length[inside[:, -1] & (length == 0) & inside[:, 0]] = 0
    return Words(start, start + length, hashes(window, length))


def hashes(window: Bytes, length: Offsets) -> Hashes:
    """64-bit hashes of the first `length` bytes of each window, ASCII capitals folded."""
    folded = _FOLD[window] & _UNTIL[length]
    parts = folded.view(np.uint64) * _MULTIPLIERS
    mixed = parts[:, 0] ^ (parts[:, 1] >> np.uint64(29)) ^ parts[:, 1] ^ (parts[:, 2] >> np.uint64(31))
    mixed ^= parts[:, 2] ^ (mixed >> np.uint64(32))
    mixed *= _MULTIPLIERS[1]
    hashed: Hashes = mixed ^ (mixed >> np.uint64(29))
    return hashed


def tails(source: Text, words: Words) -> Offsets:
    """A number below 4096 for the last three bytes of each word."""
    last = [_FOLD[source.data[words.end - place]].astype(np.int64) for place in (1, 2, 3)]
    mixed = (last[0] * 961 + last[1] * 31 + last[2]) * 40503
    return (mixed >> 7) & 4095


def hashed_words(words: list[str]) -> Hashes:
    """The hashes of single words, as `read` gives them."""
    window = np.zeros((len(words), MAX_WORD), dtype=np.uint8)
    length = np.zeros(len(words), dtype=np.int64)
    for row, word in enumerate(words):
        encoded = word.encode()[:MAX_WORD]
        window[row, : len(encoded)] = np.frombuffer(encoded, dtype=np.uint8)
        length[row] = len(encoded)
    return hashes(window, length)


def after(source: Text, end: Offsets) -> tuple[Offsets, Words]:
    """(gap, word) that follow each end: the gap's bytes as bits (`GAP_KINDS`), an empty word if none."""
    window = source.windows[end]
    inside = _LETTER[window] | _DIGIT[window]
    gap = np.where(inside.any(axis=1), inside.argmax(axis=1), MAX_WORD)
    near = gap <= MAX_GAP
    flags = _flags(window, gap)
    begin = end + np.where(near, gap, 0)
    found = read(source, begin)
    return np.where(near, flags, _FAR | flags), found


def before(source: Text, start: Offsets) -> tuple[Offsets, Words]:
    """(gap, word) that stand before each start, like `after`."""
    window = source.windows[start - MAX_WORD][:, ::-1]
    inside = _LETTER[window] | _DIGIT[window]
    gap = np.where(inside.any(axis=1), inside.argmax(axis=1), MAX_WORD)
    near = gap <= MAX_GAP
    flags = _flags(window, gap)
    letters = inside | (np.arange(MAX_WORD) < gap[:, None])
    stop = letters.argmin(axis=1)
    begin = start - np.where(near & (stop > gap), stop, 0)
    length = np.where(near & (stop > gap), stop - gap, 0)
    return np.where(near, flags, _FAR | flags), Words(
        begin, begin + length, hashes(source.windows[begin], length)
    )


def _flags(window: Bytes, gap: Offsets) -> Offsets:
    """Which kinds of bytes a gap (its first `MAX_GAP` + 1 bytes) holds."""
    width = MAX_GAP + 1
    kinds = GAP_KINDS[window[:, :width]]
    kinds[np.arange(width) >= gap[:, None]] = 0
    bits: Offsets = np.bitwise_or.reduce(kinds, axis=1).astype(np.int64)
    return bits


_DIGIT: Final = np.zeros(256, dtype=bool)
_DIGIT[ord("0") : ord("9") + 1] = True
_FAR: Final = 256
#: Bits of a gap: line end 1, blank 2, hyphen 4, apostrophe 8, full stop 16, comma 32, colon 64, others 128,
#: nothing within reach 256, row end 512.
GAP_KINDS: Final = np.full(256, 128, dtype=np.uint16)
GAP_KINDS[0] = 512
for _bit, _members in enumerate((b"\n\r", b" \t", b"-", b"'", b".!?", b",;", b":")):
    GAP_KINDS[list(_members)] = 1 << _bit
