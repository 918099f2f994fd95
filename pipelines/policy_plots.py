"""Pictures of a policy candidate: scores with their threshold, tickets old and new, reliability, drift.

Everything in them is a number or one of our own words; what an agent could have written has no place here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import dagster as dg
import polars as pl

#: The newest actions that score and drift are drawn from, in whole days.
_MOST: Final = 50_000
_DATES: Final = 60
_INK: Final = "#35576b"
_ALARM: Final = "#c0392b"
_PAIR: Final = ("#8fb8de", _INK)
_c = pl.col


def newest_points(home: Path) -> pl.DataFrame:
    """`event_date` and `points`, the highest of each session and date, of the newest dates in the lake."""
    from afteraction.lake import Lake

    lake, dates, held = Lake(home), list[str](), 0
    for date, count in sorted(lake.rows_per_partition("action_risk").items(), reverse=True):
        if held >= _MOST or len(dates) >= _DATES:
            break
        dates.append(date)
        held += count
    rows = lake.read("action_risk", columns=("session_key", "event_date", "points"), dates=dates)
    return rows.drop_nulls("points").group_by("event_date", "session_key").agg(_c("points").max())


def score_plot(points: pl.DataFrame, ticket: int) -> dg.MarkdownMetadataValue:
    """How many sessions reach how many points, and from where a ticket opens."""
    import altair as alt

    counted = points.with_columns(points=_c("points") // 5 * 5).group_by("points").agg(sessions=pl.len())
    bars = alt.Chart(alt.Data(values=counted.sort("points").to_dicts())).mark_bar(color=_INK)
    bars = bars.encode(
        x=alt.X("points:Q", title="highest points of a session"),
        y=alt.Y("sessions:Q", title="sessions", scale=alt.Scale(type="symlog")),
    )
    rule = alt.Chart(alt.Data(values=[{"points": ticket}])).mark_rule(color=_ALARM, size=2)
    return _picture(bars + rule.encode(x="points:Q"), f"Scores; a ticket opens at {ticket} points")


def tickets_plot(backtest: Mapping[str, Any]) -> dg.MarkdownMetadataValue:
    """Tickets a day, and decisions of the hook, under the bundle in force and under the candidate."""
    import altair as alt

    sides = {"in force": backtest["live"], "candidate": backtest["candidate"]}
    values = [
        {"bundle": name, "what": what, "number": number}
        for name, side in sides.items()
        for what, number in (
            ("tickets a day", side["tickets_per_day"]),
            ("incidents found", side["incidents_kept"]),
            ("seeded attacks ticketed", side["seeds_ticketed"]),
            ("seeded attacks stopped", side["seeds_stopped"]),
        )
    ]
    chart = alt.Chart(alt.Data(values=values)).mark_bar().encode(
        x=alt.X("number:Q", title=None),
        y=alt.Y("bundle:N", title=None, sort=list(sides)),
        color=alt.Color("bundle:N", legend=None, scale=alt.Scale(domain=list(sides), range=_PAIR)),
        row=alt.Row("what:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
    )  # fmt: skip
    return _picture(chart.resolve_scale(x="independent"), "Old against new, in the backtest", height=40)


def reliability_plot(diagram: str) -> dg.MarkdownMetadataValue:
    """What the probability of harm said against what verdicts found; `diagram` as in `RELIABILITY`."""
    import altair as alt

    ends = [{"said": 0.0, "found": 0.0}, {"said": 1.0, "found": 1.0}]
    line = alt.Chart(alt.Data(values=ends)).mark_line(strokeDash=[4, 4], color="#8d8d8d")
    dots = alt.Chart(alt.Data(values=json.loads(diagram))).mark_point(filled=True, color=_INK, size=80)
    x, y = alt.X("said:Q", title="risk said"), alt.Y("found:Q", title="share that verdicts called harmful")
    chart = line.encode(x=x, y=y) + dots.encode(x=x, y=y, opacity=alt.Opacity("weight:Q", legend=None))
    return _picture(chart, "Reliability of the probability of harm", width=280)


def drift_plot(points: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """The points of the middle, the upper and the topmost sessions of each date."""
    import altair as alt

    parts = {"half": 0.5, "95 of 100": 0.95, "99 of 100": 0.99}
    shares = points.group_by("event_date").agg(
        _c("points").quantile(share, "lower").alias(name) for name, share in parts.items()
    )
    lines = shares.unpivot(index="event_date", variable_name="sessions", value_name="points").sort(
        "event_date"
    )
    chart = alt.Chart(alt.Data(values=lines.to_dicts())).mark_line(point=True).encode(
        x=alt.X("event_date:O", title="event date", axis=alt.Axis(labelOverlap=True)),
        y=alt.Y("points:Q", title="points that so many sessions stay within"),
        color=alt.Color("sessions:N", sort=list(parts), title="sessions"),
    )  # fmt: skip
    return _picture(chart, "Drift of scores")


def _picture(chart: Any, title: str, *, width: int = 640, height: int = 220) -> dg.MarkdownMetadataValue:
    import vl_convert

    drawn = chart.properties(width=width, height=height, title=title, background="white")
    svg = base64.b64encode(vl_convert.vegalite_to_svg(drawn.to_json()).encode()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{svg})")
