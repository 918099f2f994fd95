"""Layer `policy`: the thresholds that history gives, and the bundle that carries them to the hook."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts
from pipelines.resources import Home


@dg.asset(deps=["action_risk"], group_name="policy", pool=POOL, retry_policy=RETRY)
def challenger(home: Home) -> dg.MaterializeResult[Any]:
    """An isolation forest over the same features: how far it agrees, and what only one of both flags."""
    report = home.audit().challenge()
    if report is None:
        return dg.MaterializeResult(metadata={"challenged": "too few actions"})
    apart = {"only_challenger": list(report.only_challenger), "only_scorecard": list(report.only_scorecard)}
    return dg.MaterializeResult(metadata={**facts(report), "disagreement": dg.MetadataValue.json(apart)})


@dg.multi_asset(
    name="choose_policy",
    specs=[
        dg.AssetSpec(
            "thresholds", deps=["action_risk", "decisions"], description="Certified cut-off points."
        ),
        dg.AssetSpec("bundles", deps=["thresholds"], description="Policy bundles, the newest in force."),
    ],
    group_name="policy",
    pool=POOL,
    retry_policy=RETRY,
)
def choose_policy(home: Home) -> Iterator[dg.MaterializeResult[Any]]:
    """Choose thresholds and publish a bundle if they changed."""
    report = facts(home.audit().choose_policy())
    yield dg.MaterializeResult(asset_key="thresholds", metadata=report)
    yield dg.MaterializeResult(asset_key="bundles", metadata=report)
