"""Which version of each event date the lake holds, and which versions Dagster has not been told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import dagster as dg

#: The tables that are partitioned by event date, in the order in which they come about.
TABLES: Final = ("actions", "flows", "findings", "action_risk", "sessions")
VERSION_TAG: Final = "dagster/data_version"


class Partition(NamedTuple):
    """One event date of one table; `version` is its manifest digest, `metadata` what Dagster shows."""

    table: str
    date: str
    version: str
    metadata: dict[str, Any]


def partitions(home: Path) -> list[Partition]:
    """Every partition in the lake, oldest date first."""
    from afteraction.lake import Lake

    lake = Lake(home)
    found = []
    for table in TABLES:
        rows = lake.rows_per_partition(table)
        for key, digest in lake.manifest(table).items():
            date = key.rpartition("=")[2]
            found.append(Partition(table, date, digest[:16], {"dagster/row_count": rows.get(date, 0)}))
    return sorted(found, key=lambda partition: (partition.date, TABLES.index(partition.table)))


def unreported(instance: dg.DagsterInstance, held: list[Partition]) -> list[Partition]:
    """The partitions whose version differs from the one that Dagster saw last."""
    seen = {table: _seen(instance, table) for table in TABLES}
    return [one for one in held if seen[one.table].get(one.date) != one.version]


def _seen(instance: dg.DagsterInstance, table: str) -> dict[str, str | None]:
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey(table), dg.DagsterEventType.ASSET_MATERIALIZATION, tag_keys=[VERSION_TAG]
    )
    return {date: found.get(VERSION_TAG) for date, found in tags.items()}
