"""Layer `core`: actions, sessions, flows, findings and risk, one partition per event date.

A session batch is scanned once for all five tables, so they are one multi-asset. `analysis` does the same
for every date that waits, in one run, and reports each partition whose content changed.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts
from pipelines.partitions import EVENT_DATE, register
from pipelines.resources import Home
from pipelines.versions import TABLES, VERSION_TAG, Partition, partitions, unreported

_SPECS = (
    dg.AssetSpec(
        "actions", deps=["ingested"], description="One row per tool call, arguments and results masked."
    ),
    dg.AssetSpec(
        "flows",
        deps=["actions"],
        description="Values followed from where they were read to where they were sent.",
    ),
    dg.AssetSpec("findings", deps=["actions"], description="What detectors found, with masked evidence."),
    dg.AssetSpec(
        "action_risk",
        deps=["findings", "flows"],
        description="One calibrated risk per action, with the reasons that made it.",
    ),
    dg.AssetSpec(
        "sessions",
        deps=["action_risk"],
        description="One row per session: what was asked, how much was done, the highest risk.",
    ),
)


@dg.multi_asset(
    name="analyse_date",
    specs=_SPECS,
    group_name="core",
    partitions_def=EVENT_DATE,
    pool=POOL,
    retry_policy=RETRY,
)
def analyse_date(context: dg.AssetExecutionContext, home: Home) -> Iterator[dg.MaterializeResult[Any]]:
    """Analyse one event date again."""
    date = context.partition_key
    home.audit().analyse([date])
    held = {one.table: one for one in partitions(home.folder) if one.date == date}
    for name in TABLES:
        one = held.get(name, Partition(name, date, "empty", {"dagster/row_count": 0}))
        yield dg.MaterializeResult(
            asset_key=name, metadata=one.metadata, data_version=dg.DataVersion(one.version)
        )


def _materialization(one: Partition) -> dg.AssetMaterialization:
    tags = {VERSION_TAG: one.version, "dagster/data_version_is_user_provided": "true"}
    return dg.AssetMaterialization(one.table, partition=one.date, metadata=one.metadata, tags=tags)


@dg.asset(deps=["ingested"], group_name="core", pool=POOL, retry_policy=RETRY)
def analysis(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[Any]:
    """Every event date that waits, analysed; each changed partition of the five tables is reported."""
    report = home.audit().analyse()
    held = partitions(home.folder)
    register(context.instance, {one.date for one in held})
    changed = unreported(context.instance, held)
    for one in changed:
        context.log_event(_materialization(one))
    return dg.MaterializeResult(metadata={**facts(report), "changed_partitions": len(changed)})
