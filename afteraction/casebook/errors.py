"""What can go wrong in the casebook, said so that a person can act on it."""

from __future__ import annotations


class CasebookError(RuntimeError):
    """The casebook could not do what was asked; nothing was changed."""


class Conflict(CasebookError):  # noqa: N818  (it is a state of affairs)
    """Somebody else was first: the row is no longer in the state that the change started from."""
