"""Texts as one contiguous byte buffer, with escaped line ends and quotes evened out in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

_BACKSLASH, _SPACE, _NEWLINE, _QUOTE = 92, 32, 10, 34
_LINE_ESCAPES = np.zeros(256, dtype=bool)
_LINE_ESCAPES[[ord(c) for c in "ntr"]] = True
_SPELLING = np.zeros(256, dtype=bool)
_SPELLING[[ord(c) for c in "ux/"]] = True


@dataclass(frozen=True)
class Buffer:
    r"""Rows joined with a newline: row i is `data[starts[i] : starts[i + 1] - 1]`.

    `data` is owned and evened out: `\n`, `\"` and `\\` became blanks of the same length, so that a
    pattern sees through JSON in JSON (however often) and every offset still holds in the logged text.
    """

    data: Bytes
    starts: Offsets

    @cached_property
    def raw(self) -> bytes:
        """All bytes at once, copied on first use."""
        return self.data.tobytes()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    def row(self, index: int) -> bytes:
        """The bytes of one row, without its separator."""
        return self.raw[self.starts[index] : self.starts[index + 1] - 1]

    def row_of(self, offsets: Offsets) -> Offsets:
        """The rows that byte offsets fall into; a separator belongs to the row before it."""
        return np.searchsorted(self.starts, offsets, side="right").astype(np.int64) - 1


def from_series(texts: pl.Series) -> Buffer:
    """The buffer of a string column; a null is an empty row."""
    joined = pl.select(pl.lit(texts).fill_null("") + "\n").to_series().rechunk()
    array = joined.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, values = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    if values is None or not len(array):
        return Buffer(np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int64))
    data = np.frombuffer(values, dtype=np.uint8)[starts[0] : starts[-1]].copy()
    return Buffer(even_out(data), starts - starts[0])


def from_pieces(pieces: Iterable[bytes]) -> Buffer:
    """The buffer of decoded pieces."""
    parts = list(pieces)
    data = np.frombuffer(bytearray(b"\n".join(parts) + b"\n" if parts else b""), dtype=np.uint8)
    starts = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) + 1 for part in parts], out=starts[1:])
    return Buffer(even_out(data), starts)


def joined(parts: Sequence[Buffer]) -> Buffer:
    """Buffers one after the other."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.cumsum([0, *(len(part.data) for part in parts)])
    starts = [part.starts[:-1] + size for part, size in zip(parts, sizes[:-1], strict=True)]
    return Buffer(np.concatenate([part.data for part in parts]), np.concatenate([*starts, sizes[-1:]]))


def even_out(data: Bytes) -> Bytes:
    r"""Blank out JSON's backslashes in place: `\n` becomes a line end, the others blanks.

    Runs of backslashes before `u`, `x` or `/` stay: they spell characters, which `decode` undoes.
    """
    at = np.flatnonzero(data[:-1] == _BACKSLASH)
    if not len(at):
        return data
    follows = np.diff(at, append=-1) == 1
    last = np.flatnonzero(~follows)
    size = np.diff(last, prepend=-1)
    after = data[at[last] + 1]
    line, quote = _LINE_ESCAPES[after], after == _QUOTE
    blank = line | quote | ((size > 1) & ~_SPELLING[after])
    data[at[np.repeat(blank, size)]] = _SPACE
    data[at[last[line]] + 1] = _NEWLINE
    return data
