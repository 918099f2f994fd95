"""Layer `published`: the database that analysts query, swapped in whole, and the ledger behind it."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts
from pipelines.resources import Lake


@dg.multi_asset(
    name="publish",
    specs=[
        dg.AssetSpec(
            "published_database",
            deps=["quarantine", "analysis", "tickets", "decisions", "grants", "control_results", "bundles"],
            description="The DuckDB file with every public table, as of one moment.",
        ),
        dg.AssetSpec(
            "ledger_checkpoints",
            deps=["analysis", "tickets", "bundles"],
            description="Signed heads of the tamper-evident log.",
        ),
    ],
    group_name="published",
    pool=POOL,
    retry_policy=RETRY,
)
def publish(lake: Lake) -> Iterator[dg.MaterializeResult[Any]]:
    """Swap in the new database; readers of the old one keep it until they close it."""
    report = facts(lake.audit().publish())
    yield dg.MaterializeResult(asset_key="published_database", metadata=report)
    yield dg.MaterializeResult(asset_key="ledger_checkpoints")
