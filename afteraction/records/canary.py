"""A canary: a value that its owner planted, so that whoever touches it gives themselves away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

#: Shorter values turn up by chance; longer ones are files.
LEAST_CHARS: Final = 12
MOST_CHARS: Final = 1_000
#: A value of fewer different characters is no value of its own.
LEAST_DIFFERENT: Final = 6


@dataclass(frozen=True)
class Canary:
    """A planted value in memory; `name` is what findings show. The value is never shown, stored or logged."""

    name: str
    value: str = field(repr=False)


def trouble(value: str) -> str | None:
    """Why a value cannot be a canary, in words that do not tell it; none if it can."""
    if not LEAST_CHARS <= len(value) <= MOST_CHARS:
        return f"found {len(value):,} characters, expected {LEAST_CHARS} to {MOST_CHARS:,}"
    if len(set(value)) < LEAST_DIFFERENT:
        return f"found {len(set(value))} different characters, expected {LEAST_DIFFERENT} at least"
    return None
