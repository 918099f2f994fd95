"""The lake: one Delta table per name, partitioned by event date; append, or replace whole sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import polars as pl
from deltalake import DeltaTable, WriterProperties, write_deltalake

from afteraction.lake.durable import exclusive, sync_directory, sync_file
from afteraction.records.quarantine import QUARANTINE
from afteraction.records.tables import PUBLIC

PARTITION: Final = "event_date"

#: The sealed originals: one row per ingested part of a session, with the ids it holds in the clear.
ORIGINALS: Final[dict[str, pl.DataType]] = {
    "session_key": pl.String(),
    "tenant": pl.String(),
    "event_date": pl.String(),
    "part_id": pl.String(),
    "action_ids": pl.List(pl.String()),
    "call_digests": pl.List(pl.String()),
    "result_digests": pl.List(pl.String()),
    "message_ids": pl.List(pl.String()),
    "sealed": pl.Binary(),
    "ingested_at": pl.Datetime("us", "UTC"),
}

#: What scoring saw of each action: `row` is JSON text of its features, for backtests and challengers.
FEATURES: Final[dict[str, pl.DataType]] = {
    "session_key": pl.String(),
    "event_date": pl.String(),
    "action_id": pl.String(),
    "row": pl.String(),
}

#: Every Delta table of the lake; `control_results` and `quarantine` are not partitioned.
LAKE: Final[dict[str, dict[str, pl.DataType]]] = {
    "originals": ORIGINALS,
    **{name: PUBLIC[name] for name in ("actions", "sessions", "flows", "findings", "action_risk")},
    "features": FEATURES,
    "quarantine": QUARANTINE,
}
_WRITER: Final = WriterProperties(compression="ZSTD", compression_level=1)


class Lake:
    """The tables below one home folder. Writers hold `lock()`; readers need nothing."""

    def __init__(self, home: Path) -> None:
        self.directory = home / "lake"

    @contextmanager
    def lock(self, waiting: Callable[[], None] | None = None, *, wait: bool = True) -> Iterator[None]:
        """One writer at a time between processes (see `durable.exclusive`)."""
        with exclusive(self.directory, waiting, wait=wait):
            yield

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows in one atomic, durable commit."""
        self._write(name, frame, mode="append", predicate=None)

    def replace_sessions(self, name: str, frame: pl.DataFrame, keys: pl.Series) -> None:
        """Make `frame` the only rows of the sessions `keys`; partitions without them are not touched."""
        old = self.read(name, columns=("session_key", PARTITION)).lazy()
        held = set(
            old.filter(pl.col("session_key").is_in(keys.implode()))
            .select(PARTITION)
            .unique()
            .collect()[PARTITION]
        )
        fresh = frame.filter(~pl.col(PARTITION).is_in(list(held)))
        if fresh.height:
            self.append(name, fresh)
        for date in sorted(held):
            kept = self.read(name, dates=[date]).filter(~pl.col("session_key").is_in(keys.implode()))
            rows = pl.concat([kept, frame.filter(pl.col(PARTITION) == date).select(kept.columns)])
            self._write(name, rows, mode="overwrite", predicate=f"{PARTITION} = '{date}'")

    def read(
        self, name: str, *, columns: Sequence[str] | None = None, dates: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Rows of one table; an absent table is an empty frame with its columns."""
        wanted = list(columns or LAKE[name])
        files = self.files(name, dates)
        if not files:
            return pl.DataFrame(schema={column: LAKE[name][column] for column in wanted})
        return scan(name, files).select(wanted).collect()

    def files(self, name: str, dates: Sequence[str] | None = None) -> list[str]:
        """The Parquet files of the table's present version."""
        table = self._table(name)
        if table is None:
            return []
        found = table.file_uris()
        if dates is not None:
            marks = tuple(f"/{PARTITION}={date}/" for date in dates)
            found = [file for file in found if any(mark in file for mark in marks)]
        return sorted(found)

    def dates(self, name: str) -> list[str]:
        """The partitions that hold rows."""
        return sorted(
            {part.split("=", 1)[1] for file in self.files(name) for part in [_partition(file)] if part}
        )

    def columns(self, name: str) -> set[str]:
        """The columns that the table was written with: an older version may have known fewer."""
        table = self._table(name)
        return set() if table is None else {field.name for field in table.schema().fields}

    def version(self, name: str) -> int:
        """The table's version, -1 if it does not exist."""
        table = self._table(name)
        return -1 if table is None else table.version()

    def rows_per_partition(self, name: str) -> dict[str, int]:
        """How many rows each partition holds."""
        if PARTITION not in LAKE[name]:
            return {"all": self.read(name, columns=tuple(LAKE[name])[:1]).height} if self.files(name) else {}
        counts = self.read(name, columns=(PARTITION,)).group_by(PARTITION).len().sort(PARTITION)
        return dict(counts.iter_rows())

    def manifest(self, name: str) -> dict[str, str]:
        """Per partition the SHA-256 over its files' digests: changes when and only when the data does."""
        parts: dict[str, list[str]] = {}
        for file in self.files(name):
            parts.setdefault((_partition(file) or "all").rpartition("=")[2], []).append(_file_digest(file))
        return {
            part: hashlib.sha256("".join(sorted(found)).encode()).hexdigest()
            for part, found in sorted(parts.items())
        }

    def _table(self, name: str) -> DeltaTable | None:
        place = self.directory / name
        return DeltaTable(str(place)) if (place / "_delta_log").is_dir() else None

    def _write(
        self, name: str, frame: pl.DataFrame, *, mode: Literal["append", "overwrite"], predicate: str | None
    ) -> None:
        place = self.directory / name
        place.mkdir(parents=True, exist_ok=True)
        before = set(self.files(name))
        rows = frame.select(pl.col(column).cast(kind) for column, kind in LAKE[name].items())
        write_deltalake(
            str(place),
            rows,
            mode=mode,
            schema_mode="merge",
            predicate=predicate,
            partition_by=[PARTITION] if PARTITION in LAKE[name] else None,
            writer_properties=_WRITER,
        )
        _make_durable(place, [Path(file) for file in self.files(name) if file not in before])


def scan(name: str, files: Sequence[str]) -> pl.LazyFrame:
    """A lazy frame over a table's files, with the partition column read from their folders.

    Columns that an older version did not write are null.
    """
    schema = {column: kind for column, kind in LAKE[name].items() if column != PARTITION}
    if PARTITION not in LAKE[name]:
        return pl.scan_parquet(list(files), schema=schema, missing_columns="insert", extra_columns="ignore")
    return pl.scan_parquet(
        list(files),
        schema=schema,
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=True,
        hive_schema={PARTITION: pl.String()},
    )


def _partition(file: str) -> str | None:
    folder = Path(file).parent.name
    return folder if folder.startswith(f"{PARTITION}=") else None


def _make_durable(place: Path, written: Sequence[Path]) -> None:
    for file in written:
        sync_file(file)
    log = place / "_delta_log"
    newest = max(log.glob("*.json"))
    sync_file(newest)
    for folder in {file.parent for file in written} | {log, place}:
        sync_directory(folder)


@lru_cache(maxsize=65_536)
def _file_digest(file: str) -> str:
    """Files of the lake never change, so their digest is computed once per process."""
    with Path(file).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
