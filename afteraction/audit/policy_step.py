"""Which bundle scores, and what becomes of the one that history asks for: learned, cut off, published."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction import policy
from afteraction.audit import feedback_step, thresholds_step
from afteraction.audit.hook_lists import hook_lists, learned, learned_in
from afteraction.audit.reports import PolicyReport
from afteraction.lake import Lake
from afteraction.policy.history import bundle_files, stored
from afteraction.records.settings import Rule, Settings

_SHIPPED: Final = "the shipped threshold; too few sessions are known here for a promise of its own"


@dataclass(frozen=True)
class InForce:
    """The bundle that scores now: its revision and its scorecard as JSON."""

    revision: str
    scorecard: bytes


def in_force(home: Path, settings: Settings) -> InForce:
    """The bundle in force: the shipped scorecard where there was none, with the owner's present settings."""
    live = _current(home, settings)
    # What history taught goes out with the next audit; while a rollout is under way its base stays as it is.
    taught = learned(home) if policy.rolling(home / "bundles", live) is None else _taught(live)
    same = _candidate(live.document["scorecard"], live.thresholds, settings, live, taught=taught)
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
    """Publish the bundle that history asks for, unless it is the one in force or beyond the step limits.

    `tickets` holds `action_id` and `state` of every action that stands in a ticket.
    """
    live = _current(home, settings)
    weights = feedback_step.learned(home, lake, live, tickets=tickets, settings=settings)
    wanted = thresholds_step.wanted(home, lake, live, weights.scorecard, tickets=tickets, settings=settings)
    candidate = _candidate(
        weights.scorecard, wanted.thresholds, settings, live, note=weights.note, taught=_taught(live)
    )
    try:
        now = policy.publish(candidate, home / "bundles")
    except policy.RefusedError as refused:
        return _report(live, "refused", wanted.sessions, tuple(refused.reasons))
    return _report(now, "kept" if now.revision == live.revision else "published", wanted.sessions)


def _current(home: Path, settings: Settings) -> policy.BundleInfo:
    live = policy.current(home / "bundles")
    if live is not None:
        return live
    scorecard = feedback_step.shipped()
    first = _candidate(scorecard, thresholds_step.shipped(scorecard), settings, None)
    return policy.publish(first, home / "bundles")


def _taught(live: policy.BundleInfo) -> dict[str, Any]:
    """What history taught until the bundle in force was published."""
    return learned_in(live.document["lists"])


def _candidate(
    scorecard: Mapping[str, Any],
    thresholds: Mapping[str, Any],
    settings: Settings,
    previous: policy.BundleInfo | None,
    *,
    note: str | None = None,
    taught: Mapping[str, Any] | None = None,
) -> policy.Candidate:
    rules = msgspec.json.decode(msgspec.json.encode(settings.rules))
    lists = hook_lists(settings.destinations, taught)
    return policy.build(scorecard, thresholds, rules=rules, lists=lists, previous=previous, note=note)


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
