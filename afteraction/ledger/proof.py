"""Entries with their inclusion proofs as files that prove themselves with the public key alone."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from afteraction.ledger import merkle, note
from afteraction.ledger.entry import name_of
from afteraction.ledger.errors import LedgerError
from afteraction.ledger.log import Ledger
from afteraction.ledger.note import PublicKey
from afteraction.ledger.reader import TreeReader

CHECKPOINT: Final = "checkpoint"
PUBLIC_KEY: Final = "public_key"
PROOFS: Final = "proofs.json"
FILES: Final = (CHECKPOINT, PUBLIC_KEY, PROOFS)


class _Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    index: int
    entry: str
    path: tuple[str, ...]


class _Proofs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int
    proofs: tuple[_Proof, ...]


@dataclass(frozen=True)
class Proven:
    """The entries that a signed checkpoint covers, and whatever speaks against the files."""

    entries: tuple[dict[str, Any], ...] = ()
    size: int = 0
    signed_at: str = ""
    problems: tuple[str, ...] = ()


def prove(ledger: Ledger, kinds: Sequence[str]) -> dict[str, bytes]:
    """The newest entry of each key of these kinds, with proofs to the newest checkpoint, as files."""
    head = ledger.head()
    if head is None:
        raise LedgerError("the ledger is empty, so there is nothing to prove; run afteraction audit first")
    reader = TreeReader(ledger.read, head.size)
    newest: dict[tuple[str, str], tuple[int, bytes]] = {}
    for index, raw in enumerate(reader.entries()):
        name = name_of(raw)
        if name is not None and name[0] in kinds:
            newest[name] = (index, raw)
    proofs = [
        _Proof(index, raw.decode(), tuple(map(_text, merkle.inclusion_path(reader.node, index, head.size))))
        for index, raw in sorted(newest.values())
    ]
    return {
        CHECKPOINT: head.note,
        PUBLIC_KEY: f"{ledger.public_key.text}\n".encode(),
        PROOFS: msgspec.json.format(msgspec.json.encode(_Proofs(head.size, tuple(proofs))), indent=1),
    }


def check_proofs(files: Mapping[str, bytes], public: PublicKey) -> Proven:
    """Check the files of `prove` with nothing but the public key."""
    try:
        checkpoint = note.check(files[CHECKPOINT], public)
        held = msgspec.json.decode(files[PROOFS], type=_Proofs)
    except KeyError as error:
        return Proven(problems=(f"ledger/{error.args[0]} is missing",))
    except (LedgerError, msgspec.DecodeError, RecursionError) as error:
        return Proven(problems=(f"the proofs are not readable: {error}",))
    if held.size != checkpoint.size:
        return Proven(problems=("the proofs belong to another checkpoint",))
    problems, entries = [], []
    for proof in held.proofs:
        if _holds(proof, checkpoint):
            entries.append(json.loads(proof.entry))
        else:
            problems.append(f"entry {proof.index} is not in the ledger that was signed")
    return Proven(tuple(entries), checkpoint.size, checkpoint.signed_at.isoformat(), tuple(problems))


def _holds(proof: _Proof, checkpoint: note.Checkpoint) -> bool:
    try:
        path = [base64.b64decode(node, validate=True) for node in proof.path]
        leaf = merkle.leaf_hashes([proof.entry.encode()])[0]
    except (binascii.Error, ValueError):
        return False
    return merkle.includes(leaf, proof.index, checkpoint.size, path, checkpoint.root)


def _text(node: bytes) -> str:
    return base64.b64encode(node).decode()
