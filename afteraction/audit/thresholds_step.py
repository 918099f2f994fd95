"""Which thresholds history asks for: shipped ones first, conformal ones after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from afteraction import policy
from afteraction.lake import Lake
from afteraction.records.settings import Settings
from afteraction.scoring import conformal
from afteraction.scoring.scorecard import default_threshold


@dataclass(frozen=True)
class Wanted:
    """The `thresholds` of a bundle, and the number of sessions that were looked at for them."""

    thresholds: dict[str, Any]
    sessions: int = 0


def shipped(scorecard: Mapping[str, Any]) -> dict[str, Any]:
    """The thresholds where nothing is known yet, with the promise that the shipped scorecard came with."""
    known = default_threshold()
    certificate = None if known.certificate is None else {**known.certificate, "level": "shipped"}
    return policy.choose(scorecard, known.points, certificate)


def wanted(
    home: Path,
    lake: Lake,
    live: policy.BundleInfo,
    scorecard: Mapping[str, Any],
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> Wanted:
    """The shipped thresholds when the scorecard is new here, else what history gives, else those in force.

    Sessions under review may turn out clean or not. The threshold moves only as far as it must whatever
    reviewers decide: a burst of attacks that nobody has judged yet cannot raise it. `tickets` holds
    `action_id` and `state` of every action that stands in a ticket.
    """
    del home
    points = _session_points(lake, tickets)
    if live.document["scorecard"] != scorecard:
        return Wanted(shipped(scorecard), points.height)
    ticket = live.thresholds["ticket"]
    found = _moved(ticket["points"], points, settings)
    now = (ticket["points"], ticket["certificate"]) if found is None else found
    return Wanted(policy.choose(scorecard, *now), points.height)


def _moved(ticket: int, points: pl.DataFrame, settings: Settings) -> tuple[int, dict[str, Any]] | None:
    """Where the threshold must go from `ticket`, with its certificate; None where it stays."""
    every, judged = (_conformal(part, settings) for part in (points, points.filter(~pl.col("waiting"))))
    if every is None or judged is None:
        return None
    low, high = sorted((every, judged), key=lambda found: found[0])
    if low[0] == high[0] or ticket < low[0]:
        return low
    return high if ticket > high[0] else None


def _conformal(sessions: pl.DataFrame, settings: Settings) -> tuple[int, dict[str, Any]] | None:
    found = conformal.threshold(sessions["points"].to_list(), settings.alpha, settings.delta)
    return None if found is None else (found[0], {**msgspec.structs.asdict(found[1]), "level": "global"})


def _session_points(lake: Lake, tickets: pl.DataFrame) -> pl.DataFrame:
    """`points` and `waiting` (under review) of each session without confirmed harm: its highest points."""
    risk = lake.read("action_risk", columns=("session_key", "action_id", "points"))
    held = risk.join(tickets.select("action_id", "state"), on="action_id", how="left")
    sessions = held.group_by("session_key").agg(
        pl.col("points").max(),
        (pl.col("state") == "open").any().alias("waiting"),
        (pl.col("state") == "denied").any().alias("harmful"),
    )
    clean = sessions.filter(~pl.col("harmful").fill_null(value=False)).drop_nulls("points")
    return clean.with_columns(pl.col("waiting").fill_null(value=False)).sort("session_key")
