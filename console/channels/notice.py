"""What a channel is told: a ticket's state in a few plain words, masked, with a link to the desk."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec

from afteraction.casebook.outbox import Message

_LONGEST: Final = 300
_TOLD: Final = {
    "opened": "waits for a person",
    "reopened": "waits for a person again",
    "escalated": "waits for too long; the next group may decide, too",
    "approved": "was approved",
    "denied": "was denied",
    "expired": "expired; the action did not run",
    "superseded": "grew; its next version waits",
    "endorsed": "was approved by one; more people must",
    "broke_glass": "was let through by breaking glass",
    "remediated": "was followed up",
}


class TryLaterError(RuntimeError):
    """The channel could not take it now; `after` is how many seconds it asks to be left alone."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class NotTakenError(RuntimeError):
    """The channel will never take this: its secret, address or settings are wrong."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message. All texts are plain: no control, direction or invisible characters, 300 at most."""

    message_id: int
    event: str
    ticket: str
    concern: str
    state: str
    level: str
    risk: float | None
    title: str
    agent: str
    tool: str
    on_behalf_of: str
    due: str
    said: str
    actor: str
    link: str | None
    open: bool
    receipt: str | None = None

    @property
    def headline(self) -> str:
        """The ticket and what became of it."""
        return f"Ticket {self.ticket} {self.said}"

    def facts(self) -> list[tuple[str, str]]:
        """What else there is to say, in order; empty ones left out."""
        risk = "" if self.risk is None else f"{self.risk:.2f} ({self.level})"
        named = [
            ("What", self.title),
            ("Risk", risk),
            ("Agent", self.agent),
            ("For", self.on_behalf_of),
            ("Tool", self.tool),
            ("Due", self.due if self.open else ""),
            ("By", "" if self.open else self.actor),
        ]
        return [(name, value) for name, value in named if value]


def notice(message: Message, desk: str | None) -> Notice:
    """The message for people; `desk` is the URL under which they reach the desk."""
    ticket, event = message.ticket, message.event
    return Notice(
        message_id=message.message_id,
        event=event.event,
        ticket=plain(ticket.ticket_id),
        concern=plain(ticket.concern),
        state=event.state or ticket.state,
        level=ticket.level or "none",
        risk=ticket.risk,
        title=plain(ticket.title),
        agent=plain(ticket.agent_id),
        tool=plain(ticket.tool),
        on_behalf_of=plain(ticket.on_behalf_of),
        due=datetime.fromtimestamp(ticket.due_at / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        said=_TOLD.get(event.event, event.event.replace("_", " ")),
        actor=plain(event.actor),
        link=None if not desk else f"{desk.rstrip('/')}/tickets/{quote(ticket.ticket_id, safe='')}",
        open=(event.state or ticket.state) == "open",
        receipt=message.receipt,
    )


def plain(text: str | None) -> str:
    """Text that neither hides nor turns anything, on one line."""
    kept = "".join(
        " " if unicodedata.category(one) in {"Cc", "Zl", "Zp"} else one
        for one in (text or "")
        if unicodedata.category(one) not in {"Cf", "Cs", "Co"}
    )
    return " ".join(kept.split())[:_LONGEST]
