"""The calibrated risk of one action, with the reasons that made it."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

Level = Literal["unscorable", "none", "low", "medium", "high", "critical"]

#: The public `action_risk` table. `risk` is 0 to 1 and null when the action is unscorable; `points`
#: is the integer score; `reasons` is JSON text: [{"reason": id, "points": n, "text": sentence}], the
#: largest first. `ticketed` says whether this action stands in a ticket.
ACTION_RISK: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "tenant": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "seq": pl.Int64(),
    "risk": pl.Float64(),
    "points": pl.Int64(),
    "level": pl.String(),
    "reasons": pl.String(),
    "ticketed": pl.Boolean(),
    "bundle_revision": pl.String(),
}
