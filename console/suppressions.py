"""`afteraction suppressions`: findings that are known and accepted; list them with their uses, add one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from afteraction.audit import Audit
from afteraction.lake import NotPublishedError, query
from afteraction.records.settings import Settings, home, load_settings
from console.settings_file import append
from console.text import plain, visible

app = typer.Typer(help="Findings that are known and accepted: kept, without points.", no_args_is_help=True)

_CONDITIONS: Final = ("detector", "value_fp", "destination", "tool", "agent", "path")
_OF_FINDING: Final = """
SELECT f.detector, f.value_fp, a.tool, a.agent_id AS agent
FROM findings f JOIN actions a USING (action_id) WHERE f.finding_id = $id
"""
_USES: Final = "SELECT suppression_id, uses, last_used FROM suppressions"

Pattern = Annotated[str | None, typer.Option(help="A pattern: `*` any run of characters, `?` one.")]


@app.command("list")
def list_() -> None:
    """Every suppression of the settings: state, uses, expiry, owner, reason."""
    at = home()
    settings = load_settings(at)
    if not settings.suppressions:
        typer.echo("no suppressions; afteraction suppressions add makes one (docs/settings.md)")
        return
    try:
        uses = {name: (count, last) for name, count, last in query(at, _USES).iter_rows()}
    except NotPublishedError:
        uses = {}
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("suppression", "state", "uses", "last used", "expires", "owner"):
        shown.add_column(name, no_wrap=True)
    shown.add_column("holds back", overflow="fold")
    shown.add_column("reason", overflow="fold")
    for one in sorted(settings.suppressions, key=lambda one: (one.expires, one.id)):
        count, last = uses.get(one.id, (None, None))
        held = ", ".join(f"{name} {getattr(one, name)}" for name in _CONDITIONS if getattr(one, name))
        late = one.expires < datetime.now(UTC).date()
        shown.add_row(
            plain(one.id, 64),
            "[red]expired[/]" if late else "in force",
            "-" if count is None else f"{count:,}",
            plain(last, 12),
            f"{one.expires}",
            plain(one.owner, 40),
            plain(held, 200),
            plain(one.reason, 200),
        )
    Console().print(shown)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, '.', '_' and '-'.", metavar="NAME")],
    *,
    owner: Annotated[str, typer.Option(help="The person who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why these findings are no leak.")],
    expires: Annotated[str, typer.Option(help="The last day on which it holds, or a number of days.")],
    finding: Annotated[
        str | None, typer.Option(help="A finding's id: its detector, value, tool and agent are taken.")
    ] = None,
    detector: Annotated[str | None, typer.Option(help="A detector's id.")] = None,
    value_fp: Annotated[str | None, typer.Option(help="A value's fingerprint: `fp_…`.")] = None,
    destination: Pattern = None,
    tool: Pattern = None,
    agent: Pattern = None,
    path: Pattern = None,
) -> None:
    """Add a suppression to afteraction.toml and the ledger; the next audit applies it, also to the past."""
    at = home()
    settings = load_settings(at)
    _known(settings, owner, detector)
    given = {"detector": detector, "value_fp": value_fp, "destination": destination, "tool": tool,
             "agent": agent, "path": path}  # fmt: skip
    found = _of_finding(at, finding) if finding else {}
    fields = {"id": name, "owner": owner, "reason": reason, "expires": _day(expires),
              **{key: given[key] or found.get(key) for key in _CONDITIONS}}  # fmt: skip
    changed = append(at, "suppressions", fields)
    Audit(at, changed).record_suppressions()
    typer.echo(f"{name} holds until {fields['expires']}; the next audit applies it")


def _known(settings: Settings, owner: str, detector: str | None) -> None:
    """The owner is a person of the settings (where people are configured), the detector one that exists."""
    from detectors import registry  # noqa: PLC0415 - loads the scan engine

    people = {name for one in settings.principals for name in (one.person, *one.accounts)}
    if people and owner not in people:
        raise typer.BadParameter(f"owner {visible(owner, 80)} is no person of afteraction.toml")
    if detector is not None and detector not in {one.id for one in registry()}:
        raise typer.BadParameter(
            f"there is no detector {visible(detector, 80)}; `afteraction detectors list` shows all"
        )


def _of_finding(at: Path, finding: str) -> dict[str, Any]:
    rows = query(at, _OF_FINDING, {"id": finding}).to_dicts()
    if not rows:
        raise typer.BadParameter(
            f"there is no finding {visible(finding, 80)}; ids stand in the table findings"
        )
    return {key: value for key, value in rows[0].items() if value is not None}


def _day(expires: str) -> date:
    try:
        if expires.isdecimal():
            return datetime.now(UTC).date() + timedelta(days=int(expires))
        return date.fromisoformat(expires)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"expires {visible(expires, 40)}: expected a day such as 2027-03-31, or a number of days"
        ) from error
