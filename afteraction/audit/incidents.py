"""Confirmed incidents: what scoring saw of the actions that reviewers called harmful, kept for backtests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.scored_rows import looked_up
from afteraction.lake import Lake, read_small, write_small

_NAME: Final = "incidents"
#: The newest confirmed actions that are kept.
MOST: Final = 2_000
_KEPT: Final[dict[str, pl.DataType]] = {
    "ticket_id": pl.String(),
    "action_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "tenant": pl.String(),
    "agent_id": pl.String(),
    "row": pl.String(),
    "leak": pl.String(),
    "exposed": pl.String(),
    "effect": pl.String(),
    "decisive": pl.Boolean(),
}
_c = pl.col


def confirmed(home: Path, lake: Lake, tickets: pl.DataFrame) -> pl.DataFrame:
    """One row per action of a denied ticket (`_KEPT`); `row` is null where its features are gone.

    New ones are looked for day by day, the newest first, and then kept, so that the cost does not grow with
    history. `tickets` holds `ticket_id`, `action_id` and `state`.
    """
    denied = tickets.filter(_c("state") == "denied").select("ticket_id", "action_id")
    kept = read_small(home, _NAME)
    kept = pl.concat([pl.DataFrame(schema=_KEPT), *([] if kept is None else [kept])], how="diagonal")
    kept = kept.join(denied, on=["ticket_id", "action_id"], how="semi")
    fresh = denied.join(kept, on=["ticket_id", "action_id"], how="anti").tail(MOST)
    if fresh.is_empty():
        return kept
    every = (
        pl.concat([kept, _found(lake, fresh)]).sort("event_date", "action_id", nulls_last=False).tail(MOST)
    )
    write_small(home, _NAME, every)
    return every


def _found(lake: Lake, fresh: pl.DataFrame) -> pl.DataFrame:
    """The rows of `fresh`; of those whose features are gone, the ids alone."""
    seen = looked_up(lake, fresh)
    who = ("action_id", "tenant", "agent_id")
    acted = lake.read("actions", columns=who, dates=seen["event_date"].unique().to_list())
    rows = seen.join(acted, on="action_id", how="left").select(
        _c(name).cast(kind) for name, kind in _KEPT.items()
    )
    return pl.concat([rows, fresh.join(rows, on=["ticket_id", "action_id"], how="anti")], how="diagonal")
