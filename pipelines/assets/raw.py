"""Layer `raw`: what the inbox holds, read into the lake; what could not be read, with its reason."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines import inbox
from pipelines.assets import POOL, RETRY
from pipelines.checks import COUNTS, counts_reconcile
from pipelines.metadata import facts
from pipelines.partitions import register
from pipelines.resources import Home


class Ingest(dg.Config):
    """What to read; without paths, every settled file of the inbox."""

    paths: list[str] = Field(default_factory=list)
    format: str | None = None


def _paths(config: Ingest, home: Home) -> list[Path]:
    if config.paths:
        return [Path(path) for path in config.paths]
    return [dropped.path for dropped in inbox.settled(home.inbox, time.time())]


@dg.multi_asset(
    name="ingest",
    specs=[
        dg.AssetSpec("ingested", description="Log records of the inbox, de-duplicated, originals encrypted."),
        dg.AssetSpec("quarantine", description="Records that could not be read, with place and reason."),
    ],
    check_specs=[COUNTS],
    group_name="raw",
    pool=POOL,
    retry_policy=RETRY,
)
def ingest(
    context: dg.AssetExecutionContext, config: Ingest, home: Home
) -> Iterator[dg.MaterializeResult[Any]]:
    """Read the inbox and tell Dagster which event dates there are."""
    from afteraction.audit.reports import IngestReport

    audit, paths = home.audit(), _paths(config, home)
    report = audit.ingest(paths, format=config.format) if paths else IngestReport()
    register(context.instance, audit.dates())
    yield dg.MaterializeResult(
        asset_key="ingested", metadata=facts(report), check_results=[counts_reconcile(report)]
    )
    yield dg.MaterializeResult(asset_key="quarantine", metadata={"quarantined": report.quarantined})
