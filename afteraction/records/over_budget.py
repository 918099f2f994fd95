"""A concern that a score raised on a day whose ticket budget was used up: seen, ranked, and not lost."""

from __future__ import annotations

from typing import Final

import polars as pl

#: The public `over_budget` table: one row per (session, cause) that reached the threshold and has no ticket
#: because `budget` tickets were open for that team and day already. `concern` is the id that its ticket would
#: have, `action_id` its riskiest action, `event_date` to `last_date` the days on which it happened. `team` is
#: null for agents of no team.
OVER_BUDGET: Final[dict[str, pl.DataType]] = {
    "concern": pl.String(),
    "tenant": pl.String(),
    "team": pl.String(),
    "event_date": pl.String(),
    "last_date": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "cause": pl.String(),
    "action_id": pl.String(),
    "agent_id": pl.String(),
    "title": pl.String(),
    "risk": pl.Float64(),
    "points": pl.Int64(),
    "level": pl.String(),
    "budget": pl.Int64(),
}
