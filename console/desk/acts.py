"""What the desk's other forms do: several tickets at once, remedies, opening once more, breaking glass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from afteraction.approvals.aftermath import remediate, reopen
from afteraction.approvals.decide import MorePeopleError, NotDecidedError, decide
from afteraction.approvals.glass import break_glass
from afteraction.casebook import Casebook, Ticket
from afteraction.records.remedy import Remedy
from afteraction.records.settings import Settings
from afteraction.records.ticket import Verdict
from console.desk.reading import Batch, unread
from console.masker import masker

VERDICTS: Final[Mapping[str, Verdict]] = {"approve": "approved", "deny": "denied"}
_CHANNEL: Final = "desk"


@dataclass(frozen=True)
class Desk:
    """Where a form is worked on."""

    home: Path
    settings: Settings
    book: Casebook


Work = Callable[[Desk, Ticket, str, Mapping[str, str]], str]


def record_remedy(desk: Desk, ticket: Ticket, account: str, fields: Mapping[str, str]) -> str:
    """Record what was done about a denied ticket; gives the id of the ticket to show."""
    remedy, mask = cast("Remedy", fields.get("remedy", "")), masker(desk.home, desk.settings)
    remediate(
        desk.book, desk.settings, ticket.ticket_id, remedy, actor=account, channel=_CHANNEL, mask=mask,
        evidence=fields.get("evidence", ""), link=fields.get("link", ""),
    )  # fmt: skip
    return ticket.ticket_id


def reopen_ticket(desk: Desk, ticket: Ticket, account: str, fields: Mapping[str, str]) -> str:
    """Open the next version of a decided ticket; gives its id."""
    said = fields.get("reason", "")
    opened = reopen(
        desk.book, desk.settings, ticket.ticket_id, reviewer=account, reason=said, channel=_CHANNEL
    )
    return opened.ticket_id


def break_open(desk: Desk, ticket: Ticket, account: str, fields: Mapping[str, str]) -> str:
    """Break glass on a waiting action; gives the id of its ticket."""
    said = fields.get("reason", "")
    break_glass(desk.book, desk.settings, ticket.ticket_id, reviewer=account, reason=said, channel=_CHANNEL)
    return ticket.ticket_id


def decide_batch(
    settings: Settings, book: Casebook, shown: Batch, account: str, fields: Mapping[str, str]
) -> list[str]:
    """Decides on each ticket that the form names with the digest of what was on the page, one by one.

    Returns what went wrong, by ticket; the others are decided. Nothing is, where no verdict was given.
    """
    verdict = VERDICTS.get(fields.get("verdict", ""))
    if verdict is None:
        return ["verdict: found none, expected approve or deny"]
    chosen = {
        name.removeprefix("take-"): digest for name, digest in fields.items() if name.startswith("take-")
    }
    if not chosen:
        return ["found no ticket that is ticked; tick those that you decide on"]
    return list(_each(settings, book, shown, account, fields, verdict, chosen))


def _each(  # noqa: PLR0917
    settings: Settings,
    book: Casebook,
    shown: Batch,
    account: str,
    fields: Mapping[str, str],
    verdict: Verdict,
    chosen: Mapping[str, str],
) -> Iterator[str]:
    seen = {one.ticket_id: (content, unread(evidence)) for one, evidence, content in shown.tickets}
    for ticket_id, digest in chosen.items():
        content, missing = seen.get(ticket_id, ("", None))
        if content != digest:
            yield f"{ticket_id[:80]} is no longer the one that you read; read it again"
        elif verdict == "approved" and missing:
            yield f"{ticket_id}: nobody can approve here: {missing}"
        else:
            try:
                decide(
                    book, settings, ticket_id, verdict, reviewer=account, reason=fields.get("reason", ""),
                    reason_code=fields.get("reason_code") or None, channel=_CHANNEL,
                )  # fmt: skip
            except MorePeopleError:
                continue
            except NotDecidedError as error:
                yield str(error)
