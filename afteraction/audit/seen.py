"""Which data files of a table a step has dealt with: a file never changes, so only new ones need a look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from afteraction.lake import read_small, write_small


def fresh(home: Path, step: str, files: Sequence[str]) -> list[str]:
    """Those of `files` that `step` has not dealt with."""
    held = read_small(home, _table(step))
    seen = frozenset() if held is None else frozenset(held["file"])
    return [file for file in files if _name(file) not in seen]


def remember(home: Path, step: str, files: Sequence[str]) -> None:
    """`step` has dealt with `files`, and with none but them of the table's present version."""
    names = pl.DataFrame({"file": sorted(map(_name, files))}, schema={"file": pl.String()})
    held = read_small(home, _table(step))
    if held is None or not held.equals(names):
        write_small(home, _table(step), names)


def _table(step: str) -> str:
    return f"seen/{step}"


def _name(file: str) -> str:
    return file.rpartition("/")[2]
