"""`afteraction bundle`: policy bundles listed, replayed, signed off, promoted and rolled back, and keys."""

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
    current,
    following,
    list_bundles,
    next_key,
    objections,
    promote,
    public_keys,
    refused,
    resubmit,
    rollback,
    rolling,
    sign_again,
    stored,
    switch_key,
)
from afteraction.records.settings import SettingsError, home, load_settings
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
def replay(
    revision: Revision,
    *,
    actions: Annotated[int, typer.Option(help="Newest actions whose tickets are counted.", min=1)] = 100_000,
    replayed: Annotated[int, typer.Option(help="Newest of them that go through the hook.", min=0)] = 20_000,
    format_: Print = Format.TABLE,
) -> None:
    """Hold recorded actions, incidents and seeded attacks against REVISION and against the live bundle."""
    with _errors():
        wanted, live = _found(revision), current(_directory())
        if live is None:
            raise PolicyError("no bundle is in force; `afteraction audit` publishes the first")
        from afteraction.audit import Audit  # noqa: PLC0415 -- opens the lake

        work = Audit(home())
        limits = msgspec.structs.replace(work.settings.backtest, actions=actions, replayed=replayed)
        report = work.backtest(wanted, live, limits)
    if format_ is Format.JSON:
        typer.echo(msgspec.json.encode(report))
    else:
        typer.echo("\n".join(told(report, objections(report, limits.tickets_factor))))


@app.command()
def publish(revision: Revision) -> None:
    """Sign off a refused candidate: put it in force, and count step limits from it."""
    with _errors():
        typer.echo(_in_force(resubmit(_directory(), revision)))


@app.command("promote")
def promote_it() -> None:
    """Take the bundle in rollout to its next configured stage now, or put it in force for all."""
    with _errors():
        found = rolling(_directory(), current(_directory()))
        stages = load_settings(home()).rollout.stages()
        moved = promote(_directory(), None if found is None else following(found, stages))
        typer.echo(_in_force(moved))


@app.command("rollback")
def roll_back(
    revision: Annotated[str | None, typer.Argument(help="As `bundle list` prints it.")] = None,
) -> None:
    """Put an earlier bundle's content in force again; without REVISION end the rollout, or go one back."""
    with _errors():
        typer.echo(_in_force(rollback(_directory(), revision)))


@app.command("key")
def key(
    *,
    next_: Annotated[bool, typer.Option("--next", help="Make the key that will sign next.")] = False,
    switch: Annotated[
        bool, typer.Option("--switch", help="Let the next key sign, and the live bundle again.")
    ] = False,
) -> None:
    """Print the public keys that hooks should trust, one to a line."""
    with _errors():
        if next_:
            next_key(_directory())
        if switch:
            switch_key(_directory())
            sign_again(_directory())
        typer.echo("\n".join(public_keys(_directory())))


def told(report: Backtest, reasons: tuple[str, ...] = ()) -> list[str]:
    """A backtest in lines for a person, the denominator first, then what speaks against the candidate."""
    times = f"{report.first or 'no time'} to {report.last or 'no time'}"
    window = f"the newest {report.actions} of {report.recorded} actions, {times}, {report.days} days"
    without = f"{report.unscorable} unscorable, {report.featureless} without recorded features"
    played = f"the newest {report.sampled} of them: {report.replayed} replayed"
    unheard = f"{report.unreadable} that the hook refuses, {report.unopened} whose arguments are not at hand"
    lines = [f"tickets: {window} ({report.undated} undated): {report.scored} scored, {without}"]
    lines.append(f"hook: {played}, {unheard}")
    for name, side in (("in force", report.live), ("candidate", report.candidate)):
        said = ", ".join(f"{decision} {side.decisions[decision]}" for decision in _DECISIONS)
        lines.append(
            f"{name} {side.revision}: {side.tickets} sessions with a ticket "
            f"({side.tickets_per_day:g} a day), {side.incidents_kept} of {report.incidents} incidents, "
            f"seeded attacks: {side.seeds_ticketed} ticketed and {side.seeds_stopped} stopped of "
            f"{report.seeds}; hook {said}"
        )
    if report.absent_incidents:
        lines.append(f"{report.absent_incidents} incidents have no recorded features and count for neither")
    changes = ", ".join(f"{change} {count}" for change, count in report.changed.items()) or "none"
    lines.append(f"decisions that change: {changes}")
    return [*lines, *(reasons or ("nothing speaks against it",))]


def _directory() -> Path:
    return home() / "bundles"


def _found(revision: str) -> BundleInfo:
    try:
        return stored(_directory(), revision)
    except PolicyError:
        with contextlib.suppress(PolicyError):
            return refused(_directory(), revision)
        raise


def _in_force(found: BundleInfo) -> str:
    if found.stage is not None:
        return f"{found.revision} is in rollout, {found.stage[0]} for {found.stage[1]:.0%} of the agents"
    return f"{found.revision} is in force; hooks take it at their next call"


def _table(found: pl.DataFrame) -> Table:
    shown = Table()
    for name in ("revision", "state", "published", "ticket", "ask", "deny", "signed by", "notes"):
        shown.add_column(name, overflow="fold")
    for row in found.iter_rows(named=True):
        thresholds = msgspec.json.decode(row["thresholds"] or "{}")
        points = [(thresholds.get(name) or {}).get("points") for name in ("ticket", "ask", "deny")]
        at = row["published_at"]
        shown.add_row(
            plain(row["revision"]),
            row["state"] if row["state"] != "canary" else f"{row['state']} {row['share']:.0%}",
            "-" if at is None else f"{at:%Y-%m-%d %H:%M}",
            *map(plain, points),
            plain(row["signed_by"]),
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
