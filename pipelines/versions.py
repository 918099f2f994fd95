"""Which version of each event date the lake holds, and which versions Dagster has not been told of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import dagster as dg
import polars as pl

#: The tables that are partitioned by event date.
TABLES: Final = ("actions", "sessions", "flows", "findings", "action_risk")
_VERSION_TAG: Final = "dagster/data_version"


def data_versions(home: Path) -> dict[str, str]:
    """The manifest digest of each event date: over its sessions and what each was analysed from."""
    from afteraction.lake import read_table

    sessions = read_table(home, "sessions").select("event_date", "session_key", "analysed_digest")
    versions: dict[str, str] = {}
    for (date,), part in sessions.sort("session_key").group_by("event_date", maintain_order=True):
        manifest = "\n".join(f"{key} {digest}" for _, key, digest in part.iter_rows())
        versions[str(date)] = hashlib.sha256(manifest.encode()).hexdigest()[:16]
    return versions


def unreported(instance: dg.DagsterInstance, versions: Mapping[str, str]) -> list[tuple[str, str]]:
    """The (event date, version) pairs that differ from what Dagster saw last, oldest first."""
    seen = instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey("action_risk"), dg.DagsterEventType.ASSET_MATERIALIZATION, tag_keys=[_VERSION_TAG]
    )
    return sorted(
        (date, version)
        for date, version in versions.items()
        if seen.get(date, {}).get(_VERSION_TAG) != version
    )


def rows(home: Path, dates: Iterable[str]) -> dict[tuple[str, str], dict[str, int]]:
    """Row counts of each partitioned table and event date, as Dagster metadata."""
    from afteraction.lake import read_table

    wanted = sorted(set(dates))
    counts = {(name, date): {"dagster/row_count": 0} for name in TABLES for date in wanted}
    for name in TABLES if wanted else ():
        lengths: pl.DataFrame = read_table(home, name, wanted).group_by("event_date").len("rows")
        for date, length in lengths.iter_rows():
            counts[name, date] = {"dagster/row_count": length}
    return counts
