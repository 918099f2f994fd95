"""Asset checks: what must be true of the tables after an audit. Add one here when a promise gets a number."""

from __future__ import annotations

import dagster as dg
import polars as pl

from pipelines.resources import Lake


def _table(lake: Lake, name: str) -> pl.DataFrame:
    from afteraction.lake import read_table

    return read_table(lake.home, name)


@dg.asset_check(asset="action_risk", additional_deps=["analysis"])
def every_action_has_a_risk(lake: Lake) -> dg.AssetCheckResult:
    """Each action has exactly one risk between 0 and 1, or is called unscorable and has none."""
    actions, risk = _table(lake, "actions"), _table(lake, "action_risk")
    lonely = actions.join(risk, on="action_id", how="anti").height
    surplus = (
        risk.height - risk["action_id"].n_unique() + risk.join(actions, on="action_id", how="anti").height
    )
    scored = (pl.col("level") != "unscorable") & pl.col("risk").is_between(0, 1)
    unscorable = (pl.col("level") == "unscorable") & pl.col("risk").is_null()
    wrong = risk.filter(~(scored | unscorable).fill_null(value=False)).height
    return dg.AssetCheckResult(
        passed=not (lonely or surplus or wrong),
        metadata={
            "actions": actions.height,
            "without_risk": lonely,
            "surplus": surplus,
            "out_of_range": wrong,
        },
    )
