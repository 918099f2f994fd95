"""The append-only ledger: entries in, signed checkpoints and proofs out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from afteraction.ledger import keys, merkle, note
from afteraction.ledger.entry import Entry, canonical, name_of
from afteraction.ledger.errors import DamageError, EntryError
from afteraction.ledger.files import Step, Store, locked, no_step
from afteraction.ledger.growth import grow
from afteraction.ledger.note import Checkpoint, PublicKey
from afteraction.ledger.reader import TreeReader
from afteraction.ledger.verification import Verification, verify
from afteraction.records.tables import LEDGER_CHECKPOINTS

DEFAULT_ORIGIN: Final = "afteraction.local/ledger"
HEAD: Final = "checkpoint"
HISTORY: Final = "checkpoints"
_SIZE: Final = "019d"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Inclusion:
    """What shows that the entry at `index` stands in the tree of `size` entries."""

    index: int
    size: int
    path: tuple[bytes, ...]


class Ledger:
    """A tamper-evident log in one folder (C2SP tlog-tiles, RFC 6962, signed-note checkpoints).

    A checkpoint is signed only over entries and tiles that are already durable, so a crash at any
    step leaves the last checkpoint valid, and the same append may simply run again. Writers take
    turns by a lock file; readers never wait. `now` gives the time that checkpoints are signed at.
    """

    def __init__(
        self,
        directory: Path,
        key_path: Path,
        *,
        origin: str = DEFAULT_ORIGIN,
        now: Callable[[], datetime] = _utc_now,
        step: Step = no_step,
    ) -> None:
        self.directory = directory
        self.origin = note.check_name(origin)
        self._key_path = key_path
        self._now = now
        self._store = Store(directory, step)
        self._latest: dict[tuple[str, str], bytes] = {}
        self._indexed = 0

    @property
    def public_key(self) -> PublicKey:
        """The key that checkpoints are checked with; its `text` is what an outside verifier needs."""
        return keys.public_key(self._key_path, self.origin)

    def head(self) -> Checkpoint | None:
        """The newest checkpoint, signature checked; `None` before the first append."""
        raw = self._store.read(HEAD)
        return None if raw is None else note.check(raw, self.public_key)

    def append(self, entries: Sequence[Entry]) -> Checkpoint:
        """Add entries and sign the new head; raises `EntryError` before anything is written."""
        raw = [canonical(entry) for entry in entries]
        with locked(self.directory):
            return self._append(self._open(), raw)

    def append_once(self, entries: Sequence[Entry]) -> Checkpoint:
        """Add the entries that differ from the newest with the same `kind` and `key`.

        Running it again adds nothing. Raises `EntryError` when an entry has no `kind` and `key`.
        """
        named = [(_name(raw), raw) for raw in map(canonical, entries)]
        with locked(self.directory):
            head = self._open()
            self._index(head)
            latest, fresh = dict(self._latest), []
            for name, raw in named:
                leaf = merkle.leaf_hashes([raw])[0]
                if latest.get(name) != leaf:
                    latest[name] = leaf
                    fresh.append(raw)
            return self._append(head, fresh)

    def verify(self, pinned: Sequence[bytes] | None = None) -> Verification:
        """Recompute everything from the entries; see `afteraction.ledger.verification`."""
        history = [self._store.read(f"{HISTORY}/{name}") or b"" for name in self._store.names(HISTORY)]
        return verify(self._store.read, self._store.read(HEAD), self.public_key, history, pinned or ())

    def read(self, path: str) -> bytes | None:
        """The bytes of one file of the ledger, by its path in the layout."""
        return self._store.read(path)

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """The canonical bytes of the entries from `start` on, as the newest checkpoint covers them."""
        head = self.head()
        return iter(()) if head is None else TreeReader(self._store.read, head.size).entries(start)

    def latest(self, kind: str) -> dict[str, dict[str, Any]]:
        """The newest entry of each key of a kind."""
        found = {name[1]: raw for raw in self.entries() if (name := name_of(raw)) and name[0] == kind}
        return {key: json.loads(raw) for key, raw in found.items()}

    def inclusion_proof(self, index: int, size: int | None = None) -> Inclusion:
        """The audit path of entry `index` (from 0) in the tree of `size` (the newest) entries."""
        size = self._size(size)
        path = merkle.inclusion_path(TreeReader(self._store.read, size).node, index, size)
        return Inclusion(index, size, tuple(path))

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """What shows that the tree of `old` entries is a prefix of the tree of `new` (the newest)."""
        new = self._size(new)
        return tuple(merkle.consistency_path(TreeReader(self._store.read, new).node, old, new))

    def checkpoints(self) -> pl.DataFrame:
        """Every checkpoint signed so far, oldest first (columns of `LEDGER_CHECKPOINTS`)."""
        notes = [self._store.read(f"{HISTORY}/{name}") for name in self._store.names(HISTORY)]
        rows = [_row(note.parse(raw)) for raw in notes if raw]
        return pl.DataFrame(rows, schema=LEDGER_CHECKPOINTS, orient="row")

    def _size(self, size: int | None) -> int:
        head = self.head()
        found = 0 if head is None else head.size
        if size is not None and not 0 <= size <= found:
            raise ValueError(f"found size {size}, expected 0 to {found}")
        return found if size is None else size

    def _open(self) -> Checkpoint:
        """The head to build on, with what a killed writer left undone put right; needs the lock."""
        self._store.clear_drafts()
        head = self.head()
        if head is None:
            if self._store.names("tile"):
                raise DamageError(
                    f"{self.directory} holds entries and no checkpoint; restore it from a backup"
                )
            return self._sign(0, merkle.EMPTY_ROOT)
        past = self._store.names(HISTORY)
        if past and past[-1] > f"{head.size:{_SIZE}}":
            raise DamageError(
                "a longer ledger was signed before, so this one was rolled back; nothing is written"
            )
        if self._store.read(_history_path(head.size)) != head.note:
            self._store.write({_history_path(head.size): head.note})
        return head

    def _append(self, head: Checkpoint, raw: Sequence[bytes]) -> Checkpoint:
        if not raw:
            return head
        growth = grow(self._store.read, head, raw)
        self._store.write(growth.bundles)
        self._store.write(growth.tiles)
        signed = self._sign(head.size + len(raw), growth.root)
        for folder in growth.replaced:
            self._store.remove_folder(folder)
        return signed

    def _sign(self, size: int, root: bytes) -> Checkpoint:
        key = keys.signing_key(self._key_path)
        signed = note.sign(key, self.public_key, size=size, root=root, signed_at=self._now())
        self._store.write({HEAD: signed.note})
        self._store.write({_history_path(size): signed.note})
        return signed

    def _index(self, head: Checkpoint) -> None:
        """Read the entries that came since the last look into the (kind, key) index."""
        if head.size < self._indexed:
            self._latest, self._indexed = {}, 0
        for raw in TreeReader(self._store.read, head.size).entries(self._indexed):
            if (name := name_of(raw)) is not None:
                self._latest[name] = merkle.leaf_hashes([raw])[0]
        self._indexed = head.size


def _name(raw: bytes) -> tuple[str, str]:
    name = name_of(raw)
    if name is None:
        raise EntryError("an entry that is appended once needs a text `kind` and a text `key`")
    return name


def _history_path(size: int) -> str:
    return f"{HISTORY}/{size:{_SIZE}}"


def _row(checkpoint: Checkpoint) -> Mapping[str, Any]:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": base64.b64encode(checkpoint.root).decode(),
        "note": checkpoint.note.decode(),
        "signed_at": checkpoint.signed_at,
    }
