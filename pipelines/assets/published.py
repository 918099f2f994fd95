"""Layer `published`: the database that analysts query, swapped in whole, and the ledger behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import (
    CHAINS,
    RISK_BY_DATE,
    RISKIEST,
    SUPPRESSIONS,
    chains,
    facts,
    flow_graph,
    risk_plot,
    riskiest,
    suppressions,
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
    yield dg.MaterializeResult(asset_key="ledger_checkpoints", metadata=report)
