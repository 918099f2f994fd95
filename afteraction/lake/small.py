"""Small tables that are replaced as a whole: baselines and control results, one Parquet file each."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from afteraction.lake.durable import write_durably


def write_small(home: Path, name: str, frame: pl.DataFrame) -> None:
    """Replace the table `name` (a path below `lake/small`) atomically."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    write_durably(_file(home, name), content.getvalue())


def read_small(home: Path, name: str) -> pl.DataFrame | None:
    """The table as last written, `None` if it never was."""
    file = _file(home, name)
    return pl.read_parquet(file, glob=False) if file.exists() else None


def drop_small(home: Path, name: str) -> None:
    """Forget the table, if there is one."""
    _file(home, name).unlink(missing_ok=True)


def _file(home: Path, name: str) -> Path:
    return home / "lake" / "small" / f"{name}.parquet"
