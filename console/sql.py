"""`afteraction sql`: one query over the public tables, as a table, JSON lines or CSV."""

from __future__ import annotations

import enum
import sys
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from afteraction.lake import query
from afteraction.records.settings import home
from console.text import plain

_CELL = 60


class Format(enum.StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def sql(
    statement: Annotated[str, typer.Argument(help="One SQL query (DuckDB).", metavar="QUERY")],
    format: Annotated[Format, typer.Option(help="table, jsonl or csv")] = Format.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Query the public tables, read-only; works while an audit runs."""
    rows = query(home(), statement)
    if format is Format.JSONL:
        rows.write_ndjson(sys.stdout)
    elif format is Format.CSV:
        sys.stdout.write(_flat(rows).write_csv())
    else:
        _table(rows)


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, kind in rows.schema.items() if kind.is_nested()]
    return rows.with_columns(pl.col(name).map_elements(str, return_dtype=pl.String) for name in nested)


def _table(rows: pl.DataFrame) -> None:
    table = Table(box=None, pad_edge=False)
    for name, kind in rows.schema.items():
        table.add_column(plain(name), justify="right" if kind.is_numeric() else "left")
    for row in rows.iter_rows():
        table.add_row(*("" if cell is None else plain(str(cell), _CELL) for cell in row))
    screen = Console()
    screen.print(table)
    screen.print(f"[dim]{rows.height:,} rows[/]", highlight=False)
