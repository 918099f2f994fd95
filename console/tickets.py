"""`afteraction tickets`: list what waits, show one with its masked evidence, decide, and what comes after."""

from __future__ import annotations

import contextlib
import enum
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, cast

import typer
from rich.console import Console

from afteraction.approvals.aftermath import remediate, reopen
from afteraction.approvals.decide import MorePeopleError, NotDecidedError, decide
from afteraction.approvals.escalation import sweep
from afteraction.approvals.glass import break_glass
from afteraction.approvals.unmasking import permit
from afteraction.audit import Audit
from afteraction.casebook import Casebook, CasebookError, Ticket, now_us, where
from afteraction.records.reason_code import REASON_CODES
from afteraction.records.remedy import MEANING, REMEDIES, Remedy
from afteraction.records.settings import Settings, SettingsError, home, load_settings
from afteraction.records.ticket import TicketState, Verdict
from console.masker import masker
from console.text import visible
from console.ticket_page import as_json, page, table, view

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
        shown = view(home(), settings, book, found)
    if format_ is Format.JSON:
        typer.echo(as_json(shown))
    else:
        Console(soft_wrap=True, highlight=False).print(page(shown, now_us()))


@app.command()
def approve(ticket: Id, reviewer: Reviewer = "", reason: Reason = "", reason_code: Code = None) -> None:
    """Approve a ticket of somebody else's action."""
    _decide(ticket, "approved", reviewer=reviewer, reason=reason, code=reason_code)


@app.command()
def deny(
    ticket: Id,
    reviewer: Reviewer = "",
    reason: Reason = "",
    reason_code: Code = None,
    then: Annotated[
        list[str] | None, typer.Option(help=f"What has to be done about it: {', '.join(REMEDIES)}.")
    ] = None,
) -> None:
    """Deny a ticket of somebody else's action."""
    plan = cast("list[Remedy]", then or [])
    _decide(ticket, "denied", reviewer=reviewer, reason=reason, code=reason_code, plan=plan)


@app.command("remediate")
def remediate_(
    ticket: Id,
    remedy: Annotated[
        str,
        typer.Argument(
            help="; ".join(f"{one}: {meaning}" for one, meaning in MEANING.items()) + ".", metavar="REMEDY"
        ),
    ],
    evidence: Annotated[str, typer.Option(help="What shows that it was done; kept masked.")],
    reviewer: Reviewer = "",
    link: Annotated[str, typer.Option(help="Where more of it is (https://…).")] = "",
) -> None:
    """Record that something was done about a denied ticket."""
    with _errors():
        settings, book = _opened()
        remediate(
            book, settings, ticket, cast("Remedy", remedy), actor=_named(reviewer), evidence=evidence,
            mask=masker(home(), settings), link=link, channel="cli",
        )  # fmt: skip
    typer.echo(f"{ticket}: {remedy} recorded")
    Audit(home(), settings).record_decisions()


@app.command("reopen")
def reopen_(ticket: Id, reviewer: Reviewer = "", reason: Reason = "") -> None:
    """Open the next version of a decided ticket; what was decided stays as it is."""
    with _errors():
        settings, book = _opened()
        opened = reopen(book, settings, ticket, reviewer=_named(reviewer), reason=reason, channel="cli")
    typer.echo(f"{opened.ticket_id} opened; {ticket} stays as it was decided")
    Audit(home(), settings).record_decisions()


@app.command("break-glass")
def break_glass_(ticket: Id, reviewer: Reviewer = "", reason: Reason = "") -> None:
    """In an emergency, approve a waiting action alone; others judge it on a ticket that opens with it."""
    with _errors():
        settings, book = _opened()
        made = break_glass(book, settings, ticket, reviewer=_named(reviewer), reason=reason, channel="cli")
    typer.echo(f"{made.ticket_id} approved by {visible(made.person)} alone; a ticket for others opened")
    Audit(home(), settings).record_decisions()


@app.command()
def original(
    ticket: Id,
    reviewer: Reviewer = "",
    reason: Reason = "",
    action: Annotated[
        str | None, typer.Option(help="Which of its actions; left out: the riskiest.", metavar="ACTION")
    ] = None,
) -> None:
    """Print what an action of the ticket sent and got, unmasked; that you did is kept, with the reason."""
    with _errors():
        settings, book = _opened()
        found = _found(book, ticket)
        wanted = action or found.action_id
        permit(book, settings, ticket, wanted, reviewer=_named(reviewer), reason=reason, channel="cli")
        read = Audit(home(), settings).original(found.session_key, wanted)
        if read is None:
            raise NotDecidedError(f"{wanted}: the lake does not hold its original any more")
    for name, text in zip(("arguments", "result"), read, strict=True):
        typer.echo(f"{name}:")
        typer.echo("not in the log" if text is None else "\n".join(map(visible, text.split("\n"))))


@app.command("sweep")
def sweep_() -> None:
    """Escalate and expire what is due by now; each audit does so, too."""
    with _errors():
        settings, book = _opened()
        moved = sweep(book, settings)
    typer.echo("\n".join(moved) or "nothing was due")
    if moved:
        Audit(home(), settings).record_decisions()


def _named(reviewer: str) -> str:
    if not reviewer:
        raise NotDecidedError("reviewer: found none; say who you are with --as or AFTERACTION_REVIEWER")
    return reviewer


def _decide(
    ticket: str,
    verdict: Verdict,
    *,
    reviewer: str,
    reason: str,
    code: str | None,
    plan: Sequence[Remedy] = (),
) -> None:
    with _errors():
        account = _named(reviewer)
        settings, book = _opened()
        try:
            made = decide(
                book, settings, ticket, verdict, reviewer=account, reason=reason, reason_code=code,
                channel="cli", plan=tuple(plan),
            )  # fmt: skip
            said = f"{made.ticket_id} {made.verdict} by {visible(made.person)} ({made.decision_id})"
        except MorePeopleError as one:
            said = visible(one)
    typer.echo(said)
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
