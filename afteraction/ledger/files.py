"""Files that are there whole or not at all: write beside, fsync, rename, fsync the folder."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: Called before every change on disk with the name of the change; fault tests raise or exit in it.
Step = Callable[[str], None]


def no_step(_: str) -> None:
    """The step of everyday use: nothing happens."""


def sync_directory(path: Path) -> None:
    """Make renames and new names within a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock; the system frees it when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Store:
    """The files below one folder. Writing needs the lock; reading does not."""

    def __init__(self, folder: Path, step: Step = no_step) -> None:
        self._folder = folder
        self._drafts = folder / ".drafts"
        self._step = step

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or `None` when it is not there."""
        try:
            return (self._folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files by path; when this returns they outlive a power cut, before that none is half there."""
        self._drafts.mkdir(parents=True, exist_ok=True)
        drafts = [
            (self._draft(number, data), self._folder / path)
            for number, (path, data) in enumerate(files.items())
        ]
        folders = {target.parent for _, target in drafts}
        for folder in sorted(folders):
            self._make(folder)
        for draft, target in drafts:
            self._step(f"rename {target.name}")
            draft.replace(target)
        for folder in sorted(folders):
            self._step(f"sync {folder.name}")
            sync_directory(folder)

    def clear_drafts(self) -> None:
        """Remove what a killed writer left beside."""
        shutil.rmtree(self._drafts, ignore_errors=True)

    def remove_folder(self, path: str) -> None:
        """Remove a folder of partial tiles that a full tile has replaced."""
        self._step(f"remove {path}")
        shutil.rmtree(self._folder / path, ignore_errors=True)

    def names(self, path: str) -> list[str]:
        """The names of the files in a folder, sorted; empty when the folder is not there."""
        folder = self._folder / path
        return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []

    def _draft(self, number: int, data: bytes) -> Path:
        draft = self._drafts / str(number)
        self._step("write draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            self._step("sync draft")
            os.fsync(file.fileno())
        return draft

    def _make(self, folder: Path) -> None:
        """Make a folder and make its name durable, from the top down."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        self._step(f"make {folder.name}")
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent)
