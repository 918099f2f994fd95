"""Parquet, Delta and DuckDB, encrypted originals and the published database; nowhere else."""

from __future__ import annotations

from pathlib import Path

from afteraction.lake.datafiles import Staged
from afteraction.lake.published import NotPublishedError, QueryError, publish, query, read_table, reading
from afteraction.lake.small import drop_small, read_small, write_small
from afteraction.lake.storage import LakeError
from afteraction.lake.tables import LAKE, Lake
from afteraction.lake.vault import Vault, VaultError

__all__ = [
    "LAKE",
    "Lake",
    "LakeError",
    "NotPublishedError",
    "QueryError",
    "Staged",
    "Vault",
    "VaultError",
    "drop_small",
    "manifest",
    "publish",
    "query",
    "read_small",
    "read_table",
    "reading",
    "write_small",
]


def manifest(home: Path) -> dict[str, dict[str, str]]:
    """Per table and partition the digest of its data: what the ledger records and `verify` compares."""
    lake = Lake(home)
    return {name: lake.manifest(name) for name in LAKE}
