"""Layer `policy`: the thresholds that history gives, and the bundle that carries them to the hook."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts
from pipelines.resources import Home


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
