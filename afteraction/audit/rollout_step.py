"""What becomes of a candidate: refused by limits or backtest, published, or taken through a rollout."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction import policy
from afteraction.audit import backtest_step
from afteraction.lake import Lake
from afteraction.records.settings import Settings

_HOUR: Final = 3600.0
_c = pl.col


@dataclass(frozen=True)
class Outcome:
    """`kind` is `kept`, `published`, `refused` or `rolling`; `reasons` are sentences for a person."""

    kind: str
    live: policy.BundleInfo
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """How a rollout's stage goes: hours, decisions by both bundles, and how many of those changed."""

    hours: float
    decisions: int
    changed: int

    def lacking(self, settings: Settings) -> tuple[str, ...]:
        """What keeps the stage from ending by itself."""
        wanted, reasons = settings.rollout, []
        if self.hours < wanted.min_hours or self.decisions < wanted.min_decisions:
            reasons.append(
                f"{self.hours:.1f} of {wanted.min_hours:g} hours and {self.decisions} of "
                f"{wanted.min_decisions} decisions by both bundles, of which {self.changed} changed."
            )
        elif self.changed > wanted.most_changed * self.decisions:
            reasons.append(
                f"{self.changed} of {self.decisions} decisions changed, more than {wanted.most_changed:.1%}; "
                "look at `hook_decisions`, then `afteraction bundle promote` or `rollback`."
            )
        return tuple(reasons)


def submit(
    home: Path,
    lake: Lake,
    candidate: policy.Candidate,
    live: policy.BundleInfo,
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> Outcome:
    """Publish the candidate, start its rollout, go on with the one that is under way, or refuse it.

    While a rollout is under way no other begins: a candidate that changes a little each day would never come
    to its end.
    """
    directory = home / "bundles"
    trial = policy.rolling(directory, live)
    if trial is not None:
        return _go_on(home, lake, trial, live, tickets=tickets, settings=settings)
    if candidate.digest == live.digest:
        now = policy.publish(candidate, directory)
        return Outcome("kept" if now.revision == live.revision else "published", now)
    report, reasons = judged(home, lake, candidate, live, tickets=tickets, settings=settings)
    told = None if report is None else msgspec.to_builtins(report)
    if reasons:
        policy.refuse(candidate, reasons, directory, told)
        return Outcome("refused", live, reasons)
    stages = settings.rollout.stages() if report is not None else ()
    return _published(candidate, directory, live, stages, told)


def judged(
    home: Path,
    lake: Lake,
    candidate: policy.Candidate,
    live: policy.BundleInfo,
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> tuple[policy.Backtest | None, tuple[str, ...]]:
    """The backtest of a candidate within reach that judges anything otherwise, and what speaks against."""
    reasons = policy.beyond_reach(candidate, home / "bundles")
    if reasons or policy.judges_alike(candidate.bundle, live.bundle):
        return None, reasons
    wanted = policy.BundleInfo(
        candidate.revision, candidate.bundle.sequence, candidate.digest, candidate.bundle.document
    )
    report = backtest_step.backtest(home, lake, wanted, live, tickets=tickets, limits=settings.backtest)
    return report, policy.objections(report, settings.backtest.tickets_factor)


def _published(
    candidate: policy.Candidate,
    directory: Path,
    live: policy.BundleInfo,
    stages: tuple[tuple[str, float], ...],
    told: Any,
) -> Outcome:
    stage = stages[0] if stages else None
    try:
        now = policy.publish(candidate, directory, stage=stage, backtest=told)
    except policy.RefusedError as refused:
        return Outcome("refused", live, tuple(refused.reasons))
    if stage is None:
        return Outcome("published", now)
    return Outcome("rolling", live, (f"{now.revision} is in rollout ({stage[0]}).",))


def _go_on(
    home: Path,
    lake: Lake,
    trial: policy.BundleInfo,
    live: policy.BundleInfo,
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> Outcome:
    """The rollout's next stage if this one has shown enough and the backtest still holds."""
    directory, stage = home / "bundles", trial.stage or ("", 0.0)
    name = f"{trial.revision} is in rollout ({stage[0]} {stage[1]:.0%})"
    if lacking := shown(lake, trial).lacking(settings):
        return Outcome("rolling", live, (f"{name}: {lacking[0]}",))
    report = backtest_step.backtest(home, lake, trial, live, tickets=tickets, limits=settings.backtest)
    if reasons := policy.objections(report, settings.backtest.tickets_factor):
        back = policy.rollback(directory)
        return Outcome("refused", back, (f"The rollout of {trial.revision} was ended.", *reasons))
    following = policy.following(trial, settings.rollout.stages())
    now = policy.promote(directory, following)
    if following is None:
        return Outcome("published", now)
    return Outcome("rolling", live, (f"{now.revision} is in rollout ({following[0]} {following[1]:.0%}).",))


def shown(lake: Lake, trial: policy.BundleInfo) -> Shown:
    """What hooks logged of this stage: in the lake, on the days since it began."""
    began = datetime.fromisoformat(trial.document["created_at"])
    days = [day for day in lake.dates("actions") if day >= f"{began:%Y-%m-%d}"]
    said = lake.read("actions", columns=("hook_verdict",), dates=days).drop_nulls() if days else None
    hours = (time.time() - began.timestamp()) / _HOUR
    if said is None or said.is_empty():
        return Shown(hours, 0, 0)
    told = said.select(
        revision=_c("hook_verdict").str.json_path_match("$.rollout.candidate.bundle_revision"),
        new=_c("hook_verdict").str.json_path_match("$.rollout.candidate.decision"),
        old=_c("hook_verdict").str.json_path_match("$.rollout.live.decision"),
    ).filter(_c("revision") == trial.revision)
    return Shown(hours, told.height, told.filter(_c("new") != _c("old")).height)
