"""Derived rows, staged in the lake by the process that made them, and committed by the one with the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.analysis import Task, analyse
from afteraction.audit.reports import AnalysisReport
from afteraction.lake import Lake, Staged

#: `sessions` last: until it is committed, the sessions count as waiting.
_TABLES: Final = ("actions", "flows", "findings", "action_risk", "features", "touches", "sessions")


@dataclass(frozen=True)
class Derived:
    """What the analysis of some whole sessions left in the lake's staging, and its counts."""

    sessions: pl.Series
    staged: dict[str, Staged]
    report: AnalysisReport


def derive(home: Path, task: Task) -> Derived:
    """Analyse and stage; in any process, since rows take less to write than to send to another one."""
    made = analyse(task)
    lake = Lake(home)
    return Derived(
        sessions=made.sessions["session_key"],
        staged={name: lake.stage(name, getattr(made, name)) for name in _TABLES},
        report=AnalysisReport(
            sessions=made.sessions.height,
            actions=made.actions.height,
            unscorable=int(made.sessions["unscorable"].sum()),
            findings=made.findings.height,
            flows=made.flows.height,
            dates=tuple(sorted(set(made.actions["event_date"]))),
        ),
    )


def commit(lake: Lake, derived: Sequence[Derived]) -> None:
    """Make staged rows the only ones of their sessions, table by table."""
    keys = pl.concat([one.sessions for one in derived])
    for name in _TABLES:
        lake.replace_sessions(name, [one.staged[name] for one in derived], keys)


def added_up(reports: Sequence[AnalysisReport]) -> AnalysisReport:
    """The counts of several batches."""
    return AnalysisReport(
        sessions=sum(one.sessions for one in reports),
        actions=sum(one.actions for one in reports),
        unscorable=sum(one.unscorable for one in reports),
        findings=sum(one.findings for one in reports),
        flows=sum(one.flows for one in reports),
        dates=tuple(sorted({date for one in reports for date in one.dates})),
    )
