"""The ledger's signing key and its public half."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from afteraction.ledger.errors import LedgerError
from afteraction.ledger.note import PublicKey
from afteraction.records import signing


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Load the key, or make it (see `records.signing`); raises `LedgerError` on another kind of file."""
    try:
        return signing.signing_key(path)
    except signing.SigningKeyError as error:
        raise LedgerError(str(error)) from error


def public_key(path: Path, name: str) -> PublicKey:
    """The public half of the key at `path`, under the name that it signs with."""
    raw = signing_key(path).public_key().public_bytes_raw()
    return PublicKey(name, raw)
