"""Layer `published`: the database that analysts query, swapped in whole, and the ledger behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import (
    CHAINS,
    RAN_HOW,
    RISK_BY_DATE,
    RISKIEST,
    SUPPRESSIONS,
    TRUST,
    chains,
    facts,
    flow_graph,
    risk_plot,
    riskiest,
    suppressions,
    table,
)
from pipelines.resources import Home


@dg.multi_asset(
    name="publish",
    specs=[
        dg.AssetSpec(
            "published_database",
            deps=["quarantine", "sessions", "grants", "control_results", "bundles"],
            description="The DuckDB file with every public table, as of one moment.",
        ),
        dg.AssetSpec(
            "chains",
            deps=["flows"],
            description="What one session wrote somewhere and another one read there.",
        ),
        dg.AssetSpec(
            "suppressions",
            deps=["findings"],
            description="Findings that are known and accepted: owner, reason, expiry and uses.",
        ),
        dg.AssetSpec(
            "hook_decisions", deps=["bundles"], description="What hooks answered, as their logs tell."
        ),
        dg.AssetSpec(
            "ran_how", deps=["actions"], description="Why each action ran: low risk, trust, or an open gate."
        ),
        dg.AssetSpec("trust", deps=["bundles"], description="How far agents and tools are trusted, and why."),
        dg.AssetSpec(
            "ledger_checkpoints",
            deps=["control_results"],
            description="Signed heads of the tamper-evident log.",
        ),
    ],
    group_name="published",
    pool=POOL,
    retry_policy=RETRY,
)
def publish(home: Home) -> Iterator[dg.MaterializeResult[Any]]:
    """Swap in the new database; readers of the old one keep it until they close it."""
    done = home.audit().publish()
    report = {**facts(done), "database": Path(done.database).name}
    metadata = {
        **report,
        "risk": risk_plot(home.query(RISK_BY_DATE)),
        "riskiest_actions": riskiest(home.query(RISKIEST)),
        **flow_graph(home.folder),
    }
    yield dg.MaterializeResult(asset_key="published_database", metadata=metadata)
    yield dg.MaterializeResult(asset_key="chains", metadata=chains(home.query(CHAINS)))
    yield dg.MaterializeResult(asset_key="suppressions", metadata=suppressions(home.query(SUPPRESSIONS)))
    yield dg.MaterializeResult(asset_key="hook_decisions")
    ran = table(home.query(RAN_HOW), {"how": 24, "reversible": 12, "actions": 12})
    yield dg.MaterializeResult(asset_key="ran_how", metadata={"how_actions_ran": ran})
    held = table(home.query(TRUST), {"kind": 8, "name": 80, "level": 8, "because": 200})
    yield dg.MaterializeResult(asset_key="trust", metadata={"trust": held})
    yield dg.MaterializeResult(asset_key="ledger_checkpoints", metadata=report)
