"""Jobs: stable targets for schedules, sensors and people. Assets and checks live elsewhere.

`audit` is the whole audit in one run: inbox in, published database out, with every check.
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
    "control_results",
    "thresholds",
    "bundles",
    "challenger",
    "published_database",
    "chains",
    "suppressions",
    "ledger_checkpoints",
)

_ASSETS = dg.AssetSelection.assets(*STEPS)
_CORE = dg.AssetSelection.assets("actions", "sessions", "flows", "findings", "action_risk")

AUDIT = dg.define_asset_job(
    "audit",
    selection=_ASSETS | dg.AssetSelection.checks_for_assets("action_risk"),
    description="Everything from the inbox to the published database, once.",
    executor_def=dg.in_process_executor,
)
