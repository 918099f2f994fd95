"""Data files of a table: staged by any process, put in place before the log says a word of them."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from afteraction.lake.durable import sync_directory, sync_file
from afteraction.lake.storage import Storage

_LEVEL: Final = 1
#: So many files below so many bytes in one partition are a crowd; they become files of at most so many.
_CROWD: Final = 32
_SMALL_BYTES: Final = 1024**2
_MERGED_BYTES: Final = 24 * 1024**2


class Held(NamedTuple):
    """One data file of a table's present version: its path below the lake, bytes, rows and event date."""

    path: str
    size: int
    rows: int
    date: str | None


class Staged(NamedTuple):
    """Durable data files for the table `name` that no version of it holds yet."""

    name: str
    files: tuple[AddAction, ...]


def stage(storage: Storage, name: str, rows: pl.DataFrame, partition: str) -> Staged:
    """Write `rows` as one durable file for each partition, out of the sight of every reader."""
    if rows.is_empty():
        return Staged(name, ())
    if partition not in rows.columns:
        return Staged(name, (_write(storage, name, "", {}, rows),))
    parts = rows.partition_by(partition, as_dict=True, include_key=False, maintain_order=True)
    return Staged(
        name,
        tuple(
            _write(storage, name, f"{partition}={value}/", {partition: value}, part)
            for (value,), part in sorted(parts.items())
        ),
    )


def place(storage: Storage, staged: Staged) -> tuple[AddAction, ...]:
    """Put staged files where the lake keeps them, durably, and say what the log must hold of them."""
    top = storage.directory / staged.name
    folders = set()
    for added in staged.files:
        file = top / added.path
        file.parent.mkdir(parents=True, exist_ok=True)
        (storage.staging / staged.name / added.path).rename(file)
        folders.add(file.parent)
    for folder in sorted({*folders, top, storage.directory}) if folders else ():
        sync_directory(folder)
    for added in staged.files:
        storage.send(f"{staged.name}/{added.path}")
    return staged.files


def unstage(storage: Storage) -> None:
    """Take away what an interrupted run staged; only the holder of the lake's lock may."""
    shutil.rmtree(storage.staging, ignore_errors=True)


def _write(
    storage: Storage, name: str, folder: str, values: dict[str, str | None], part: pl.DataFrame
) -> AddAction:
    path = f"{folder}part-{uuid.uuid4()}.zstd.parquet"
    file = storage.staging / name / path
    file.parent.mkdir(parents=True, exist_ok=True)
    part.write_parquet(file, compression="zstd", compression_level=_LEVEL)
    sync_file(file)
    counted = json.dumps({"numRecords": part.height})
    return AddAction(path, file.stat().st_size, values, _now(), True, counted)  # noqa: FBT003


def crowds(held: Iterable[Held]) -> list[list[Held]]:
    """Groups of small files of one partition that are worth being one file."""
    small: dict[str | None, list[Held]] = {}
    for one in sorted(held, key=lambda one: (one.size, one.path)):
        if one.size < _SMALL_BYTES:
            small.setdefault(one.date, []).append(one)
    return [_capped(files) for _, files in sorted(small.items(), key=str) if len(files) >= _CROWD]


def _capped(files: Sequence[Held]) -> list[Held]:
    """As many files as fit into memory at once, the smallest first."""
    taken, size = list[Held](), 0
    for one in files:
        size += one.size
        if size > _MERGED_BYTES:
            break
        taken.append(one)
    return taken


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
