"""`afteraction bundle`: list policy bundles, replay one against history, sign one off, roll back."""

from __future__ import annotations

import contextlib
import enum
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from afteraction.policy import (
    Backtest,
    BundleInfo,
    PolicyError,
    backtest,
    current,
    list_bundles,
    refused,
    resubmit,
    rollback,
    stored,
)
from afteraction.records.settings import SettingsError, home
from console.text import plain, visible

app = typer.Typer(help="Policy bundles: what the hook judges by.", no_args_is_help=True)

Revision = Annotated[str, typer.Argument(help="As `bundle list` prints it.", metavar="REVISION")]
_DECISIONS: Final = ("allow", "ask", "deny")


class Format(enum.StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"


Print = Annotated[Format, typer.Option("--format", help="How to print it.")]


@app.command("list")
def list_all(format_: Print = Format.TABLE) -> None:
    """List bundles: live, superseded, refused (with the reasons) and damaged ones."""
    found = list_bundles(_directory())
    if format_ is Format.JSON:
        typer.echo(found.write_json())
    elif found.is_empty():
        typer.echo("no bundle yet; `afteraction audit` publishes the first")
    else:
        Console(width=None if sys.stdout.isatty() else 200).print(_table(found))


@app.command("backtest")
def replay(revision: Revision, format_: Print = Format.TABLE) -> None:
    """Replay recorded actions under REVISION (published or refused) and under the live bundle."""
    with _errors():
        wanted, live = _found(revision), current(_directory())
        from afteraction.audit import Audit  # noqa: PLC0415 -- opens the lake

        rows = Audit(home()).recorded(f"backtest of {wanted.revision}")
        report = backtest(wanted.bundle, None if live is None else live.bundle, rows)
    if format_ is Format.JSON:
        typer.echo(msgspec.json.encode(report))
    else:
        typer.echo("\n".join(told(report)))


@app.command()
def publish(revision: Revision) -> None:
    """Sign off a refused candidate: put it in force, and count step limits from it."""
    with _errors():
        typer.echo(_in_force(resubmit(_directory(), revision)))


@app.command("rollback")
def roll_back(revision: Revision) -> None:
    """Put the content of an earlier bundle in force again, under a new number that hooks accept."""
    with _errors():
        typer.echo(_in_force(rollback(_directory(), revision)))


def told(report: Backtest) -> list[str]:
    """A backtest in lines for a person, the denominator first."""
    sides = [side for side in (report.live, report.candidate) if side is not None]
    replayed = f"{report.replayed} replayed ({report.undated} of them undated)"
    left = f"{report.unscorable} unscorable, {report.unreadable} with arguments the hook refuses"
    lines = [f"{report.actions} actions on {report.days} days: {replayed}, {left}"]
    if report.absent:
        lines.append(f"tickets without {', '.join(map(visible, report.absent))}, which the records lack")
    for side in sides:
        live = ", ".join(f"{name} {side.decisions[name]}" for name in _DECISIONS)
        kept = f", {side.incidents_kept} of {report.incidents} incidents" if report.incidents else ""
        tickets = f"{side.tickets} sessions with a ticket ({side.tickets_per_day:g} a day){kept}"
        lines.append(f"{side.revision}: {tickets}; live {live}")
    changes = ", ".join(f"{change} {count}" for change, count in report.changed.items()) or "none"
    return [*lines, f"decisions that change: {changes}"]


def _directory() -> Path:
    return home() / "bundles"


def _found(revision: str) -> BundleInfo:
    try:
        return stored(_directory(), revision)
    except PolicyError:
        return refused(_directory(), revision)


def _in_force(found: BundleInfo) -> str:
    return f"{found.revision} is in force; hooks take it at their next call"


def _table(found: pl.DataFrame) -> Table:
    shown = Table()
    for name in ("revision", "state", "published", "ticket", "ask", "deny", "notes"):
        shown.add_column(name, overflow="fold")
    for row in found.iter_rows(named=True):
        thresholds = msgspec.json.decode(row["thresholds"] or "{}")
        points = [(thresholds.get(name) or {}).get("points") for name in ("ticket", "ask", "deny")]
        at = row["published_at"]
        shown.add_row(
            plain(row["revision"]),
            row["state"],
            "-" if at is None else f"{at:%Y-%m-%d %H:%M}",
            *map(plain, points),
            plain(row["notes"], 300),
        )
    return shown


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """What a person can mend is one line, not a traceback."""
    try:
        yield
    except (PolicyError, SettingsError, OSError) as error:
        typer.echo(f"error: {visible(error)}", err=True)
        raise typer.Exit(1) from error
