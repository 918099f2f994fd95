"""Step limits on what counts as usual: a baseline moves slowly, near a signed-off anchor, and drift is told.

An agent that pads its behaviour a little every day drags a baseline that follows it along; one that drops
whatever was flagged sinks it. So each quantity moves at most 2 % a day, within half and twice its anchor, in
either direction. A drift that goes on for days is an alarm: a person signs the new anchor off; until then
nothing is blocked.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

#: What names a quantity.
KEYS: Final = ("kind", "level", "tenant", "agent_id", "name")
#: One row per quantity: `raw` is what history says now, `usual` what is in force, both at least 0.
#: `anchor` is what was signed off by `signed_by` (null: as first learned) on `anchored_on`; null while too
#: little is known. `mean` and `spread` are those of the anchor's days in doublings, `cusum` is how far days
#: since then went above them, `counted_to` the last event date in it, `moved_on` the day of the last step,
#: `alarmed_on` that of the alarm.
GUARD: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(KEYS, pl.String()),
    "raw": pl.Float64(),
    "usual": pl.Float64(),
    "anchor": pl.Float64(),
    "anchored_on": pl.Date(),
    "signed_by": pl.String(),
    "mean": pl.Float64(),
    "spread": pl.Float64(),
    "cusum": pl.Float64(),
    "counted_to": pl.String(),
    "moved_on": pl.Date(),
    "alarmed_on": pl.Date(),
}
A_DAY: Final = 1.02
FACTOR: Final = 2.0
#: An anchor is set once a quantity was seen so often, on so many days.
_SEEN: Final = 20
_DAYS: Final = 7
#: Drift below this many spreads is let pass; sums above the limit are an alarm. Few things tell nothing.
_SLACK: Final = 0.25
_LIMIT: Final = 3.0
_LEAST: Final = 5
_NARROW: Final = 0.25
_c = pl.col


def stepped(
    before: pl.DataFrame | None, fresh: pl.DataFrame, daily: pl.DataFrame, today: date
) -> pl.DataFrame:
    """The quantities (`GUARD`) after one more look at history.

    `fresh` holds `KEYS`, `usual`, `seen`, `days`, `mean`, `spread` as history gives them; `daily` holds
    `event_date`, `KEYS`, `mean` and `of` by day. Quantities that history no longer knows are dropped.
    """
    past = pl.DataFrame(schema=GUARD) if before is None else before
    found = fresh.rename({"usual": "raw", "mean": "now_mean", "spread": "now_spread"}).join(
        past.drop("raw"), on=list(KEYS), how="left", nulls_equal=True, maintain_order="left"
    )
    latest = daily["event_date"].max()
    fixed = _anchored(found, today, latest if isinstance(latest, str) else None)
    moved = _moved(_summed(fixed, daily), today)
    return moved.select(_c(name).cast(kind) for name, kind in GUARD.items())


def _anchored(found: pl.DataFrame, today: date, latest: str | None) -> pl.DataFrame:
    """Sets the anchors that are due, and the means of those just signed off."""
    due = _c("anchor").is_null() & (_c("seen") >= _SEEN) & (_c("days") >= _DAYS)
    new = due | (_c("anchor").is_not_null() & _c("mean").is_null())
    return found.with_columns(
        usual=pl.when(_c("anchor").is_null()).then("raw").otherwise("usual"),
        anchor=pl.when(due).then("raw").otherwise("anchor"),
        anchored_on=pl.when(due).then(pl.lit(today)).otherwise("anchored_on"),
        mean=pl.when(new).then("now_mean").otherwise("mean"),
        spread=pl.when(new).then("now_spread").otherwise("spread"),
        cusum=pl.when(new).then(0.0).otherwise("cusum"),
        counted_to=pl.when(new).then(pl.lit(latest, pl.String)).otherwise("counted_to"),
        moved_on=pl.when(due).then(pl.lit(today)).otherwise("moved_on"),
    )


def _moved(found: pl.DataFrame, today: date) -> pl.DataFrame:
    days = (pl.lit(today) - _c("moved_on")).dt.total_days().clip(0, 365).cast(pl.Float64)
    step = pl.lit(A_DAY).pow(days)
    size, anchor = _c("usual") + 1, _c("anchor") + 1
    high = pl.min_horizontal(size * step, anchor * FACTOR) - 1
    low = pl.max_horizontal(size / step, anchor / FACTOR) - 1
    held = pl.when(_c("anchor").is_null()).then("raw").otherwise(_c("raw").clip(low, high))
    alarm = (_c("cusum") > _LIMIT) & _c("alarmed_on").is_null()
    return found.with_columns(
        usual=held,
        moved_on=pl.when(_c("anchor").is_null()).then("moved_on").otherwise(pl.lit(today)),
        alarmed_on=pl.when(alarm).then(pl.lit(today)).otherwise("alarmed_on"),
    )


def _summed(found: pl.DataFrame, daily: pl.DataFrame) -> pl.DataFrame:
    """`cusum` and `counted_to` after the days that came since: a one-sided CUSUM (Page 1954) in spreads."""
    fresh = daily.filter((_c("of") >= _LEAST) & (_c("event_date") != "undated"))
    waiting = fresh.join(
        found.filter(_c("anchor").is_not_null()).select(*KEYS, "counted_to"), on=list(KEYS), nulls_equal=True
    ).filter(_c("event_date") > _c("counted_to").fill_null(""))
    for day in sorted(set(waiting["event_date"])):
        seen = waiting.filter(_c("event_date") == day).select(*KEYS, day_mean="mean")
        found = found.join(seen, on=list(KEYS), how="left", nulls_equal=True, maintain_order="left")
        above = (_c("day_mean") - _c("mean")) / pl.max_horizontal(_c("spread"), pl.lit(_NARROW))
        summed = (_c("cusum") + above.clip(upper_bound=3.0) - _SLACK).clip(0.0)
        told = _c("day_mean").is_not_null()
        found = found.with_columns(
            cusum=pl.when(told).then(summed).otherwise("cusum"),
            counted_to=pl.when(told).then(pl.lit(day)).otherwise("counted_to"),
        ).drop("day_mean")
    return found


def signed_off(guard: pl.DataFrame, chosen: pl.Expr, person: str, today: date) -> pl.DataFrame:
    """The quantities after `person` accepted what history says of the `chosen` ones as their new anchors."""

    def now(column: str, value: pl.Expr | None) -> pl.Expr:
        return (
            pl.when(chosen).then(pl.lit(None) if value is None else value).otherwise(_c(column)).alias(column)
        )

    return guard.with_columns(
        now("usual", _c("raw")), now("anchor", _c("raw")), now("anchored_on", pl.lit(today)),
        now("signed_by", pl.lit(person)), now("mean", None), now("spread", None), now("cusum", pl.lit(0.0)),
        now("moved_on", pl.lit(today)), now("alarmed_on", None),
    ).select(_c(name).cast(kind) for name, kind in GUARD.items())  # fmt: skip
