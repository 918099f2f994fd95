"""Jobs: stable targets for schedules, sensors and people. Assets and checks live elsewhere.

`audit` is the whole audit in one run: inbox in, published database out, with every check but the gate;
`policy` is the way of a candidate bundle, with the gate before it is published.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

#: What one audit writes, in order. The five partitioned tables are reported by `analysis`.
STEPS: Final = (
    "ingested",
    "quarantine",
    "analysis",
    "tickets",
    "decisions",
    "grants",
    "over_budget",
    "control_results",
    "labels",
    "reliability",
    "thresholds",
    "backtest",
    "bundles",
    "challenger",
    "published_database",
    "chains",
    "suppressions",
    "hook_decisions",
    "ran_how",
    "trust",
    "ledger_checkpoints",
)

#: What a candidate bundle goes through, up to the database that tells of it.
POLICY_STEPS: Final = (
    "labels",
    "reliability",
    "thresholds",
    "backtest",
    "bundles",
    "published_database",
    "chains",
    "suppressions",
    "hook_decisions",
    "ran_how",
    "trust",
    "ledger_checkpoints",
)
#: Refuses a candidate visibly. Not in `audit`: what was read and found is published whatever becomes of it.
GATE: Final = dg.AssetCheckKey(dg.AssetKey("backtest"), "candidate_may_go_live")

_ASSETS = dg.AssetSelection.assets(*STEPS) - dg.AssetSelection.checks(GATE)
_CORE = dg.AssetSelection.assets("actions", "sessions", "flows", "findings", "action_risk")

AUDIT = dg.define_asset_job(
    "audit",
    selection=_ASSETS | dg.AssetSelection.checks_for_assets("action_risk"),
    description="Everything from the inbox to the published database, once.",
    executor_def=dg.in_process_executor,
)

POLICY = dg.define_asset_job(
    "policy",
    selection=dg.AssetSelection.assets(*POLICY_STEPS).without_checks() | dg.AssetSelection.checks(GATE),
    description="Learns from verdicts, backtests the candidate, publishes it unless the gate holds it back.",
    executor_def=dg.in_process_executor,
)
