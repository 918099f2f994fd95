"""The code location: everything Dagster may run, put together in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines import checks, jobs, schedules, sensors
from pipelines.assets import core, policy, published, raw, review
from pipelines.resources import Home


def build_defs(*, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All definitions; `resource_overrides` swaps resources by name, as tests do."""
    return dg.Definitions(
        assets=dg.load_assets_from_modules([raw, core, review, policy, published]),
        asset_checks=dg.load_asset_checks_from_modules([checks]),
        jobs=[jobs.AUDIT, jobs.POLICY],
        schedules=[schedules.DAILY, schedules.DAILY_POLICY],
        sensors=[sensors.watch_inbox, sensors.watch_verdicts],
        resources={"home": Home(), **(resource_overrides or {})},
    )


defs = build_defs()
