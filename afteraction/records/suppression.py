"""A suppression as the public table shows it: who answers for it, until when, and how often it was used."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

State = Literal["in_force", "expired"]

#: The public `suppressions` table, one row per suppression of the settings. The conditions are null where
#: they were left out. `uses` counts the findings that it holds back now, `actions` and `sessions` those they
#: stand in; `last_used` is the newest event date among them.
SUPPRESSIONS: Final[dict[str, pl.DataType]] = {
    "suppression_id": pl.String(),
    "state": pl.String(),
    "owner": pl.String(),
    "reason": pl.String(),
    "expires": pl.Date(),
    "detector": pl.String(),
    "value_fp": pl.String(),
    "destination": pl.String(),
    "tool": pl.String(),
    "agent": pl.String(),
    "path": pl.String(),
    "uses": pl.Int64(),
    "actions": pl.Int64(),
    "sessions": pl.Int64(),
    "last_used": pl.String(),
}
