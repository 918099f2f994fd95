"""How far trust may move what asks a person, as its owner signed it off."""

from __future__ import annotations

import msgspec

#: More would let a call pass that is on the way to be denied.
MOST_POINTS = 40


class Trust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far agents and tools that proved themselves may go without a question; off unless you sign it."""

    most_points: int = 0
    """Points above the asking edge that level 2 may reach unasked (level 1: half of them); 0: off."""
    signed_by: str | None = None
    """The person who answers for it; one of your `[[principals]]`."""
    never: tuple[str, ...] = ("pay", "grant", "delete", "execute", "authenticate")
    """Kinds of operation that trust lifts nothing for."""

    def __post_init__(self) -> None:
        """Refuse trust that nobody signed, or that goes too far."""
        if not 0 <= self.most_points <= MOST_POINTS:
            raise ValueError(f"trust: found most_points {self.most_points}, expected 0 to {MOST_POINTS}")
        if self.most_points and not (self.signed_by or "").strip():
            raise ValueError("trust: most_points is set, but signed_by is not; say who answers for it")
