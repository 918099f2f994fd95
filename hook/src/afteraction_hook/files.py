"""Files: bounded reads, atomic replacement, locks and single-write appends."""

from __future__ import annotations

import os

#: Keeps Windows from changing line ends.
BINARY: int = getattr(os, "O_BINARY", 0)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


def read_bounded(path: str, limit: int) -> bytes:
    """The whole file; raises `OSError` if it is longer than `limit` bytes."""
    with open(path, "rb", buffering=0) as file:
        raw = read_all(file.fileno(), limit)
    if raw is None:
        raise OSError(0, f"the file is longer than {limit} bytes")
    return raw


def read_all(descriptor: int, limit: int) -> bytes | None:
    """Everything up to the end; None if that is more than `limit` bytes."""
    parts: list[bytes] = []
    left = limit + 1
    while left > 0:
        part = os.read(descriptor, min(left, 1 << 20))
        if not part:
            return b"".join(parts)
        parts.append(part)
        left -= len(part)
    return None


def replace_file(path: str, raw: bytes) -> None:
    """Put `raw` at `path`; a reader, or a power cut, finds the old content or the new, never a mixture."""
    beside = f"{path}.tmp-{os.getpid()}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, 0o600)
    try:
        write_all(descriptor, raw)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(beside, path)
    sync_directory(os.path.dirname(path))


def sync_directory(path: str) -> None:
    """Make a rename in `path` survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(path or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, raw: bytes) -> None:
    """Write every byte; raises `OSError` where the system takes none."""
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]


def append_line(path: str, line: bytes, *, fsync: bool) -> None:
    """Append one line with one write. A torn line before it is closed first: only that one is lost."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | BINARY
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    try:
        raw = (b"\n" if _is_torn(descriptor) else b"") + line + b"\n"
        written = os.write(descriptor, raw)
        if written != len(raw):
            raise OSError(28, f"only {written} of {len(raw)} bytes were taken")
        if fsync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_torn(descriptor: int) -> bool:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if size == 0:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


class locked:  # noqa: N801 -- used like a function in a with statement
    """An exclusive lock between processes on a file, where the system has them."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> None:
        try:
            import fcntl  # noqa: PLC0415 -- only some systems have it
        except ImportError:
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
