"""The ledger's signing key: made on first use, readable by its owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from afteraction.ledger.errors import LedgerError
from afteraction.ledger.files import sync_directory
from afteraction.ledger.note import PublicKey


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Load the key, or make it (0600, durable); two processes that start at once agree on one key."""
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{path.name} holds another kind of key, expected Ed25519")
    return key


def public_key(path: Path, name: str) -> PublicKey:
    """The public half of the key at `path`, under the name that it signs with."""
    raw = signing_key(path).public_key().public_bytes_raw()
    return PublicKey(name, raw)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync_directory(path.parent)
