"""Layer `review`: what waits for a person, what persons decided, and what the controls say of it all."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts, table
from pipelines.resources import Home

_CONTROL_WIDTHS = {
    "control_id": 40,
    "title": 100,
    "outcome": 20,
    "severity": 12,
    "population": 12,
    "exceptions": 12,
    "frameworks": 120,
}


@dg.multi_asset(
    name="open_tickets",
    specs=[
        dg.AssetSpec(
            "tickets", deps=["analysis", "action_risk"], description="Concerns that wait for a person."
        ),
        dg.AssetSpec("decisions", deps=["tickets"], description="What persons decided, and why."),
        dg.AssetSpec("grants", deps=["decisions"], description="What approvals allow, exactly once."),
        dg.AssetSpec("over_budget", deps=["tickets"], description="Concerns that wait without a ticket."),
    ],
    group_name="review",
    pool=POOL,
    retry_policy=RETRY,
)
def open_tickets(home: Home) -> Iterator[dg.MaterializeResult[Any]]:
    """Open what needs a person; tickets that exist stay as they are."""
    report = facts(home.audit().open_tickets())
    for name in ("tickets", "decisions", "grants", "over_budget"):
        yield dg.MaterializeResult(asset_key=name, metadata=report if name == "tickets" else {})


def _outcomes(results: pl.DataFrame) -> dict[str, int]:
    return {
        f"controls_{outcome}": number for outcome, number in results["outcome"].value_counts().iter_rows()
    }


@dg.asset(deps=["decisions", "bundles"], group_name="review", pool=POOL, retry_policy=RETRY)
def control_results(home: Home) -> dg.MaterializeResult[Any]:
    """Each control with its population, its exceptions and the query that found them."""
    results = home.audit().check_controls()
    return dg.MaterializeResult(metadata={**_outcomes(results), "controls": table(results, _CONTROL_WIDTHS)})
