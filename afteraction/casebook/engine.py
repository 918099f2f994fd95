"""Connections: SQLite that survives a power cut and waits its turn, or PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from afteraction.casebook.errors import CasebookError

WAIT_SECONDS: Final = 60
_LOCK: Final = 0x6361_7365  # "case": one writer at a time, as SQLite does by itself
_PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
)


def engine_for(where: str | Path) -> Engine:
    """An engine for a SQLite file (path) or a PostgreSQL URL; raises `CasebookError` for anything else."""
    if isinstance(where, Path) or "://" not in where:
        return _sqlite(Path(where))
    return _postgresql(_url(where))


def lock_for_writing(connection: Connection) -> None:
    """Makes this transaction the only writer until it ends, so that event ids commit in order."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _url(where: str) -> URL:
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise CasebookError("casebook: that is not a database URL (postgresql://user@host/name)") from error
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise CasebookError(
            f"casebook: found {url.get_backend_name()}://, expected a file path or postgresql://user@host/name"
        )
    return url.set(drivername="postgresql+psycopg")


def _postgresql(url: URL) -> Engine:
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10}, hide_parameters=True)


def _sqlite(file: Path) -> Engine:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise CasebookError(f"casebook: {file} cannot be opened for writing: {error.strerror}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        connect_args={"timeout": WAIT_SECONDS},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    _to_wal(raw)
    for pragma in _PRAGMAS:
        raw.execute(pragma)


def _to_wal(raw: sqlite3.Connection) -> None:
    """Switches to WAL; SQLite does not wait for its turn here, so we do."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("casebook_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
