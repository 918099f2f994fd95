"""Which scorecard the next bundle carries: the shipped one, as long as nothing was learned from verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from afteraction import policy
from afteraction.lake import Lake
from afteraction.records.settings import Settings
from afteraction.scoring.scorecard import default_scorecard


@dataclass(frozen=True)
class Learned:
    """A scorecard as a bundle holds it. `note` says how it came about, where there is something to say."""

    scorecard: dict[str, Any]
    note: str | None = None


def shipped() -> dict[str, Any]:
    """The scorecard that comes with this version, as JSON values."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(default_scorecard()))
    return found


def learned(
    home: Path, lake: Lake, live: policy.BundleInfo, *, tickets: pl.DataFrame, settings: Settings
) -> Learned:
    """The scorecard for the next candidate."""
    del home, lake, live, tickets, settings
    return Learned(shipped())
