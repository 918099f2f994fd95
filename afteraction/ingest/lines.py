"""Lines out of a stream of bytes, each with its number and offset, however long or torn they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

BLOCK: Final = 1 << 20
BOM: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line without its line end; `ended` is false for a last line without one."""

    number: int
    offset: int
    data: bytes
    ended: bool = True


class LongLine(NamedTuple):
    """A line beyond the limit: only its length and digest are kept."""

    number: int
    offset: int
    length: int
    digest: str


class Lines:
    """The lines of `read`, which returns blocks of bytes and an empty block at the end.

    `number` and `offset` are those of the line that comes next, also when `read` raises.
    """

    def __init__(
        self, read: Callable[[int], bytes], longest: int, *, number: int = 1, offset: int = 0
    ) -> None:
        self._read = read
        self._longest = longest
        self.number = number
        self.offset = offset

    def __iter__(self) -> Iterator[Line | LongLine]:
        rest = b""
        while block := self._read(BLOCK):
            pieces = (rest + block).split(b"\n")
            rest = pieces.pop()
            for piece in pieces:
                if len(piece) > self._longest or piece[-1:] == b"\r":
                    yield self._line(piece, ended=True)
                    continue
                line = Line(self.number, self.offset, piece, True)  # noqa: FBT003  # the hot path
                self.number += 1
                self.offset += len(piece) + 1
                yield line
            if len(rest) > self._longest:
                long, rest = self._skip(rest)
                yield long
        if rest:
            yield self._line(rest, ended=False)

    def _line(self, piece: bytes, *, ended: bool) -> Line | LongLine:
        number, offset = self.number, self.offset
        self._advance(len(piece))
        data = piece[:-1] if piece.endswith(b"\r") else piece
        if len(data) > self._longest:
            return LongLine(number, offset, len(data), hashlib.sha256(data).hexdigest())
        return Line(number, offset, data, ended)

    def _advance(self, length: int) -> None:
        self.number += 1
        self.offset += length + 1

    def _skip(self, rest: bytes) -> tuple[LongLine, bytes]:
        """Read on to the line's end without keeping it; returns it and what follows."""
        digest, length = hashlib.sha256(rest), len(rest)
        while block := self._read(BLOCK):
            tail, end, after = block.partition(b"\n")
            digest.update(tail)
            length += len(tail)
            if end:
                break
        else:
            after = b""
        long = LongLine(self.number, self.offset, length, digest.hexdigest())
        self._advance(length)
        return long, after
