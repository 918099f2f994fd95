"""Confirmed incidents: what scoring saw of the actions that reviewers called harmful, kept for backtests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction.lake import Lake, read_small, write_small
from afteraction.scoring.risk import leaks

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
    "decisive": pl.Boolean(),
}
_LEAKS: Final = ("action_id", "part", "severity", "confidence", "detector", "suppressed_by")
_c = pl.col


def confirmed(home: Path, lake: Lake, tickets: pl.DataFrame) -> pl.DataFrame:
    """One row per action of a denied ticket (`_KEPT`); `row` is null where its features are gone.

    New ones are looked for day by day, the newest first, and then kept, so that the cost does not grow with
    history. `tickets` holds `ticket_id`, `action_id` and `state`.
    """
    denied = tickets.filter(_c("state") == "denied").select("ticket_id", "action_id")
    kept = read_small(home, _NAME)
    kept = pl.DataFrame(schema=_KEPT) if kept is None else kept
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
    """The rows of `fresh`, from the newest day backwards until all are found."""
    parts, left = list[pl.DataFrame](), fresh
    for day in sorted(lake.dates("features"), reverse=True):
        if left.is_empty():
            break
        found = _of_day(lake, left, day)
        parts.append(found)
        left = left.join(found, on="action_id", how="anti")
    gone = left.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in _KEPT.items() if name not in left.columns
    )
    return pl.concat([*parts, gone.select(*_KEPT)])


def _of_day(lake: Lake, wanted: pl.DataFrame, day: str) -> pl.DataFrame:
    seen = lake.read("features", columns=("action_id", "session_key", "event_date", "row"), dates=[day])
    held = wanted.join(seen, on="action_id")
    if held.is_empty():
        return pl.DataFrame(schema=_KEPT)
    acted = lake.read("actions", columns=("action_id", "tenant", "agent_id"), dates=[day])
    found = lake.read("findings", columns=_LEAKS, dates=[day]).filter(_c("suppressed_by").is_null())
    worst = leaks(found.join(held, on="action_id", how="semi")).drop("planted")
    rows = held.join(acted, on="action_id", how="left").join(worst, on="action_id", how="left")
    return rows.select(_c(name).cast(kind) for name, kind in _KEPT.items())
