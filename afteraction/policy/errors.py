"""What can go wrong between choosing a threshold and a bundle that hooks read."""

from __future__ import annotations


class PolicyError(ValueError):
    """A bundle cannot be built, read or found; the message says what was expected and what to do."""


class RefusedError(PolicyError):
    """A candidate must not be published; `reasons` are sentences for the person who decides."""

    def __init__(self, revision: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"{revision} is refused: " + " ".join(reasons))
        self.revision = revision
        self.reasons = reasons
