"""The lake: one Delta table per name, partitioned by event date; append, or replace whole sessions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from afteraction.lake.bucket import Bucket
from afteraction.lake.datafiles import Held, Staged, crowds, place, removed, stage, unstage
from afteraction.lake.durable import exclusive
from afteraction.lake.storage import Disk, LakeError, Storage, file_digest
from afteraction.records.chain import TOUCHES
from afteraction.records.quarantine import QUARANTINE
from afteraction.records.settings import load_settings
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
    **{name: PUBLIC[name] for name in ("actions", "sessions", "flows", "chains", "findings", "action_risk")},
    "touches": TOUCHES,
    "features": FEATURES,
    "quarantine": QUARANTINE,
}
#: Of two writers of one version the second fails: each commits only on top of what it read.
_ON_TOP: Final = CommitProperties(max_commit_retries=0)
_NO_HOOKS: Final = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
#: How long files that were replaced stay for readers of older versions.
_KEPT_HOURS: Final = 24
#: Commits between checkpoints of a table's log.
_CHECKPOINT: Final = 100


def storage_of(home: Path) -> Storage:
    """`$AFTERACTION_LAKE`, else `lake` of the settings, else the folder `lake` in `home`."""
    url = os.environ.get("AFTERACTION_LAKE") or load_settings(home).lake
    return Bucket(url, home) if url else Disk(home / "lake")


class Lake:
    """The tables of one home. Writers hold `lock()`; readers need nothing.

    Raises `LakeError` when the storage cannot be used, or somebody else commits in between.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._storage = storage_of(home)
        self._opened: dict[str, DeltaTable | None] | None = None

    @contextmanager
    def lock(self, waiting: Callable[[], None] | None = None, *, wait: bool = True) -> Iterator[None]:
        """One writer at a time between processes of this home (see `durable.exclusive`)."""
        with exclusive(self._home / "lake", waiting, wait=wait):
            self._storage.mend()
            unstage(self._storage)
            self._opened = {}
            try:
                yield
            finally:
                self._opened = None

    def stage(self, name: str, frame: pl.DataFrame) -> Staged:
        """Write rows that a later commit may take in; in any process, while another one holds the lock."""
        rows = frame.select(pl.col(column).cast(kind) for column, kind in LAKE[name].items())
        return stage(self._storage, name, rows, PARTITION)

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows in one atomic, durable commit."""
        self._commit(name, self._table(name), [self.stage(name, frame)], [])

    def replace_sessions(self, name: str, rows: pl.DataFrame | Sequence[Staged], keys: pl.Series) -> None:
        """Make `rows` the only ones of the sessions `keys`, in one commit; other files are not touched."""
        table = self._table(name)
        held = {str(self._storage.directory / one.path): one for one in _listed(name, table)}
        files = [str(file) for file in self._fetch(list(held.values()))]
        gone = pl.col("session_key").is_in(keys.implode())
        touched = (
            scan(name, files, paths="file").filter(gone).select("file").unique().collect()["file"].to_list()
            if files
            else []
        )
        staged = [self.stage(name, rows)] if isinstance(rows, pl.DataFrame) else list(rows)
        if touched:
            staged.append(self.stage(name, scan(name, touched).filter(~gone).collect()))
        self._commit(name, table, staged, [held[file] for file in touched])

    def tidy(self) -> list[str]:
        """Merge small files where many lie in one partition, and delete files that a day ago were replaced.

        Every table keeps its rows; returns the names of those that were merged. Readers of an older version
        have a day to finish.
        """
        merged = []
        for name in LAKE:
            table = self._table(name)
            for files in crowds(_listed(name, table)):
                rows = scan(name, [str(file) for file in self._fetch(files)]).collect()
                self._commit(name, table, [self.stage(name, rows)], files)
                merged.append(name)
            if table is not None and name in merged:
                with self._storage.asked():
                    table.vacuum(_KEPT_HOURS, dry_run=False, enforce_retention_duration=False)
                    table.update_incremental()
                self._storage.settle(name, table.version())
        return sorted(set(merged))

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
        """The Parquet files of the table's present version, on this machine."""
        held = _listed(name, self._table(name))
        return [
            str(file) for file in self._fetch([one for one in held if dates is None or one.date in dates])
        ]

    def dates(self, name: str) -> list[str]:
        """The partitions that hold rows."""
        return sorted({one.date for one in _listed(name, self._table(name)) if one.date is not None})

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
        counts: dict[str, int] = {}
        for one in sorted(_listed(name, self._table(name)), key=lambda one: one.date or ""):
            counts[one.date or "all"] = counts.get(one.date or "all", 0) + one.rows
        return counts

    def manifest(self, name: str, *, stored: bool = False) -> dict[str, str]:
        """Per partition the SHA-256 over its files' digests: changes when and only when the data does.

        `stored` reads every file where the lake keeps it, even where a copy is at hand.
        """
        parts: dict[str, list[str]] = {}
        held = _listed(name, self._table(name))
        copies = [None] * len(held) if stored else self._fetch(held)
        for one, copy in zip(held, copies, strict=True):
            digest = self._storage.digest(one.path) if copy is None else _known_digest(copy)
            parts.setdefault(one.date or "all", []).append(digest)
        return {
            part: hashlib.sha256("".join(sorted(found)).encode()).hexdigest()
            for part, found in sorted(parts.items())
        }

    def release(self) -> None:
        """Give up copies that neither the present version nor a database of the last day needs."""
        self._storage.release(lambda: {one.path for name in LAKE for one in _listed(name, self._table(name))})

    def _fetch(self, held: Sequence[Held]) -> list[Path]:
        return self._storage.fetch({one.path: one.size for one in held})

    def _table(self, name: str) -> DeltaTable | None:
        """The newest version; a holder of the lock sees only its own commits, or fails."""
        if self._opened is None:
            return _open(self._storage, name)
        if name not in self._opened:
            self._opened[name] = _open(self._storage, name)
        return self._opened[name]

    def _commit(
        self,
        name: str,
        table: DeltaTable | None,
        staged: Sequence[Staged],
        gone: Sequence[Held],
    ) -> None:
        """Data files first, durably; then the log entry that makes them part of the table."""
        added = [file for one in staged for file in place(self._storage, one)]
        if not added and not gone:
            return
        schema = Schema.from_arrow(pl.Schema(LAKE[name]))
        with self._storage.asked():
            if table is None:
                version = _create(self._storage, name, schema, added)
            else:
                version = _extend(table, schema, [*added, *removed(gone, name, PARTITION)])
        self._storage.settle(name, version)
        if self._opened is not None and table is None:
            self._opened.pop(name, None)
        if table is not None and version % _CHECKPOINT == 0:
            _checkpoint(self._storage, name, table)


def _open(storage: Storage, name: str) -> DeltaTable | None:
    with storage.asked():
        try:
            table = DeltaTable(storage.table(name), storage_options=dict(storage.options))
        except TableNotFoundError:
            return None
    owner = table.metadata().description
    if storage.owner is not None and owner not in {None, storage.owner}:
        msg = (
            f"found in {storage.url} the lake of another home, expected that of this one: its originals are "
            "sealed with keys that are not here; give each home a prefix of its own, or restore keys/ of the "
            "home that made it"
        )
        raise LakeError(msg)
    return table


def _create(storage: Storage, name: str, schema: Schema, added: list[AddAction]) -> int:
    create_table_with_add_actions(
        storage.table(name),
        schema,
        added,
        mode="error",
        partition_by=[PARTITION] if PARTITION in LAKE[name] else None,
        description=storage.owner,
        storage_options=dict(storage.options),
        commit_properties=_ON_TOP,
        post_commithook_properties=_NO_HOOKS,
    )
    return 0


def _extend(table: DeltaTable, schema: Schema, actions: list[AddAction | RemoveAction]) -> int:
    known = {field.name for field in table.schema().fields}
    fresh = [field for field in schema.fields if field.name not in known]
    if fresh:
        table.alter.add_columns(fresh, commit_properties=_ON_TOP, post_commithook_properties=_NO_HOOKS)
        table.update_incremental()
    table.create_write_transaction(
        actions,
        "append",
        schema,
        table.metadata().partition_columns,
        commit_properties=_ON_TOP,
        post_commithook_properties=_NO_HOOKS,
    )
    table.update_incremental()
    version: int = table.version()
    return version


def _checkpoint(storage: Storage, name: str, table: DeltaTable) -> None:
    """Old entries go only after the checkpoint that replaces them is durable."""
    with storage.asked():
        table.create_checkpoint()
        storage.settle(name, table.version())
        table.cleanup_metadata()


def _listed(name: str, table: DeltaTable | None) -> list[Held]:
    if table is None:
        return []
    found = pl.DataFrame(table.get_add_actions(flatten=True))
    date = pl.col(f"partition.{PARTITION}") if PARTITION in LAKE[name] else pl.lit(None, pl.String)
    rows = found.select("path", "size_bytes", "num_records", date.alias("date")).sort("path")
    return [Held(f"{name}/{path}", size, rows, day) for path, size, rows, day in rows.iter_rows()]


def scan(name: str, files: Sequence[str], paths: str | None = None) -> pl.LazyFrame:
    """A lazy frame over a table's files, with the partition column read from their folders.

    Columns that an older version did not write are null; `paths` names a column that tells each row's file.
    """
    schema = {column: kind for column, kind in LAKE[name].items() if column != PARTITION}
    partitioned = PARTITION in LAKE[name]
    return pl.scan_parquet(
        list(files),
        schema=schema,
        missing_columns="insert",
        extra_columns="ignore",
        include_file_paths=paths,
        hive_partitioning=partitioned,
        hive_schema={PARTITION: pl.String()} if partitioned else None,
    )


@lru_cache(maxsize=65_536)
def _known_digest(file: Path) -> str:
    """Files of the lake never change, so their digest is computed once per process."""
    return file_digest(file)
