"""The published database: DuckDB views pinned to one snapshot of the lake, swapped in atomically."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from afteraction.lake.durable import sync_directory, sync_file
from afteraction.lake.storage import LakeError
from afteraction.lake.tables import LAKE, PARTITION, Lake
from afteraction.records.tables import PUBLIC

FILE: Final = "afteraction.duckdb"

_SQL_TYPES: Final[dict[Any, str]] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
}

#: What an action's approval came to, from its tickets (the one that says least for it), else from the log.
_APPROVAL: Final = """
CREATE VIEW actions AS
SELECT lake.* REPLACE (coalesce(desk.state, lake.approval, 'none') AS approval_state)
FROM lake_actions AS lake
LEFT JOIN (
  SELECT action_id, arg_min(
    state, list_position(['denied', 'open', 'expired', 'approved', 'superseded'], state)
  ) AS state
  FROM ticket_actions GROUP BY action_id
) AS desk USING (action_id)
"""

_TICKETED: Final = """
CREATE VIEW action_risk AS
SELECT lake.* REPLACE (desk.action_id IS NOT NULL AS ticketed)
FROM lake_action_risk AS lake
LEFT JOIN (SELECT DISTINCT action_id FROM ticket_actions) AS desk USING (action_id)
"""


#: Public names that are views on other public tables.
_VIEWS: Final[dict[str, str]] = {
    "ran_how": """
SELECT action_id, tenant, event_date, agent_id, tool, operation,
  coalesce(operation IN ('read', 'search', 'write'), false) AS reversible,
  CASE
    WHEN status = 'denied' OR (hook_verdict ->> '$.decision') = 'deny' THEN 'did_not_run'
    WHEN approval_state = 'approved' OR (hook_verdict ->> '$.decision') = 'ask' THEN 'approved'
    WHEN hook_verdict IS NULL THEN 'no_gate'
    WHEN (hook_verdict ->> '$.path') IN ('no_bundle', 'error') THEN 'gate_open'
    WHEN (hook_verdict ->> '$.path') = 'trust' THEN 'trusted'
    WHEN (hook_verdict ->> '$.path') = 'rule' THEN 'by_rule'
    WHEN operation IN ('read', 'search', 'write') THEN 'low_risk_reversible'
    ELSE 'low_risk'
  END AS how
FROM actions
""",
    "hook_decisions": """
SELECT action_id, tenant, session_key, event_date, event_time, agent_id, tool,
  hook_verdict ->> '$.decision' AS decision,
  hook_verdict ->> '$.path' AS path,
  CAST(hook_verdict ->> '$.points' AS BIGINT) AS points,
  hook_verdict ->> '$.bundle_revision' AS bundle_revision,
  hook_verdict ->> '$.rollout.stage' AS stage,
  hook_verdict ->> '$.rollout.enforced' AS enforced,
  hook_verdict ->> '$.rollout.live.bundle_revision' AS live_revision,
  hook_verdict ->> '$.rollout.live.decision' AS live_decision,
  CAST(hook_verdict ->> '$.rollout.live.points' AS BIGINT) AS live_points,
  hook_verdict ->> '$.rollout.candidate.bundle_revision' AS candidate_revision,
  hook_verdict ->> '$.rollout.candidate.decision' AS candidate_decision,
  CAST(hook_verdict ->> '$.rollout.candidate.points' AS BIGINT) AS candidate_points
FROM actions WHERE hook_verdict IS NOT NULL
""",
}


class NotPublishedError(RuntimeError):
    """There is no published database yet."""


class QueryError(LakeError):
    """The published database does not answer this query; the message is DuckDB's own."""


def publish(home: Path, small: Mapping[str, pl.DataFrame]) -> Path:
    """Build the database beside and swap it in; `small` holds the tables that are not in the lake.

    `small` must hold `ticket_actions` (`ticket_id`, `state`, `action_id`).

    Readers that have the old file open keep their snapshot.
    """
    lake = Lake(home)
    final = home / FILE
    beside = home / f".{FILE}.{os.getpid()}.tmp"
    beside.unlink(missing_ok=True)
    with duckdb.connect(str(beside)) as database:
        for name, schema in {**PUBLIC, **{name: frame.schema for name, frame in small.items()}}.items():
            if name not in LAKE and name not in _VIEWS:
                _small_table(database, name, small.get(name, pl.DataFrame(schema=schema)))
        for name in LAKE:
            if name in PUBLIC:
                _lake_view(database, name, lake.files(name), lake.columns(name))
        for statement in (_APPROVAL, _TICKETED):
            database.execute(statement)
        for name, statement in _VIEWS.items():
            database.execute(f'CREATE VIEW "{name}" AS {statement}')
        database.execute("CHECKPOINT")
    sync_file(beside)
    beside.replace(final)
    sync_directory(home)
    lake.release()
    return final


def _small_table(database: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """By way of a file: handing over Arrow or parameters imports pandas, which costs more than the rest."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        frame.write_parquet(file.name)
        database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet({_quoted(file.name)})')  # noqa: S608


def _lake_view(
    database: duckdb.DuckDBPyConnection, name: str, files: list[str], written: Collection[str]
) -> None:
    view = f"lake_{name}" if name in {"actions", "action_risk"} else name
    if not files:
        columns = ", ".join(f'"{column}" {_sql_type(kind)}' for column, kind in PUBLIC[name].items())
        database.execute(f'CREATE TABLE "{view}" ({columns})')
        return
    columns = ", ".join(
        f'"{column}"' if column in written else f'CAST(NULL AS {_sql_type(kind)}) AS "{column}"'
        for column, kind in PUBLIC[name].items()
    )
    hive = (
        f", hive_partitioning = true, hive_types = {{'{PARTITION}': 'VARCHAR'}}"
        if PARTITION in PUBLIC[name]
        else ""
    )
    listed = ", ".join(_quoted(file) for file in files)
    read = f"read_parquet([{listed}], union_by_name = true{hive})"
    database.execute(f'CREATE VIEW "{view}" AS SELECT {columns} FROM {read}')  # noqa: S608


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql_type(kind: pl.DataType) -> str:
    return _SQL_TYPES.get(type(kind), "TIMESTAMP WITH TIME ZONE")


def query(home: Path, sql: str, params: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Run one query on the published database, read-only.

    Raises `NotPublishedError` before the first run and `QueryError` for a query that is wrong.
    """
    with reading(home) as ask:
        return ask(sql, params)


@contextmanager
def reading(home: Path) -> Iterator[Callable[[str, Mapping[str, Any] | None], pl.DataFrame]]:
    """A function for many queries on one snapshot of the published database."""
    file = home / FILE
    if not file.exists():
        msg = f"found no {file}; run `afteraction audit PATH` first"
        raise NotPublishedError(msg)
    with duckdb.connect(str(file), read_only=True) as database:

        def ask(sql: str, params: Mapping[str, Any] | None) -> pl.DataFrame:
            try:
                return database.execute(sql, dict(params) if params else None).pl()
            except duckdb.Error as error:
                raise QueryError(f"query: {error}") from error

        yield ask


def read_table(home: Path, name: str, dates: Sequence[str] | None = None) -> pl.DataFrame:
    """One public table as it is now; `dates` keeps only these event dates.

    Lake tables come from the lake itself, the others from the published database.
    """
    if name in LAKE and name in PUBLIC:
        return Lake(home).read(name, dates=dates)
    if name not in PUBLIC:
        msg = f"found table {name!r}, expected one of {', '.join(sorted(PUBLIC))}"
        raise KeyError(msg)
    return query(home, f'SELECT * FROM "{name}"')  # noqa: S608 - the name is one of ours
