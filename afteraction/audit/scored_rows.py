"""What scoring saw of recorded actions: their features and leaks, looked up in the newest days first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from afteraction.audit import baselines
from afteraction.lake import Lake
from afteraction.scoring.risk import leaks

UNDATED: Final = "undated"
_LEAKS: Final = ("action_id", "part", "severity", "confidence", "detector", "suppressed_by")
_FEATURES: Final = ("action_id", "session_key", "event_date", "row")
_c = pl.col


def scored_rows(lake: Lake, wanted: pl.DataFrame, days: Sequence[str]) -> pl.DataFrame:
    """`wanted` (`action_id` and more) with `session_key`, `event_date`, `row` and what `leaks` gives.

    Only actions whose features stand on these days; findings that a suppression holds back do not count.
    """
    ids = wanted.select("action_id").unique()
    seen = lake.read("features", columns=_FEATURES, dates=days).join(ids, on="action_id", how="semi")
    held = wanted.join(seen.unique("action_id", keep="last"), on="action_id", maintain_order="left")
    if held.is_empty():
        found = lake.read("findings", columns=_LEAKS, dates=[])
    else:
        found = lake.read("findings", columns=_LEAKS, dates=days).filter(_c("suppressed_by").is_null())
    worst = leaks(found.join(ids, on="action_id", how="semi"))
    return held.join(worst, on="action_id", how="left", maintain_order="left")


def looked_up(lake: Lake, wanted: pl.DataFrame) -> pl.DataFrame:
    """`scored_rows` of all `wanted`, from the newest day backwards until all are found.

    What is not found has no row. The cost does not grow with history where the wanted ones are new.
    """
    parts, left = [scored_rows(lake, wanted.clear(), [])], wanted
    for day in sorted(lake.dates("features"), reverse=True):
        if left.is_empty():
            break
        found = scored_rows(lake, left, [day])
        parts.append(found)
        left = left.join(found, on="action_id", how="anti")
    return pl.concat(parts, how="vertical_relaxed")


def unpacked(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with a column for each feature in `row`."""
    return rows.with_columns(_c("row").str.json_decode(baselines.features())).unnest("row")


def newest_days(lake: Lake, table: str, most: int) -> list[str]:
    """The newest days of a table that hold `most` rows together, newest first, what is undated last."""
    counts = lake.rows_per_partition(table)
    days, held = list[str](), 0
    for day in sorted(counts, key=lambda day: (day != UNDATED, day), reverse=True):
        if held >= most:
            break
        days.append(day)
        held += counts[day]
    return days
