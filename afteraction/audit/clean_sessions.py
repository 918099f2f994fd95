"""What thresholds are chosen from: the newest sessions without confirmed harm, by who acted in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.audit.over_budget import held_back
from afteraction.audit.scored_rows import UNDATED, newest_days, scored_rows, unpacked
from afteraction.lake import Lake
from afteraction.policy.lookup import team_names
from afteraction.records.settings import Team
from afteraction.scoring.scorecard import decode

#: So many of the newest sessions are looked at, in whole days: enough for any promise, and no more each day.
MOST_SESSIONS: Final = 10_000
_c = pl.col


def clean_sessions(
    home: Path, lake: Lake, scorecard: Mapping[str, Any], tickets: pl.DataFrame, teams: Sequence[Team]
) -> pl.DataFrame:
    """One row per session and agent: `session_key`, `tenant`, `agent_id`, `team`, `points`, `waiting`.

    `points` are the highest that the agent has in the session, by `scorecard`; `waiting` says that somebody
    still has to judge the session, or that it stands over a ticket budget. Sessions with a denied ticket are
    left out. `tickets` holds `action_id` and `state` of every action that stands in a ticket.
    """
    days, later = _window(lake)
    inside = lake.read("sessions", columns=("session_key",), dates=days)
    risk = lake.read(
        "action_risk",
        columns=("session_key", "action_id", "tenant", "points", "bundle_revision"),
        dates=later,
    ).join(inside, on="session_key", how="semi")
    actors = lake.read("actions", columns=("action_id", "agent_id"), dates=later)
    rows = _scored(home, lake, risk, scorecard, later).join(actors, on="action_id", how="left")
    state = tickets.group_by("action_id").agg(
        open=(_c("state") == "open").any(), denied=(_c("state") == "denied").any()
    )
    known = rows.join(state, on="action_id", how="left").with_columns(
        _c("open", "denied").fill_null(value=False)
    )
    parts = (
        known.with_columns(
            waiting=_c("open").any().over("session_key") | _c("session_key").is_in(held_back(home).implode()),
            harmful=_c("denied").any().over("session_key"),
        )
        .filter(~_c("harmful"))
        .group_by("session_key", "tenant", "agent_id")
        .agg(_c("points").max(), _c("waiting").any())
        .drop_nulls("points")
        .sort("session_key", "agent_id")
    )
    return parts.with_columns(team_names(parts, teams).alias("team"))


def _window(lake: Lake) -> tuple[list[str], list[str]]:
    """The newest days that hold enough sessions, and all days on which their actions may stand."""
    days = newest_days(lake, "sessions", MOST_SESSIONS)
    first = min((day for day in days if day != UNDATED), default=UNDATED)
    return days, [day for day in lake.dates("action_risk") if day >= first]


def _scored(
    home: Path, lake: Lake, risk: pl.DataFrame, scorecard: Mapping[str, Any], days: Sequence[str]
) -> pl.DataFrame:
    """`risk` with the points that `scorecard` gives: as recorded, or from the recorded features."""
    revisions = risk["bundle_revision"].unique().to_list()
    same = [one for one in revisions if one is not None and _scorecard_of(home, one) == scorecard]
    other = ~_c("bundle_revision").is_in(same).fill_null(value=False) & _c("points").is_not_null()
    ids = risk.filter(other).select("action_id")
    if ids.is_empty():
        return risk
    rows = unpacked(scored_rows(lake, ids, days).drop_nulls("row"))
    again = rows.select("action_id", again=pl.Series(decode(msgspec.json.encode(scorecard)).points(rows)))
    joined = risk.join(again, on="action_id", how="left", maintain_order="left")
    return joined.with_columns(points=pl.when(other).then("again").otherwise("points")).drop("again")


def _scorecard_of(home: Path, revision: str) -> Any:
    """The scorecard of a bundle that was published; None if it is not there any more."""
    try:
        return msgspec.json.decode(
            (home / "bundles" / f"{revision}.json").read_bytes(), type=_Scored
        ).scorecard
    except (OSError, msgspec.MsgspecError):
        return None


class _Scored(msgspec.Struct):
    """The one part of a bundle that is read here."""

    scorecard: dict[str, Any]
