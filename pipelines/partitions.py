"""The one partitioning of the lake: by the date on which an action happened.

Add a partitions definition here when tables are cut along a new axis. Which dates exist is the lake's
answer (`Audit.dates`), and Dagster is told after each ingest.
"""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

EVENT_DATE = dg.DynamicPartitionsDefinition(name="event_date")


def register(instance: dg.DagsterInstance, dates: Iterable[str]) -> None:
    """Tell Dagster of event dates (`YYYY-MM-DD` or `undated`), oldest first; known ones stay."""
    known = set(instance.get_dynamic_partitions("event_date"))
    new = sorted(set(dates) - known)
    if new:
        instance.add_dynamic_partitions("event_date", new)
