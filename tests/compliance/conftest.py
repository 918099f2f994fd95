"""Public tables in an in-memory DuckDB, as the audit publishes them."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest


class Tables:
    """Holds tables and answers the `query` that controls run."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")

    def put(self, frames):
        for name, frame in frames.items():
            self.connection.register("incoming", frame.to_arrow())
            self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
            self.connection.unregister("incoming")
        return self

    def query(self, sql, parameters=None) -> pl.DataFrame:
        return self.connection.execute(sql, parameters or {}).pl()


@pytest.fixture
def tables():
    held = Tables()
    yield held
    held.connection.close()
