"""The small public tables about the system itself: sessions, bundles, ledger checkpoints, runs."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.action import ACTIONS, TIME
from afteraction.records.chain import CHAINS
from afteraction.records.control_result import CONTROL_RESULTS
from afteraction.records.finding import FINDINGS
from afteraction.records.flow import FLOWS
from afteraction.records.over_budget import OVER_BUDGET
from afteraction.records.quarantine import QUARANTINE
from afteraction.records.risk import ACTION_RISK
from afteraction.records.suppression import SUPPRESSIONS
from afteraction.records.ticket import DECISIONS, GRANTS, LABELS, RELIABILITY, TICKETS
from afteraction.records.trust import RAN_HOW, TRUST

#: One row per session. `request` is the person's first message, masked and cut to 500 characters;
#: `analysed_digest` names the actions and the analysis version that the derived rows come from.
SESSIONS: Final[dict[str, pl.DataType]] = {
    "session_key": pl.String(),
    "session_id": pl.String(),
    "tenant": pl.String(),
    "source_system": pl.String(),
    "event_date": pl.String(),
    "agents": pl.String(),
    "actions": pl.Int64(),
    "messages": pl.Int64(),
    "unscorable": pl.Int64(),
    "started_at": TIME,
    "ended_at": TIME,
    "request": pl.String(),
    "max_risk": pl.Float64(),
    "analysed_digest": pl.String(),
}

#: One row per policy bundle. `share` is the share of agents of a rollout's stage; `signed_by` names the key;
#: `backtest` is JSON: what the replay said before publication or refusal.
BUNDLES: Final[dict[str, pl.DataType]] = {
    "revision": pl.String(),
    "sequence": pl.Int64(),
    "digest": pl.String(),
    "state": pl.String(),
    "published_at": TIME,
    "thresholds": pl.String(),
    "notes": pl.String(),
    "share": pl.Float64(),
    "signed_by": pl.String(),
    "backtest": pl.String(),
}

#: One row per verdict of the hook in a decision log that was read. During a rollout `stage` is set, and
#: `live_decision` and `candidate_decision` say what each bundle wanted, `enforced` which one was followed.
HOOK_DECISIONS: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "tenant": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "event_time": TIME,
    "agent_id": pl.String(),
    "tool": pl.String(),
    "decision": pl.String(),
    "path": pl.String(),
    "points": pl.Int64(),
    "bundle_revision": pl.String(),
    "stage": pl.String(),
    "enforced": pl.String(),
    "live_revision": pl.String(),
    "live_decision": pl.String(),
    "live_points": pl.Int64(),
    "candidate_revision": pl.String(),
    "candidate_decision": pl.String(),
    "candidate_points": pl.Int64(),
}

LEDGER_CHECKPOINTS: Final[dict[str, pl.DataType]] = {
    "origin": pl.String(),
    "size": pl.Int64(),
    "root": pl.String(),
    "note": pl.String(),
    "signed_at": TIME,
}

#: Every public table of the published database, by name.
PUBLIC: Final[dict[str, dict[str, pl.DataType]]] = {
    "actions": ACTIONS,
    "sessions": SESSIONS,
    "flows": FLOWS,
    "chains": CHAINS,
    "findings": FINDINGS,
    "action_risk": ACTION_RISK,
    "tickets": TICKETS,
    "decisions": DECISIONS,
    "grants": GRANTS,
    "over_budget": OVER_BUDGET,
    "labels": LABELS,
    "reliability": RELIABILITY,
    "trust": TRUST,
    "ran_how": RAN_HOW,
    "suppressions": SUPPRESSIONS,
    "control_results": CONTROL_RESULTS,
    "bundles": BUNDLES,
    "hook_decisions": HOOK_DECISIONS,
    "quarantine": QUARANTINE,
    "ledger_checkpoints": LEDGER_CHECKPOINTS,
}
