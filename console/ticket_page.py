"""How tickets look in a terminal: the list, and one ticket with its masked evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from afteraction.approvals.aftermath import Remediation, remediation
from afteraction.approvals.directory import Directory
from afteraction.approvals.duty import needed, standing, turn
from afteraction.approvals.separation import may_decide, standing_votes
from afteraction.casebook import Casebook, Decision, Event, Ticket, now_us
from afteraction.lake import NotPublishedError, query
from afteraction.records.settings import Settings
from console.text import plain, visible

MOST_ACTIONS: Final = 20
MOST_CHARACTERS: Final = 4_000
_TIMES: Final = frozenset({"opened_at", "due_at", "closed_at", "decided_at", "at"})
_STYLES: Final[Mapping[str, str]] = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
_ACTIONS: Final = """
SELECT a.action_id, a.seq, a.event_time, a.tool, a.operation, a.destination, a.destination_class, a.args,
       a.status, r.risk, r.level, r.reasons
FROM actions a LEFT JOIN action_risk r USING (action_id)
WHERE a.action_id IN (SELECT unnest($ids)) ORDER BY r.risk DESC NULLS LAST, a.seq
"""
_FINDINGS: Final = """
SELECT action_id, detector, severity, title, part, evidence, suppressed_by FROM findings
WHERE action_id IN (SELECT unnest($ids)) ORDER BY action_id, severity, finding_id
"""


class Evidence(msgspec.Struct, frozen=True):
    """The masked records behind a ticket: the riskiest actions, and how many more it has.

    `missing` says why there are none.
    """

    actions: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    left_out: int = 0
    missing: str | None = None


class View(msgspec.Struct, frozen=True):
    """All that `show` shows; `may` are the people who may decide now, in `groups` if any decide on it.

    `approved` are the people who approved so far where `need` of them must.
    """

    ticket: Ticket
    evidence: Evidence
    events: tuple[Event, ...]
    decision: Decision | None
    may: tuple[str, ...]
    groups: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()
    need: int = 1
    remediation: Remediation = Remediation()


def view(home: Path, settings: Settings, book: Casebook, ticket: Ticket, most: int = MOST_ACTIONS) -> View:
    """A ticket with all that belongs to it, as it is now."""
    events, directory = tuple(book.events_of(ticket.ticket_id)), Directory.of(settings)
    now = standing(events, now_us())
    return View(
        ticket,
        evidence(home, ticket, most),
        events,
        book.decision(ticket.ticket_id),
        may_decide(ticket, directory, now),
        tuple(one.name for one in turn(ticket, settings, now.escalated)),
        tuple(one.person for one in standing_votes(ticket, directory, now)),
        needed(ticket, settings),
        remediation(events),
    )


def evidence(home: Path, ticket: Ticket, most: int = MOST_ACTIONS) -> Evidence:
    """What the published database holds about the ticket's actions (the riskiest first, masked there)."""
    ids = (ticket.action_id, *(one for one in ticket.action_ids if one != ticket.action_id))[:most]
    try:
        actions = query(home, _ACTIONS, {"ids": list(ids)})
        findings = query(home, _FINDINGS, {"ids": list(ids)})
    except NotPublishedError as error:
        return Evidence(missing=str(error))
    except Exception as error:  # noqa: BLE001  (whatever ails the database, the ticket itself is shown)
        return Evidence(missing=f"the published database cannot be read ({type(error).__name__})")
    if actions.is_empty():
        return Evidence(
            missing="the published database does not hold these actions yet: run afteraction audit"
        )
    left_out = len(ticket.action_ids) - actions.height
    return Evidence(tuple(actions.to_dicts()), tuple(findings.to_dicts()), left_out)


def table(tickets: Sequence[Ticket], now: int) -> Table:
    """The list, one row per ticket; `now` in µs, UTC."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("ticket", "state", "level", "due", "actions", "agent"):
        shown.add_column(name, no_wrap=True)
    shown.add_column("what happened", overflow="fold")
    for one in tickets:
        shown.add_row(one.ticket_id, one.state, _level(one.level), _due(one, now), str(len(one.action_ids)),
                      plain(one.agent_id, 24), plain(one.title, 120))  # fmt: skip
    return shown


def page(view: View, now: int) -> RenderableType:
    """One ticket: facts, masked evidence, trail, decision and who may decide; `now` in µs, UTC."""
    ticket = view.ticket
    parts: list[RenderableType] = [
        Text(f"{ticket.ticket_id}  {visible(ticket.title, 200)}", style="bold"),
        _facts(ticket, now),
        *_evidence(ticket, view.evidence),
        *_trail(view.events),
        _decided(view.decision) if view.decision else _next(view),
        *_remedies(view),
    ]
    return Group(*parts)


def as_json(value: object) -> str:
    """JSON text with readable times; everything outside ASCII is escaped."""
    return json.dumps(_readable(msgspec.to_builtins(value)), indent=2)


def _facts(ticket: Ticket, now: int) -> Table:
    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column(style="dim", no_wrap=True)
    shown.add_column(overflow="fold")
    risk = "unscorable" if ticket.risk is None else f"{ticket.risk:.2f}"
    for name, value in (
        ("state", f"{ticket.state} ({ticket.kind})"),
        ("drawn", None if ticket.propensity is None else f"random audit, 1 of {1 / ticket.propensity:,.0f}"),
        ("risk", f"{risk}, {ticket.level or 'no level'}"),
        ("cause", ticket.cause),
        ("agent", ticket.agent_id),
        ("owner", ", ".join(ticket.owners) or "not known"),
        ("on behalf of", ", ".join(ticket.requesters) or "not known"),
        ("session", ticket.session_id),
        ("tool", ticket.tool),
        ("target", ticket.target),
        ("arguments", ticket.args_sha256 and f"sha256 {ticket.args_sha256}"),
        ("opened", _time(ticket.opened_at)),
        ("due", f"{_time(ticket.due_at)} ({_due(ticket, now)})"),
    ):
        if value is not None or name != "drawn":
            shown.add_row(name, plain(value, 300))
    return shown


def _evidence(ticket: Ticket, found: Evidence) -> Iterator[RenderableType]:
    if found.missing:
        yield Text(f"\nEvidence: {found.missing}", style="yellow")
        return
    yield Text(f"\nActions ({len(found.actions)} of {len(ticket.action_ids)} shown), masked", style="bold")
    for action in found.actions:
        yield Text(f"  {_action_line(action)}")
        yield from _arguments(action["args"])
        yield from (Text(f"      {line}") for line in _reasons(action["reasons"]))
        yield from (Text(f"      {_finding_line(one)}") for one in found.findings
                    if one["action_id"] == action["action_id"])  # fmt: skip


def _arguments(args: str | None) -> Iterator[RenderableType]:
    """The masked arguments; nothing is cut without saying so, for a cut may hide what matters."""
    yield Text(f"      {visible(args and args[:MOST_CHARACTERS])}", style="dim")
    if args and len(args) > MOST_CHARACTERS:
        left = len(args) - MOST_CHARACTERS
        yield Text(
            f"      {left:,} more characters are not shown here; --format json has them", style="yellow"
        )


def _action_line(action: Mapping[str, Any]) -> str:
    risk = "unscorable" if action["risk"] is None else f"{action['risk']:.2f}"
    head = f"#{action['seq']} {visible(action['tool'], 60)} [{visible(action['operation'], 20)}]"
    goes = f" to {visible(action['destination'], 80)} ({visible(action['destination_class'], 20)})"
    tail = f", risk {risk}, {visible(action['status'], 20)}  {action['action_id']}"
    return f"{head}{goes if action['destination'] else ''}{tail}"


def _finding_line(finding: Mapping[str, Any]) -> str:
    named = f"{visible(finding['severity'], 10)} {visible(finding['detector'], 40)}"
    held = f" (held back by {visible(finding['suppressed_by'], 64)})" if finding["suppressed_by"] else ""
    return f"{named}{held}: {visible(finding['title'], 120)}; {visible(finding['evidence'], 300)}"


def _reasons(reasons: str | None) -> Iterator[str]:
    try:
        listed = json.loads(reasons or "[]")
    except json.JSONDecodeError:
        listed = []
    for one in listed[:5]:
        yield f"+{one['points']} {visible(one['text'], 200)}"


def _trail(events: Sequence[Event]) -> Iterator[RenderableType]:
    yield Text("\nTrail", style="bold")
    for one in events:
        why = "; ".join(json.loads(one.details).get("reasons", []))
        yield Text(
            f"  {_time(one.at)}  {one.event} by {visible(one.actor, 60)}"
            + (f": {visible(why, 200)}" if why else "")
        )


def _decided(decision: Decision) -> Text:
    return Text(
        f"\n{decision.verdict}{f' ({decision.reason_code})' if decision.reason_code else ''} by "
        f"{visible(decision.person, 60)}: {visible(decision.reason, 500)}",
        style="bold",
    )


def _remedies(view: View) -> Iterator[Text]:
    for one in view.remediation.done:
        link = f" {visible(one.link, 300)}" if one.link else ""
        yield Text(f"  done: {one.remedy} by {visible(one.person, 60)}: {visible(one.evidence, 500)}{link}")
    for left in view.remediation.left:
        yield Text(f"  to do: {left} (afteraction tickets remediate {view.ticket.ticket_id} {left})")


def _next(view: View) -> Text:
    ticket, may = view.ticket, view.may
    if ticket.state != "open":
        return Text(f"\nThis ticket is {ticket.state}; nobody decides on it any more.")
    if not may:
        return Text(
            "\nNobody who is configured may decide on it: add people to afteraction.toml (docs/settings.md)."
        )
    who = ", ".join(visible(one, 60) for one in may)
    return Text(
        f"\nMay decide: {who}{_so_far(view)}\n"
        f"  afteraction tickets approve|deny {ticket.ticket_id} --as YOU --reason WHY --reason-code CODE"
    )


def _so_far(view: View) -> str:
    """Whose turn it is, and how many approved where more than one must."""
    turns = f" (decides: {' or '.join(visible(one, 60) for one in view.groups)})" if view.groups else ""
    if view.need == 1:
        return turns
    names = ", ".join(visible(one, 60) for one in view.approved)
    return f"{turns}\nApproved: {len(view.approved)} of {view.need}{f' ({names})' if names else ''}"


def _level(level: str | None) -> Text:
    return Text(level or "-", style=_STYLES.get(level or "", ""))


def _due(ticket: Ticket, now: int) -> str:
    if ticket.state != "open":
        return "-"
    left = (ticket.due_at - now) // 1_000_000
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(left) >= size), (60, "min"))
    return f"in {left // size} {unit}" if left >= 0 else f"{-left // size} {unit} late"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _time(one) if name in _TIMES and isinstance(one, int) else _readable(one)
            for name, one in value.items()
        }
    return [_readable(one) for one in value] if isinstance(value, list) else value
