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
TIMELINE: Final = """
SELECT a.action_id, a.agent_id, a.seq, a.position, a.event_time, a.tool, a.operation, a.target, a.destination,
  a.destination_class, a.sensitivity, a.status, a.unscorable, r.risk, r.level
FROM actions a LEFT JOIN action_risk r USING (action_id)
WHERE a.session_key = $key ORDER BY a.position, a.agent_id, a.seq
"""
_OF_ACTION: Final = {
    "flows": "SELECT * FROM flows WHERE action_id = $id ORDER BY strength DESC, arg_path LIMIT 40",
    "findings": """SELECT * FROM findings WHERE action_id = $id
      ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], severity), detector, part""",
    "tickets": "SELECT t.* FROM tickets t JOIN ticket_actions x USING (ticket_id) WHERE x.action_id = $id",
}
_SESSION: Final = "SELECT * FROM sessions WHERE session_key = $key"
_COLOURS: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_DOES: Final = {
    "read": "reads",
    "search": "searches",
    "write": "writes",
    "send": "sends",
    "execute": "runs something",
    "delete": "deletes",
    "pay": "pays",
    "grant": "grants access",
    "authenticate": "logs in",
}
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
    *,
    around: Annotated[int, typer.Option(help="How many actions before and after it to show.")] = 4,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Show types, places and fingerprints.")
    ] = False,
    picture_file: Annotated[
        Path | None,
        typer.Option("--picture", help="Draw the session's flow graph into this file: .svg or .html."),
    ] = None,
) -> None:
    """Say what an action did, what was read and sent where, why it is risky, and what waits for a person."""
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
    parts = {name: query(at, sql, {"id": row["action_id"]}) for name, sql in _OF_ACTION.items()}
    session = query(at, TIMELINE, {"key": row["session_key"]})
    _head(screen, at, row)
    tell(screen, graph)
    _why(screen, row)
    _findings(screen, parts["findings"], evidence=evidence)
    _flows(screen, parts["flows"], session)
    _timeline(screen, session, row, around)
    _tickets(screen, parts["tickets"])
    if picture_file is not None:
        screen.print(f"\nThe flow graph stands in {plain(picture_file, 300)}")


def _head(screen: Console, at: Path, row: Mapping[str, Any]) -> None:
    """What happened, in one sentence, and what was asked."""
    session = query(at, _SESSION, {"key": row["session_key"]}).row(0, named=True)
    screen.print(f"{_level(row)}{_who(row)} calls [bold]{plain(row['tool'], 60)}[/]{_does(row)}.")
    asked = plain(session["request"], 200) if session["request"] else "[dim]nothing is in the log[/]"
    result = plain(row["result"], 200) if row["result"] is not None else "[dim]not in the log[/]"
    for name, shown in (
        ("asked", asked),
        ("arguments", plain(row["args"], 300) if row["args"] is not None else "[dim]not in the log[/]"),
        ("answer", f"{result} [dim]({plain(row['status'], 20)})[/]"),
        ("when", f"{_when(row)}, call {row['seq']} of session {plain(row['session_id'], 60)}"),
        ("log", f"{plain(row['source_ref'], 100)} ({row['source_system']})"),
    ):
        screen.print(f"  [dim]{name:<9}[/] {shown}")


def _level(row: Mapping[str, Any]) -> str:
    if row["risk"] is None:
        return f"[magenta]Unscorable[/] ({plain(row['unscorable'] or 'not analysed yet', 100)}): "
    return f"[{_COLOURS.get(row['level'], 'dim')}]{row['level'].capitalize()} risk {row['risk']:.2f}[/]: "


def _who(row: Mapping[str, Any]) -> str:
    agent = plain(row["agent_id"] or "an unnamed agent", 60)
    return agent + (f" for {plain(row['on_behalf_of'], 60)}" if row["on_behalf_of"] else "")


def _does(row: Mapping[str, Any]) -> str:
    does = _DOES.get(row["operation"], "")
    to = f" {plain(row['destination'], 80)} ({row['destination_class']})" if row["destination"] else ""
    link = " to" if row["operation"] in {"send", "pay", "write"} and to else " at" if to else ""
    return f", which {does}{link}{to}" if does else f", which reaches{to}" if to else ""


def _when(row: Mapping[str, Any]) -> str:
    return row["event_time"].strftime("%Y-%m-%d %H:%M:%S UTC") if row["event_time"] else "no time in the log"


def _why(screen: Console, row: Mapping[str, Any]) -> None:
    if row["risk"] is None:
        return
    reasons = json.loads(row["reasons"])
    screen.print(
        f"\n[bold]Why it is {'risky' if row['level'] != 'none' else 'not risky'}[/] "
        f"[dim]({row['points']} points, bundle {row['bundle_revision']})[/]"
    )
    for reason in reasons:
        screen.print(f"  {reason['points']:>+5} {plain(reason['text'], 160)}")
    if not reasons:
        screen.print("  nothing speaks against it")


def _findings(screen: Console, findings: pl.DataFrame, *, evidence: bool) -> None:
    if findings.is_empty():
        return
    screen.print("\n[bold]Findings[/]" + ("" if evidence else " [dim](--evidence shows more)[/]"))
    for row in findings.iter_rows(named=True):
        held = f" [dim](held back by {plain(row['suppressed_by'], 64)})[/]" if row["suppressed_by"] else ""
        colour = "dim" if held else _COLOURS.get(row["severity"], "dim")
        screen.print(
            f"  [{colour}]{row['severity']:<8}[/] {plain(row['title'], 120)} "
            f"[dim]{row['detector']}, {row['part']}[/]{held}"
        )
        if evidence:
            named = f"{row['finding_id']} {plain(row['evidence'], 240)}"
            screen.print(f"           [dim]{named}[/]")


_MOST_FLOWS: Final = 6


def _flows(screen: Console, flows: pl.DataFrame, session: pl.DataFrame) -> None:
    if flows.is_empty():
        return
    screen.print("\n[bold]Where its values came from[/]")
    calls = {row["action_id"]: row["seq"] for row in session.iter_rows(named=True)}
    for row in flows.head(_MOST_FLOWS).iter_rows(named=True):
        kind = "" if row["sensitivity"] == "none" else f", {row['sensitivity']}"
        how = f"{plain(row['how'], 40)}, {row['strength']:.0%}, {row['chars']} characters{kind}"
        screen.print(f"  {plain(row['arg_path'], 40)} ← {_origin(row, calls)} [dim]({how})[/]")
    if flows.height > _MOST_FLOWS:
        screen.print(f"  … {flows.height - _MOST_FLOWS} more in the table flows")


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


def _timeline(screen: Console, session: pl.DataFrame, row: Mapping[str, Any], around: int) -> None:
    everything = session.rows(named=True)
    place = next(number for number, one in enumerate(everything) if one["action_id"] == row["action_id"])
    first, last = max(0, place - around), place + around + 1
    screen.print(f"\n[bold]Its session[/] [dim]({len(everything)} calls)[/]")
    if first:
        screen.print(f"    … {first} before")
    for one in everything[first:last]:
        here = "[bold]▸[/]" if one["action_id"] == row["action_id"] else " "
        screen.print(f"  {here} {_step(one)}")
    if last < len(everything):
        screen.print(f"    … {len(everything) - last} after")


def _step(one: Mapping[str, Any]) -> str:
    risk = "unscorable" if one["unscorable"] else f"{one['risk'] or 0:.2f} {one['level']}"
    colour = _COLOURS.get(one["level"], "dim")
    to = one["destination"] or one["target"]
    where = f" {plain(to, 60)}" if to else ""
    held = f" · holds {one['sensitivity']} data" if one["sensitivity"] not in {None, "none"} else ""
    mark = _MARKS.get(one["operation"], "·")
    return f"{one['seq']:>3} {mark} {plain(one['tool'], 40)}{where}{held}  [{colour}]{risk}[/]"


def _tickets(screen: Console, tickets: pl.DataFrame) -> None:
    if tickets.is_empty():
        screen.print("\nNo ticket waits for it.")
        return
    screen.print("\n[bold]What waits for a person[/]")
    for row in tickets.iter_rows(named=True):
        due = f", due {row['due_at']:%Y-%m-%d %H:%M} UTC" if row["state"] == "open" else ""
        screen.print(f"  {row['ticket_id']} {row['state']}{due}: {plain(row['title'], 120)}")
    screen.print(f"  [green]afteraction tickets show {tickets['ticket_id'][0]}[/]")
