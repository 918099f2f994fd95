"""Whether a Zstandard file ends with its last frame (RFC 8878): the decompressor itself stays silent."""

from __future__ import annotations

from typing import IO, Final

_MAGIC: Final = 0xFD2FB528
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
_DICTIONARY_BYTES: Final = (0, 1, 2, 4)
_SIZE_BYTES: Final = (0, 2, 4, 8)
_RUN_LENGTH: Final = 1


def is_whole(file: IO[bytes]) -> bool:
    """Whether the file, from its start, is a sequence of complete frames."""
    length = file.seek(0, 2)
    at = 0
    while at < length:
        end = _frame_end(file, at, length)
        if end is None or end > length:
            return False
        at = end
    return True


def _number(file: IO[bytes], at: int, size: int) -> int:
    file.seek(at)
    return int.from_bytes(file.read(size), "little")


def _frame_end(file: IO[bytes], at: int, length: int) -> int | None:
    """The offset after the frame that starts at `at`; `None` when no frame starts there."""
    magic = _number(file, at, 4)
    if magic in _SKIPPABLE:
        return at + 8 + _number(file, at + 4, 4)
    if magic != _MAGIC:
        return None
    descriptor = _number(file, at + 4, 1)
    is_single = bool(descriptor & 0x20)
    sizes = _SIZE_BYTES[descriptor >> 6] or int(is_single)
    at += 5 + (not is_single) + _DICTIONARY_BYTES[descriptor & 3] + sizes
    while at + 3 <= length:
        header = _number(file, at, 3)
        kind, size = header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == _RUN_LENGTH else size)
        if header & 1:
            return at + (4 if descriptor & 4 else 0)
    return None
