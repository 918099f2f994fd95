"""Layer `core`: actions, sessions, flows, findings and risk, one partition per event date.

A session batch is scanned once for all five tables, so they are one multi-asset. `analysis` does the same
for every date that waits, in one run, and reports each partition whose content changed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts, risk_plot, riskiest
from pipelines.partitions import EVENT_DATE, register
from pipelines.resources import Lake
from pipelines.versions import TABLES, data_versions, rows, unreported

_ABOUT = {
    "actions": "One row per tool call, arguments and results masked.",
    "sessions": "One row per session: what was asked, how much was done, the highest risk.",
    "flows": "Values followed from where they were read to where they were sent.",
    "findings": "What detectors found, with masked evidence.",
    "action_risk": "One calibrated risk per action, with the reasons that made it.",
}


@dg.multi_asset(
    name="analyse_date",
    specs=[dg.AssetSpec(name, deps=["ingested"], description=_ABOUT[name]) for name in TABLES],
    group_name="core",
    partitions_def=EVENT_DATE,
    pool=POOL,
    retry_policy=RETRY,
)
def analyse_date(context: dg.AssetExecutionContext, lake: Lake) -> Iterator[dg.MaterializeResult[Any]]:
    """Analyse one event date again."""
    date = context.partition_key
    lake.audit().analyse([date])
    version, counts = data_versions(lake.home).get(date, "empty"), rows(lake.home, [date])
    for name in TABLES:
        yield dg.MaterializeResult(
            asset_key=name, metadata=counts[name, date], data_version=dg.DataVersion(version)
        )


def _report(context: dg.AssetExecutionContext, lake: Lake, changed: Sequence[tuple[str, str]]) -> None:
    counts = rows(lake.home, [date for date, _ in changed])
    for date, version in changed:
        for name in TABLES:
            context.log_event(
                dg.AssetMaterialization(
                    name,
                    partition=date,
                    metadata=counts[name, date],
                    tags={"dagster/data_version": version, "dagster/data_version_is_user_provided": "true"},
                )
            )


@dg.asset(deps=["ingested"], group_name="core", pool=POOL, retry_policy=RETRY)
def analysis(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult[Any]:
    """Every event date that waits, analysed; each changed partition of the five tables is reported."""
    from afteraction.lake import read_table

    audit = lake.audit()
    report = audit.analyse()
    register(context.instance, audit.dates())
    changed = unreported(context.instance, data_versions(lake.home))
    _report(context, lake, changed)
    risk, actions = read_table(lake.home, "action_risk"), read_table(lake.home, "actions")
    return dg.MaterializeResult(
        metadata={
            **facts(report),
            "changed_dates": len(changed),
            "riskiest_actions": riskiest(risk, actions),
            "risk": risk_plot(risk),
        }
    )
