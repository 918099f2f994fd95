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
from afteraction.audit import feedback_step, rollout_step, thresholds_step, trust_step
from afteraction.audit.hook_lists import hook_lists, learned, learned_in
from afteraction.audit.reports import PolicyPreview, PolicyReport
from afteraction.lake import Lake
from afteraction.records.settings import Settings

_SHIPPED: Final = "the shipped threshold; too few sessions are known here for a promise of its own"


@dataclass(frozen=True)
class InForce:
    """The bundle that scores now: its revision and its scorecard as JSON."""

    revision: str
    scorecard: bytes


def in_force(home: Path, settings: Settings) -> InForce:
    """The bundle in force: the shipped scorecard where there was none, with the owner's present settings."""
    live = _current(home, settings)
    allowed = trust_step.for_hooks(home, settings)
    trial = policy.rolling(home / "bundles", live)
    if trial is not None and trust_step.too_much(trial.document["lists"], allowed):
        live, trial = policy.rollback(home / "bundles"), None
    # What history taught goes out with the next audit; while a rollout is under way its base stays as it is.
    taught = learned(home) if trial is None else _taught(live)
    # Trust rises with a candidate that was judged; it falls at once.
    down = trust_step.held_down(live.document["lists"], allowed)
    same = _candidate(live.document["scorecard"], live.thresholds, settings, live, taught={**taught, **down})
    with suppress(policy.RefusedError):
        live = policy.publish(same, home / "bundles")
    return InForce(live.revision, msgspec.json.encode(live.document["scorecard"]))


def choose(home: Path, lake: Lake, tickets: pl.DataFrame, settings: Settings) -> PolicyReport:
    """Submit the bundle that history asks for; the one in force for all goes on scoring until it is replaced.

    `tickets` holds `ticket_id`, `action_id` and `state` of every action that stands in a ticket.
    """
    asked = _asked(home, lake, tickets, settings)
    outcome = rollout_step.submit(home, lake, asked.candidate, asked.live, tickets=tickets, settings=settings)
    report = _report(outcome.live, outcome.kind, asked.sessions, outcome.reasons)
    return msgspec.structs.replace(report, learned=asked.candidate.bundle.document.get("note") or "")


def preview(home: Path, lake: Lake, tickets: pl.DataFrame, settings: Settings) -> PolicyPreview:
    """What `choose` would submit, and what the gate says of it; nothing is published, started or refused."""
    asked = _asked(home, lake, tickets, settings)
    candidate, live = asked.candidate, asked.live
    new = candidate.digest != live.digest
    report, reasons = (
        rollout_step.judged(home, lake, candidate, live, tickets=tickets, settings=settings)
        if new
        else (None, ())
    )
    return PolicyPreview(
        live=live.revision,
        candidate=candidate.revision,
        ticket_points=candidate.bundle.ticket,
        live_ticket_points=live.bundle.ticket,
        certificate=promise(candidate.bundle.document["thresholds"]["ticket"]["certificate"]),
        sessions=asked.sessions,
        learned=candidate.bundle.document.get("note") or "",
        backtest=None if report is None else msgspec.to_builtins(report),
        reasons=reasons,
    )


@dataclass(frozen=True)
class _Asked:
    """What history asks for, after the bundle in force, and how many sessions were looked at for it."""

    live: policy.BundleInfo
    candidate: policy.Candidate
    sessions: int


def _asked(home: Path, lake: Lake, tickets: pl.DataFrame, settings: Settings) -> _Asked:
    live = _current(home, settings)
    weights = feedback_step.learned(home, lake, tickets=tickets, settings=settings)
    wanted = thresholds_step.wanted(home, lake, live, weights.scorecard, tickets=tickets, settings=settings)
    candidate = _candidate(
        weights.scorecard,
        wanted.thresholds,
        settings,
        live,
        note=weights.note,
        taught={**_taught(live), **trust_step.for_hooks(home, settings)},
    )
    return _Asked(live, candidate, wanted.sessions)


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
    rules = msgspec.json.decode(
        msgspec.json.encode([msgspec.structs.replace(one, author=None) for one in settings.rules])
    )
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
