"""What can go wrong in the ledger, as types whose messages say what to do."""

from __future__ import annotations


class LedgerError(Exception):
    """Anything the ledger refuses."""


class EntryError(LedgerError, ValueError):
    """An entry that has no canonical form, no `kind` and `key`, or more than 65,535 bytes."""


class DamageError(LedgerError):
    """What is on disk is not what the checkpoint says; nothing is written on top of it."""


class NoteError(LedgerError, ValueError):
    """A checkpoint that is not well formed or whose signature does not hold."""
