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


def choose(home: Path, lake: Lake, harmful: pl.Series, settings: Settings) -> PolicyReport:
    """Publish the thresholds that history gives, unless they are those in force or beyond the step limits.

    `harmful` are ids of actions that a person denied: their sessions are not clean and do not count.
    """
    live = _current(home, settings)
    maxima = session_maxima(lake, harmful)
    candidate = _candidate(*_wanted(live, maxima, settings), settings, live)
    try:
        now = policy.publish(candidate, home / "bundles")
    except policy.RefusedError as refused:
        return _report(live, "refused", maxima.len(), tuple(refused.reasons))
    return _report(now, "kept" if now.revision == live.revision else "published", maxima.len())


def _wanted(live: policy.BundleInfo, maxima: pl.Series, settings: Settings) -> _Wanted:
    """Scorecard, ticket points and certificate: the shipped ones when the scorecard is new here, else those
    that history gives, else those in force.
    """
    shipped = _shipped()
    if live.document["scorecard"] != shipped[0]:
        return shipped
    found = conformal.threshold(maxima.to_list(), settings.alpha, settings.delta)
    if found is None:
        ticket = live.thresholds["ticket"]
        return shipped[0], ticket["points"], ticket["certificate"]
    points, certificate = found
    return shipped[0], points, {**msgspec.structs.asdict(certificate), "level": "global"}


def _shipped() -> _Wanted:
    scorecard = msgspec.json.decode(msgspec.json.encode(default_scorecard()))
    known = default_threshold()
    certificate = None if known.certificate is None else {**known.certificate, "level": "shipped"}
    return scorecard, known.points, certificate


def session_maxima(lake: Lake, harmful: pl.Series) -> pl.Series:
    """The highest points of each session without confirmed harm."""
    risk = lake.read("action_risk", columns=("session_key", "action_id", "points"))
    guilty = risk.filter(pl.col("action_id").is_in(harmful.implode()))["session_key"].unique()
    clean = risk.filter(~pl.col("session_key").is_in(guilty.implode()))
    return (
        clean.group_by("session_key")
        .agg(pl.col("points").max())
        .drop_nulls("points")
        .sort("session_key")["points"]
    )


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
