"""Where the lake's files are: in a folder of this machine, or in a bucket with copies on this machine."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from deltalake.exceptions import CommitFailedError, DeltaError

from afteraction.lake.durable import sync_directory, sync_file

LOG: Final = "_delta_log"


class LakeError(RuntimeError):
    """The lake cannot be read or written: what was found, expected and to do; never holds a credential."""


class Storage(ABC):
    """The files of all tables by their path `TABLE/…`. A data file never changes once it has a name.

    A commit is acknowledged when its data files and then its log entry are durable: on a disk fsynced,
    in a bucket acknowledged by the server that keeps it.
    """

    #: Where the data files can be read on this machine.
    directory: Path
    #: What Delta opens; a table is one level below.
    url: str
    #: What Delta needs to know besides; never holds a credential.
    options: Mapping[str, str]
    #: Who made the tables: `None` where only this home can have made them.
    owner: str | None

    @property
    def staging(self) -> Path:
        """Where data files wait until they are put in place: beside the tables, on the same file system."""
        return self.directory / ".staged"

    def table(self, name: str) -> str:
        """What Delta opens as the table `name`."""
        return f"{self.url}/{name}"

    @abstractmethod
    def send(self, path: str) -> None:
        """Put the data file that was written and fsynced at `directory / path` where the lake keeps it."""

    @abstractmethod
    def fetch(self, sizes: Mapping[str, int]) -> list[Path]:
        """The data files on this machine; `sizes` has the bytes of each path."""

    @abstractmethod
    def digest(self, path: str) -> str:
        """The SHA-256 (hex) of a data file as the lake keeps it, not of a copy."""

    @abstractmethod
    def settle(self, name: str, version: int) -> None:
        """Make durable what Delta just wrote to the log of `name` for `version`."""

    @abstractmethod
    def mend(self) -> None:
        """Take away what an interruption left half written; only the holder of the lake's lock may."""

    @abstractmethod
    def release(self, needed: Callable[[], Iterable[str]]) -> None:
        """Give up copies that no published snapshot needs; `needed` has the paths that one does."""

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Turns what Delta raises into `LakeError`."""
        try:
            yield
        except DeltaError as error:
            if not (isinstance(error, CommitFailedError) or "already exists" in str(error)):
                raise
            msg = (
                f"found a newer version in {self.url} than the one that this run read, expected no other "
                "writer: another audit committed at the same time, and nothing of it was overwritten; "
                "run afteraction audit again"
            )
            raise LakeError(msg) from None


class Disk(Storage):
    """A folder of this machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = str(directory)
        self.options = {}
        self.owner = None

    def send(self, path: str) -> None:
        """Nothing to do: the file is where it belongs."""

    def fetch(self, sizes: Mapping[str, int]) -> list[Path]:
        """The files themselves."""
        return [self.directory / path for path in sizes]

    def digest(self, path: str) -> str:
        """The file's digest."""
        return file_digest(self.directory / path)

    def settle(self, name: str, version: int) -> None:
        """Delta does not fsync its log."""
        log = self.directory / name / LOG
        for file in [*log.glob(f"{version:020d}.*"), *log.glob("_last_checkpoint")]:
            with suppress(FileNotFoundError):
                sync_file(file)
        sync_directory(log)
        if version == 0:
            sync_directory(log.parent)

    def mend(self) -> None:
        """Put aside log entries and checkpoints that a power cut tore before they were acknowledged."""
        for log in self.directory.glob(f"*/{LOG}"):
            for pattern, whole in (("*.json", _whole_entry), ("*.checkpoint.parquet", _whole_parquet)):
                newest = max(log.glob(pattern), default=None)
                if newest is not None and not whole(newest):
                    newest.rename(newest.with_name(f"{newest.name}.torn"))
                    (log / "_last_checkpoint").unlink(missing_ok=True)
                    sync_directory(log)

    def release(self, needed: Callable[[], Iterable[str]]) -> None:
        """Nothing to do: there are no copies."""


def file_digest(file: Path) -> str:
    """The SHA-256 (hex) of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _whole_entry(entry: Path) -> bool:
    lines = entry.read_bytes().splitlines()
    try:
        return bool(lines) and all(isinstance(msgspec.json.decode(line), dict) for line in lines if line)
    except msgspec.DecodeError:
        return False


def _whole_parquet(file: Path) -> bool:
    with file.open("rb") as content:
        content.seek(0, 2)
        content.seek(max(0, content.tell() - 4))
        return content.read() == b"PAR1"
