"""`afteraction tickets`: list what waits, show one with its masked evidence, approve or deny it."""

from __future__ import annotations

import contextlib
import enum
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.directory import Directory
from afteraction.approvals.separation import may_decide
from afteraction.audit import Audit
from afteraction.casebook import Casebook, CasebookError, Ticket, now_us, where
from afteraction.records.reason_code import REASON_CODES
from afteraction.records.settings import Settings, SettingsError, home, load_settings
from afteraction.records.ticket import TicketState, Verdict
from console.text import visible
from console.ticket_page import View, as_json, evidence, page, table

app = typer.Typer(help="Tickets that wait for a person, and what people decided.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The ticket's id, as `tickets list` prints it.", metavar="TICKET")]
Reviewer = Annotated[
    str, typer.Option("--as", help="Who decides: one of your accounts.", envvar="AFTERACTION_REVIEWER")
]
Reason = Annotated[str, typer.Option(help="Why, in a few words; it is kept with the decision.")]


Code = Annotated[
    str | None,
    typer.Option(
        help=f"What it came to; thresholds learn from it: {', '.join(one.code for one in REASON_CODES)}."
    ),
]


class State(enum.StrEnum):
    """What `list` can be asked for."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ALL = "all"


#: None: tickets in every state.
_STATES: Final[Mapping[State, TicketState | None]] = {
    State.OPEN: "open",
    State.APPROVED: "approved",
    State.DENIED: "denied",
    State.EXPIRED: "expired",
    State.SUPERSEDED: "superseded",
    State.ALL: None,
}


class Format(enum.StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"


@app.command("list")
def list_tickets(
    state: Annotated[State, typer.Option(help="Which tickets.")] = State.OPEN,
    format_: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
) -> None:
    """List tickets, the next one due first."""
    with _errors():
        _, book = _opened()
        found = book.search(_STATES[state])
    if format_ is Format.JSON:
        typer.echo(as_json(found))
    elif found:
        Console(width=None if sys.stdout.isatty() else 200).print(table(found, now_us()))
    else:
        typer.echo("no tickets" if state is State.ALL else f"no {state.value} tickets")


@app.command()
def show(
    ticket: Id,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Show one ticket: what happened, masked evidence, what was decided and who may decide."""
    with _errors():
        settings, book = _opened()
        found = _found(book, ticket)
        view = View(
            found,
            evidence(home(), found),
            tuple(book.events_of(found.ticket_id)),
            book.decision(found.ticket_id),
            may_decide(found, Directory.of(settings)),
        )
    if format_ is Format.JSON:
        typer.echo(as_json(view))
    else:
        Console(soft_wrap=True, highlight=False).print(page(view, now_us()))


@app.command()
def approve(ticket: Id, reviewer: Reviewer = "", reason: Reason = "", reason_code: Code = None) -> None:
    """Approve a ticket of somebody else's action."""
    _decide(ticket, "approved", reviewer, reason, reason_code)


@app.command()
def deny(ticket: Id, reviewer: Reviewer = "", reason: Reason = "", reason_code: Code = None) -> None:
    """Deny a ticket of somebody else's action."""
    _decide(ticket, "denied", reviewer, reason, reason_code)


def _decide(ticket: str, verdict: Verdict, reviewer: str, reason: str, code: str | None) -> None:
    with _errors():
        if not reviewer:
            raise NotDecidedError("reviewer: found none; say who decides with --as or AFTERACTION_REVIEWER")
        settings, book = _opened()
        made = decide(
            book,
            settings,
            ticket,
            verdict,
            reviewer=reviewer,
            reason=reason,
            reason_code=code,
            channel="cli",
        )
    typer.echo(f"{made.ticket_id} {made.verdict} by {visible(made.person)} ({made.decision_id})")
    Audit(home(), settings).record_decisions()


def _opened() -> tuple[Settings, Casebook]:
    settings = load_settings(home())
    at = where(home(), settings)
    if isinstance(at, Path) and not at.exists():
        raise CasebookError(f"found no {at}; run `afteraction audit PATH` first, or set AFTERACTION_HOME")
    return settings, Casebook.open(at)


def _found(book: Casebook, ticket_id: str) -> Ticket:
    if (found := book.ticket(ticket_id)) is None:
        raise CasebookError(
            f"ticket {ticket_id!r} is not in the casebook; see: afteraction tickets list --state all"
        )
    return found


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """What went wrong, on one line, without a traceback."""
    try:
        yield
    except (NotDecidedError, CasebookError, SettingsError) as error:
        typer.echo(f"error: {visible(error)}", err=True)
        raise typer.Exit(2) from error
