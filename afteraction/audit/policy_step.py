"""Which bundle scores, and which one history asks for: shipped defaults first, conformal thresholds after."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import polars as pl

from afteraction import policy
from afteraction.audit.hook_lists import hook_lists
from afteraction.audit.reports import PolicyReport
from afteraction.lake import Lake
from afteraction.policy.history import bundle_files, stored
from afteraction.records.settings import Rule, Settings
from afteraction.scoring import conformal
from afteraction.scoring.scorecard import default_scorecard, default_threshold

_SHIPPED: Final = "the shipped threshold; too few sessions are known here for a promise of its own"


#: A scorecard, the points at which it opens a ticket, and what was promised with them.
_Wanted: TypeAlias = tuple[dict[str, Any], int, Mapping[str, Any] | None]


@dataclass(frozen=True)
class InForce:
    """The bundle that scores now: its revision and its scorecard as JSON."""

    revision: str
    scorecard: bytes


def in_force(home: Path, settings: Settings) -> InForce:
    """The bundle in force: the shipped scorecard where there was none, with the owner's present settings."""
    live = _current(home, settings)
    ticket = live.thresholds["ticket"]
    same = _candidate(live.document["scorecard"], ticket["points"], ticket["certificate"], settings, live)
    with suppress(policy.RefusedError):
        live = policy.publish(same, home / "bundles")
    return InForce(live.revision, msgspec.json.encode(live.document["scorecard"]))


@dataclass(frozen=True)
class Demands:
    """What one bundle revision wants a person for: a score of `points`, or one of its `rules`."""

    points: int
    rules: tuple[Rule, ...]


def demands(home: Path) -> dict[str, Demands]:
    """The demands of each published revision."""
    found = {}
    for file in bundle_files(home / "bundles"):
        document = stored(home / "bundles", file.stem).document
        rules = msgspec.convert(document["rules"], tuple[Rule, ...])
        found[file.stem] = Demands(document["thresholds"]["ticket"]["points"], rules)
    return found


def choose(home: Path, lake: Lake, tickets: pl.DataFrame, settings: Settings) -> PolicyReport:
    """Publish the thresholds that history gives, unless they are those in force or beyond the step limits.

    `tickets` holds `action_id` and `state` of every action that stands in a ticket.
    """
    live = _current(home, settings)
    points = _session_points(lake, tickets)
    candidate = _candidate(*_wanted(live, points, settings), settings, live)
    try:
        now = policy.publish(candidate, home / "bundles")
    except policy.RefusedError as refused:
        return _report(live, "refused", points.height, tuple(refused.reasons))
    return _report(now, "kept" if now.revision == live.revision else "published", points.height)


def _wanted(live: policy.BundleInfo, points: pl.DataFrame, settings: Settings) -> _Wanted:
    """Scorecard, ticket points and certificate: the shipped ones when the scorecard is new here, else those
    that history gives, else those in force.

    Sessions under review may turn out clean or not. The threshold moves only as far as it must whatever
    reviewers decide: a burst of attacks that nobody has judged yet cannot raise it.
    """
    shipped = _shipped()
    if live.document["scorecard"] != shipped[0]:
        return shipped
    ticket = live.thresholds["ticket"]
    kept = shipped[0], ticket["points"], ticket["certificate"]
    every, judged = (_conformal(part, settings) for part in (points, points.filter(~pl.col("waiting"))))
    if every is None or judged is None:
        return kept
    low, high = sorted((every, judged), key=lambda found: found[0])
    if low[0] == high[0] or ticket["points"] < low[0]:
        return shipped[0], *low
    return (shipped[0], *high) if ticket["points"] > high[0] else kept


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


def _shipped() -> _Wanted:
    scorecard = msgspec.json.decode(msgspec.json.encode(default_scorecard()))
    known = default_threshold()
    certificate = None if known.certificate is None else {**known.certificate, "level": "shipped"}
    return scorecard, known.points, certificate


def _current(home: Path, settings: Settings) -> policy.BundleInfo:
    live = policy.current(home / "bundles")
    if live is not None:
        return live
    return policy.publish(_candidate(*_shipped(), settings, None), home / "bundles")


def _candidate(
    scorecard: Mapping[str, Any],
    points: int,
    certificate: Mapping[str, Any] | None,
    settings: Settings,
    previous: policy.BundleInfo | None,
) -> policy.Candidate:
    thresholds = policy.choose(scorecard, points, certificate)
    rules = msgspec.json.decode(msgspec.json.encode(settings.rules))
    lists = hook_lists(settings.destinations)
    return policy.build(scorecard, thresholds, rules=rules, lists=lists, previous=previous)


def _report(
    live: policy.BundleInfo, outcome: str, sessions: int, reasons: tuple[str, ...] = ()
) -> PolicyReport:
    ticket = live.thresholds["ticket"]
    return PolicyReport(
        revision=live.revision,
        outcome=outcome,
        ticket_points=ticket["points"],
        certificate=promise(ticket["certificate"]),
        sessions=sessions,
        reasons=reasons,
    )


def promise(certificate: Mapping[str, Any] | None) -> str:
    """What a threshold promises, as a sentence."""
    if certificate is None:
        return _SHIPPED
    seen = "the scorecard was trained on" if certificate["level"] == "shipped" else "seen here"
    return (
        f"with {1 - certificate['delta']:.0%} confidence at most {certificate['alpha']:.1%} of clean "
        f"sessions like the {certificate['n']:,} {seen} open a ticket"
    )
