"""Champion and challengers over the newest recorded features, offline: one report a run, kept as a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from afteraction.audit.scored_rows import newest_days, unpacked
from afteraction.lake import Lake, read_small, write_small
from afteraction.scoring.challenger import Challenge, Rival, challenge

#: The newest actions that are compared, and the reports that are kept.
MOST: Final = 20_000
_KEPT: Final = 400
_TABLE: Final = "challenges"
#: One row per model of each report; of a day's reports the last stays.
CHALLENGES: Final[dict[str, pl.DataType]] = {
    "day": pl.Date(),
    "model": pl.String(),
    "role": pl.String(),
    "actions": pl.Int64(),
    "rank_correlation": pl.Float64(),
    "top": pl.Int64(),
    "both": pl.Int64(),
    "verdict_auroc": pl.Float64(),
}
_c = pl.col


def run(home: Path, lake: Lake, tickets: pl.DataFrame, today: date) -> Challenge | None:
    """Compare the models and keep the report; `None` where there is too little. `tickets` tells verdicts.

    Cost is that of `MOST` actions, however long the history is.
    """
    days = newest_days(lake, "features", MOST)
    rows = lake.read("features", columns=("action_id", "row"), dates=days).drop_nulls("row").tail(MOST)
    features = unpacked(rows)
    judged = tickets.filter(_c("state").is_in(["approved", "denied"]))
    verdicts = judged.select("action_id", harmful=_c("state") == "denied")
    found = challenge(features, lake.read("action_risk", dates=days), verdicts=verdicts)
    if found is not None:
        _keep(home, found, today)
    return found


def reports(home: Path) -> pl.DataFrame:
    """The kept reports (`CHALLENGES`), newest first."""
    found = read_small(home, _TABLE)
    table = pl.DataFrame(schema=CHALLENGES) if found is None else found
    return table.sort("day", descending=True, maintain_order=True)


def _keep(home: Path, found: Challenge, today: date) -> None:
    rows = [
        {"day": today, "actions": found.actions, "top": found.top, **_fields(one)} for one in found.rivals
    ]
    table = pl.concat([pl.DataFrame(rows, schema=CHALLENGES), reports(home).filter(_c("day") != today)])
    write_small(home, _TABLE, table.head(_KEPT))


def _fields(rival: Rival) -> dict[str, object]:
    return msgspec.structs.asdict(rival)
