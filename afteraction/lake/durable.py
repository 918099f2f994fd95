"""Durable files: written beside, fsynced, renamed, directory fsynced; and one lock per folder."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(file: Path) -> None:
    """Make the content of `file` durable."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Put `content` at `file`, whole or not at all, whatever happens in between."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:60]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as beside:
            os.fchmod(beside.fileno(), mode)
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_directory(file.parent)


@contextmanager
def exclusive(
    directory: Path, waiting: Callable[[], None] | None = None, *, wait: bool = True
) -> Iterator[None]:
    """Hold the folder's lock between processes; `waiting` is called once if another one holds it.

    Without `wait`, raises `BlockingIOError` instead of waiting.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            if waiting is not None:
                waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
