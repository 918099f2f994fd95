"""Where Dagster keeps its own runs and events: SQLite by default, PostgreSQL by environment variable.

`dagster.yaml` cannot choose between storages, so it names this class, which chooses. Nothing of ours
depends on what is stored here: decisions and evidence live in the casebook, the lake and the ledger.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.base_storage import DagsterStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

POSTGRES_URL = "AFTERACTION_DAGSTER_POSTGRES_URL"


class ChosenStorage(DagsterStorage, ConfigurableClass):
    """Never built itself: `from_config_value` returns the storage that the environment asks for."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """No configuration: a URL that may hold a password does not belong into a file."""
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> DagsterStorage:
        """PostgreSQL at `$AFTERACTION_DAGSTER_POSTGRES_URL`, else SQLite below `$DAGSTER_HOME/storage`."""
        del config_value
        url = os.environ.get(POSTGRES_URL)
        if url:
            from dagster_postgres import DagsterPostgresStorage

            return DagsterPostgresStorage(postgres_url=url)
        from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

        base = Path(os.environ["DAGSTER_HOME"]) / "storage"
        return DagsterSqliteStorage.from_local(str(base), inst_data=inst_data)
