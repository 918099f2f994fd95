"""Sources: which files a path, folder or glob means, and their bytes with decompression kept in bounds."""

from __future__ import annotations

import glob
import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol, Self

import zstandard

from afteraction.ingest.strict_json import Refused
from afteraction.ingest.zstd_frames import is_whole
from afteraction.records.settings import Limits

Compression = Literal["plain", "gzip", "zstd"]
_MAGIC: Final[tuple[tuple[bytes, Compression], ...]] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_ZSTD_WINDOW: Final = 128 * 1024**2
#: Below this many longest lines of output, a high ratio is no sign of a bomb: small logs repeat themselves.
_RATIO_FLOOR: Final = 4
_BROKEN: Final = (OSError, EOFError, zlib.error, zstandard.ZstdError)


class SourceError(ValueError):
    """A path that cannot be read at all; the message says what was found and what to do."""


class Found(NamedTuple):
    """One file to read, its stable name, and what is wrong with it (if anything)."""

    path: str
    name: str
    problem: tuple[str, str] | None = None


def discover(paths: Sequence[str | os.PathLike[str]]) -> list[Found]:
    """The files that `paths` (files, folders or globs) mean, sorted by name, each once.

    A file's name is its path below the given folder, else its own name, so that it is the same on
    every machine. Files whose name starts with a dot are left out. Raises `SourceError` for a path
    that does not exist and when nothing is found.
    """
    found: dict[str, Found] = {}
    for path in paths:
        for file in _expand(os.fspath(path)):
            found.setdefault(os.path.realpath(file.path), file)
    if not found:
        raise SourceError(
            f"found no log files in {_listed(paths)}; expected .jsonl or .json files, also .gz or .zst"
        )
    return sorted(found.values(), key=lambda file: (file.name, file.path))


def _listed(paths: Sequence[str | os.PathLike[str]]) -> str:
    return ", ".join(printable(os.fspath(path)) for path in paths) or "an empty list of paths"


def printable(path: str) -> str:
    """A path as clean text: bytes that are no UTF-8 are shown as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _expand(path: str) -> Iterator[Found]:
    if Path(path).is_dir():
        yield from _walk(path)
    elif os.path.lexists(path):
        yield Found(path, printable(Path(path).name), _problem(path, follow=True))
    elif matches := sorted(glob.glob(path, recursive=True)):  # noqa: PTH207  # Path.glob takes no absolute pattern
        for match in matches:
            yield from _expand(match)
    elif glob.has_magic(path):
        raise SourceError(f"nothing matches {printable(path)}; expected log files")
    else:
        raise SourceError(f"{printable(path)} does not exist; expected a log file, a folder or a glob")


def _walk(folder: str) -> Iterator[Found]:
    problems: list[OSError] = []
    for at, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = str(Path(at, name))
            if not name.startswith("."):
                yield Found(
                    path, printable(Path(path).relative_to(folder).as_posix()), _problem(path, follow=False)
                )
    for problem in problems:
        at = str(problem.filename)
        yield Found(
            at,
            printable(Path(at).relative_to(folder).as_posix()),
            ("unreadable", "the folder cannot be listed"),
        )


def _problem(path: str, *, follow: bool) -> tuple[str, str] | None:
    """Why a path is not read. Links inside a folder are not followed: they may lead anywhere."""
    try:
        mode = Path(path).stat(follow_symlinks=follow).st_mode
    except OSError:
        return "unreadable", "the file cannot be examined (a broken link, or no permission)"
    if stat.S_ISLNK(mode):
        return "symlink", "a symbolic link inside the folder; name its target to read it"
    if not stat.S_ISREG(mode):
        return "not_a_file", "a device, pipe or socket; expected a regular file"
    try:
        with Path(path).open("rb"):
            return None
    except OSError:
        return "unreadable", "the file cannot be opened (no permission)"


def compression_of(path: str) -> Compression:
    """The compression of a file by its first bytes, whatever its name."""
    with Path(path).open("rb") as file:
        head = file.read(4)
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "plain")


class Stream:
    """Bounded bytes of one file, decompressed; `read` raises `Refused` beyond the limits.

    What could be read before a fault is handed out first; the fault follows with the next `read`.
    `offset` counts the uncompressed bytes handed out so far.
    """

    def __init__(self, path: str, compression: Compression, limits: Limits, *, start: int = 0) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115  # closed by `__exit__`
        self._file.seek(start)
        self._compression = compression
        self._limits = limits
        self._bytes = _opened(self._file, compression)
        self._fault: Refused | None = None
        self.offset = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()
        self._file.close()

    def read(self, size: int) -> bytes:
        """At most `size` bytes, empty at the end."""
        self._raise_fault()
        block = self._bytes.read(size) if self._compression == "plain" else self._unpack(size)
        self.offset += len(block)
        beyond = self._beyond_limits()
        if beyond is not None:
            self._fault = beyond
        if not block:
            self._raise_fault()
        return block

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _unpack(self, size: int) -> bytes:
        """Unpack piece by piece, so that a fault costs no byte that stood before it."""
        pieces: list[bytes] = []
        left = size
        try:
            while left and (piece := self._bytes.read1(left)):
                pieces.append(piece)
                left -= len(piece)
            if left and self._compression == "zstd" and not is_whole(self._file):
                self._fault = Refused("broken_file", self._broken())
        except _BROKEN:
            self._fault = Refused("broken_file", self._broken())
        return b"".join(pieces)

    def _broken(self) -> str:
        return f"the {self._compression} stream breaks off or is damaged; what stands before that was read"

    def _beyond_limits(self) -> Refused | None:
        limits = self._limits
        if self.offset > limits.max_file_bytes:
            return Refused(
                "file_too_long", f"longer than {limits.max_file_bytes} bytes; the rest is not read"
            )
        if self._compression == "plain" or self.offset <= _RATIO_FLOOR * limits.max_line_bytes:
            return None
        if self.offset <= limits.max_ratio * max(self._file.tell(), 1):
            return None
        reason = f"unpacks to more than {limits.max_ratio} times its size; the rest is not read"
        return Refused("decompression_bomb", reason)


class _Readable(Protocol):
    """What both decompressors and plain files offer."""

    def read(self, size: int, /) -> bytes: ...
    def read1(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def _opened(file: BufferedReader, compression: Compression) -> _Readable:
    if compression == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    if compression == "zstd":
        unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        return unpacker.stream_reader(file, read_across_frames=True, closefd=False)
    return file
