"""The tamper-evident log: append, checkpoint, prove, verify."""

from afteraction.ledger.entry import partition_entry
from afteraction.ledger.errors import DamageError, EntryError, LedgerError, NoteError
from afteraction.ledger.log import DEFAULT_ORIGIN, Inclusion, Ledger
from afteraction.ledger.manifest import manifest_problems, partition_changes
from afteraction.ledger.note import Checkpoint, PublicKey
from afteraction.ledger.verification import Verification

__all__ = [
    "DEFAULT_ORIGIN",
    "Checkpoint",
    "DamageError",
    "EntryError",
    "Inclusion",
    "Ledger",
    "LedgerError",
    "NoteError",
    "PublicKey",
    "Verification",
    "manifest_problems",
    "partition_changes",
    "partition_entry",
]
