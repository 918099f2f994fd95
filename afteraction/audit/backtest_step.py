"""The backtest before a bundle goes live: newest recorded actions, confirmed incidents and seeded attacks."""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

from afteraction import policy
from afteraction.audit import incidents
from afteraction.audit.recorded import newest_calls
from afteraction.audit.scored_rows import newest_days, scored_rows, unpacked
from afteraction.lake import Lake
from afteraction.policy.backtesting import UNDATED
from afteraction.policy.lookup import ticket_points
from afteraction.records.settings import Backtest
from afteraction.scoring.risk import level
from afteraction.scoring.scorecard import decode

_c = pl.col


def backtest(
    home: Path,
    lake: Lake,
    candidate: policy.BundleInfo,
    live: policy.BundleInfo,
    *,
    tickets: pl.DataFrame,
    limits: Backtest,
) -> policy.Backtest:
    """What both bundles make of the newest actions; the cost is bounded by `limits`, not by history.

    `tickets` holds `ticket_id`, `action_id` and `state` of every action that stands in a ticket.
    """
    window = _window(lake, limits.actions)
    rows = _scoring_rows(lake, window)
    confirmed = incidents.confirmed(home, lake, tickets)
    calls = newest_calls(home, lake, window.head(limits.replayed))
    said = policy.replay(candidate.bundle, live.bundle, calls.drop_nulls("args").iter_rows(named=True))
    days = window.filter(_c("event_date") != UNDATED)["event_date"].n_unique()
    held = confirmed.filter(_c("row").is_not_null())
    sides = [
        policy.side(one.bundle, _ticketed(rows, one), _ticketed(unpacked(held), one), counts, days)
        for one, counts in ((candidate, said.candidate), (live, said.live))
    ]
    tried = min(limits.replayed, window.filter(_c("scorable")).height)
    times = window["event_time"].drop_nulls().sort().dt.to_string("%Y-%m-%d %H:%M").to_list()
    return policy.Backtest(
        recorded=sum(lake.rows_per_partition("action_risk").values()),
        actions=window.height,
        first=times[0] if times else None,
        last=times[-1] if times else None,
        days=days,
        undated=window.filter(_c("event_date") == UNDATED).height,
        scored=rows.height,
        unscorable=window.filter(~_c("scorable")).height,
        featureless=window.filter("scorable").height - rows.height,
        sampled=tried,
        replayed=said.replayed,
        unreadable=said.unreadable,
        unopened=max(0, tried - said.replayed - said.unreadable),
        incidents=held["ticket_id"].n_unique(),
        absent_incidents=confirmed["ticket_id"].n_unique() - held["ticket_id"].n_unique(),
        seeds=len(policy.seeds()),
        candidate=sides[0],
        live=sides[1],
        changed=said.changed,
    )


def _window(lake: Lake, most: int) -> pl.DataFrame:
    """The newest actions by event time, whole days being read until there are enough; undated ones last."""
    days = newest_days(lake, "action_risk", most)
    risk = lake.read("action_risk", columns=("action_id", "session_key", "event_date", "points"), dates=days)
    acted = lake.read("actions", columns=("action_id", "tenant", "agent_id", "event_time"), dates=days)
    return (
        risk.with_columns(scorable=_c("points").is_not_null())
        .join(acted, on="action_id", how="left")
        .sort("event_time", "action_id", descending=True, nulls_last=True)
        .head(most)
    )


def _scoring_rows(lake: Lake, window: pl.DataFrame) -> pl.DataFrame:
    """What scoring saw of each scorable action: features, leaks, and who acted."""
    wanted = window.filter("scorable").select("action_id", "tenant", "agent_id")
    return unpacked(scored_rows(lake, wanted, window["event_date"].unique().to_list()).drop_nulls("row"))


def _ticketed(rows: pl.DataFrame, bundle: policy.BundleInfo) -> pl.DataFrame:
    """`rows` with `ticketed`: whether this bundle would open a ticket for each."""
    scorecard = decode(msgspec.json.encode(bundle.document["scorecard"]))
    points = scorecard.points(rows)
    risk = pl.DataFrame({"points": points, "risk": scorecard.calibration.of(points)})
    named = rows.with_columns(bundle_revision=pl.lit(bundle.revision))
    least = ticket_points(named, {bundle.revision: bundle.thresholds})
    certain = rows["decisive"].fill_null(value=False) | (
        risk.select(level(_c("risk")) == "critical").to_series()
    )
    return rows.with_columns(ticketed=(risk["points"] >= least).fill_null(value=False) | certain)
