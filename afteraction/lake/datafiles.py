"""Data files of a table: written and made durable before the log says a word of them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from typing import Final, NamedTuple

import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from afteraction.lake.durable import sync_directory, sync_file
from afteraction.lake.storage import Storage

_LEVEL: Final = 1


class Held(NamedTuple):
    """One data file of a table's present version: its path below the lake, bytes, rows and event date."""

    path: str
    size: int
    rows: int
    date: str | None


def put(storage: Storage, name: str, rows: pl.DataFrame, partition: str) -> list[AddAction]:
    """Write `rows` as one durable file for each partition, and say what the log must hold of them."""
    if rows.is_empty():
        return []
    if partition not in rows.columns:
        return [_put(storage, name, "", {}, rows)]
    parts = rows.partition_by(partition, as_dict=True, include_key=False, maintain_order=True)
    return [
        _put(storage, name, f"{partition}={value}/", {partition: value}, part)
        for (value,), part in sorted(parts.items())
    ]


def _put(
    storage: Storage, name: str, folder: str, values: dict[str, str | None], part: pl.DataFrame
) -> AddAction:
    path = f"{folder}part-{uuid.uuid4()}.zstd.parquet"
    file = storage.directory / name / path
    file.parent.mkdir(parents=True, exist_ok=True)
    part.write_parquet(file, compression="zstd", compression_level=_LEVEL)
    sync_file(file)
    for directory in (file.parent, storage.directory / name, storage.directory):
        sync_directory(directory)
    storage.send(f"{name}/{path}")
    counted = json.dumps({"numRecords": part.height})
    return AddAction(path, file.stat().st_size, values, _now(), True, counted)  # noqa: FBT003


def removed(files: Iterable[Held], name: str, partition: str) -> list[RemoveAction]:
    """What the log must hold of files that are replaced; they stay, for readers of older versions."""
    return [
        RemoveAction(
            one.path.removeprefix(f"{name}/"),
            data_change=True,
            deletion_timestamp=_now(),
            size=one.size,
            partition_values={} if one.date is None else {partition: one.date},
        )
        for one in files
    ]


def _now() -> int:
    return time.time_ns() // 1_000_000
