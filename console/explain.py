"""`afteraction explain`: one action in its session: what was read, what was sent where, why it is risky."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import typer
from rich.console import Console

from afteraction.lake import query, reading
from afteraction.lineage import picture
from afteraction.records.settings import home
from console.flow_graph import tell, write
from console.text import plain

_ACTION: Final = """
SELECT a.*, r.risk, r.points, r.level, r.reasons, r.bundle_revision
FROM actions a LEFT JOIN action_risk r USING (action_id)
WHERE starts_with(a.action_id, $id) ORDER BY a.action_id LIMIT 2
"""
_TIMELINE: Final = """
SELECT a.action_id, a.agent_id, a.seq, a.position, a.event_time, a.tool, a.operation, a.target, a.destination,
  a.destination_class, a.sensitivity, a.status, a.unscorable, r.risk, r.level
FROM actions a LEFT JOIN action_risk r USING (action_id)
WHERE a.session_key = $key ORDER BY a.position, a.agent_id, a.seq
"""
_OF_ACTION: Final = {
    "flows": "SELECT * FROM flows WHERE action_id = $id ORDER BY strength DESC, arg_path LIMIT 40",
    "findings": "SELECT * FROM findings WHERE action_id = $id ORDER BY detector, part",
    "tickets": "SELECT t.* FROM tickets t JOIN ticket_actions x USING (ticket_id) WHERE x.action_id = $id",
}
_SESSION: Final = "SELECT * FROM sessions WHERE session_key = $key"
_MARKS: Final = {
    "read": "←",
    "search": "←",
    "send": "→",
    "pay": "→",
    "write": "✎",
    "execute": "▶",
    "delete": "✕",
    "grant": "⚿",
}


def explain(
    action: Annotated[str, typer.Argument(help="An action's id, or its first characters.", metavar="ACTION")],
    around: Annotated[int, typer.Option(help="How many actions before and after it to show.")] = 8,
    picture_file: Annotated[
        Path | None,
        typer.Option("--picture", help="Draw the session's flow graph into this file: .svg or .html."),
    ] = None,
) -> None:
    """Show the session's timeline around an action, its flows, findings, risk and tickets."""
    at = home()
    found = query(at, _ACTION, {"id": action})
    if found.height != 1:
        what = "no action" if found.is_empty() else "more than one action"
        raise typer.BadParameter(
            f"{what} begins with {plain(action, 80)}; ids stand in the table action_risk"
        )
    row = found.row(0, named=True)
    screen = Console(highlight=False, soft_wrap=True)
    with reading(at) as ask:
        graph = picture.session_graph(ask, row["session_key"], row["action_id"])
    if picture_file is not None:
        write(graph, picture_file)
    _head(screen, at, row)
    _timeline(screen, at, row, around)
    tell(screen, graph)
    parts = {name: query(at, sql, {"id": row["action_id"]}) for name, sql in _OF_ACTION.items()}
    _flows(screen, parts["flows"], query(at, _TIMELINE, {"key": row["session_key"]}))
    _findings(screen, parts["findings"])
    _risk(screen, row)
    _tickets(screen, parts["tickets"])
    if picture_file is not None:
        screen.print(f"\nThe flow graph stands in {plain(picture_file, 300)}")


def _head(screen: Console, at: Path, row: Mapping[str, Any]) -> None:
    session = query(at, _SESSION, {"key": row["session_key"]}).row(0, named=True)
    screen.print(
        f"[bold]{plain(row['tool'], 60)}[/] by {_who(row)}, "
        f"session {plain(row['session_id'], 60)} call {row['seq']}"
    )
    screen.print(
        f"  {_when(row)} · {row['operation']} · status {row['status']} · approval {row['approval_state']}"
    )
    screen.print(f"  read from {plain(row['source_ref'], 100)} ({row['source_system']})")
    if session["request"]:
        screen.print(f"  the person asked: {plain(session['request'], 300)}")
    for name in ("args", "result"):
        screen.print(
            f"  {name}: [dim]{plain(row[name], 400) if row[name] is not None else 'not in the log'}[/]"
        )


def _who(row: Mapping[str, Any]) -> str:
    agent = plain(row["agent_id"] or "an unnamed agent", 60)
    return agent + (f" for {plain(row['on_behalf_of'], 60)}" if row["on_behalf_of"] else "")


def _when(row: Mapping[str, Any]) -> str:
    return row["event_time"].strftime("%Y-%m-%d %H:%M:%S UTC") if row["event_time"] else "no time in the log"


def _timeline(screen: Console, at: Path, row: Mapping[str, Any], around: int) -> None:
    everything = query(at, _TIMELINE, {"key": row["session_key"]}).rows(named=True)
    place = next(number for number, one in enumerate(everything) if one["action_id"] == row["action_id"])
    first, last = max(0, place - around), place + around + 1
    screen.print("\n[bold]Timeline[/]")
    if first:
        screen.print(f"    … {first} actions before")
    for one in everything[first:last]:
        here = "[bold]▸[/]" if one["action_id"] == row["action_id"] else " "
        screen.print(f"  {here} {_step(one)}")
    if last < len(everything):
        screen.print(f"    … {len(everything) - last} actions after")


def _step(one: Mapping[str, Any]) -> str:
    risk = "unscorable" if one["unscorable"] else f"{one['risk'] or 0:.2f} {one['level']}"
    to = one["destination"] or one["target"]
    where = f" {plain(to, 60)} [dim]({one['destination_class']})[/]" if to else ""
    held = f" · holds {one['sensitivity']} data" if one["sensitivity"] not in {None, "none"} else ""
    mark = _MARKS.get(one["operation"], "·")
    return f"{one['seq']:>3} {mark} {plain(one['tool'], 40)}{where}{held}  [dim]risk {risk}[/]"


def _flows(screen: Console, flows: pl.DataFrame, timeline: pl.DataFrame) -> None:
    screen.print(
        "\n[bold]Where its values came from[/]"
        if flows.height
        else "\nNo value of it was followed to an origin."
    )
    calls = {row["action_id"]: row["seq"] for row in timeline.iter_rows(named=True)}
    for row in flows.iter_rows(named=True):
        kind = "" if row["sensitivity"] == "none" else f", {row['sensitivity']}"
        how = f"{row['how']}, {row['strength']:.0%}, {row['chars']} characters{kind}, {row['value_fp']}"
        screen.print(f"  {plain(row['arg_path'], 40)} ← {_origin(row, calls)} [dim]({how})[/]")


_ORIGINS: Final = {
    "user": "the person's words",
    "system": "the system prompt",
    "assistant": "the model's own words",
    "own": "nowhere: the agent's own",
}


def _origin(row: Mapping[str, Any], calls: Mapping[str, int]) -> str:
    if row["origin_action_id"]:
        return f"the result of call {calls.get(row['origin_action_id'], '?')}"
    return _ORIGINS.get(row["origin"], str(row["origin"]))


def _findings(screen: Console, findings: pl.DataFrame) -> None:
    screen.print("\n[bold]Findings[/]" if findings.height else "\nNo findings.")
    for row in findings.iter_rows(named=True):
        screen.print(f"  {row['severity']:<8} {row['detector']} in {row['part']}: {plain(row['title'], 160)}")
        screen.print(f"           [dim]{plain(row['evidence'], 240)}[/]")


def _risk(screen: Console, row: Mapping[str, Any]) -> None:
    if row["risk"] is None:
        screen.print(f"\n[bold]Unscorable[/]: {plain(row['unscorable'] or 'not analysed yet', 160)}")
        return
    screen.print(
        f"\n[bold]Risk {row['risk']:.2f}[/] ({row['level']}, {row['points']} points, "
        f"bundle {row['bundle_revision']})"
    )
    for reason in json.loads(row["reasons"]):
        screen.print(f"  {reason['points']:>+4} {plain(reason['text'], 200)}")


def _tickets(screen: Console, tickets: pl.DataFrame) -> None:
    screen.print("\n[bold]Tickets[/]" if tickets.height else "\nNo ticket.")
    for row in tickets.iter_rows(named=True):
        screen.print(
            f"  {row['ticket_id']} {row['state']}, due {row['due_at']:%Y-%m-%d %H:%M} UTC: "
            f"{plain(row['title'], 160)}"
        )
