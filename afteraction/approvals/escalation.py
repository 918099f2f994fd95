"""What time alone does to tickets: the next group has its turn, and nobody waits any longer for an action."""

from __future__ import annotations

from afteraction.approvals.decide import expire
from afteraction.approvals.duty import chain, escalates_at, standing
from afteraction.casebook import Casebook, Entry, Ticket, Writing, now_us
from afteraction.records.settings import Settings


def sweep(casebook: Casebook, settings: Settings, now: int | None = None) -> tuple[str, ...]:
    """Expires and escalates what is due by now (µs, UTC); returns the ids of tickets that changed.

    Doing it again changes nothing, so anybody may do it at any time.
    """
    return (*expire(casebook, now), *escalate(casebook, settings, now))


def escalate(casebook: Casebook, settings: Settings, now: int | None = None) -> tuple[str, ...]:
    """Gives open tickets whose time ran to the next group in line; returns their ids. `now` in µs, UTC."""
    at = now_us() if now is None else now
    waiting = casebook.search("open") if settings.reviewer_groups else []
    if not any(_next(one, settings, 0, at) for one in waiting):
        return ()
    with casebook.writing() as writing:
        at = writing.clock(at)
        moved = [one for one in writing.waiting() if _escalate(writing, one, settings, at)]
    return tuple(one.ticket_id for one in moved)


def _escalate(writing: Writing, ticket: Ticket, settings: Settings, at: int) -> bool:
    if not _next(ticket, settings, 0, at):
        return False
    before = so_far = standing(writing.events_of(ticket.ticket_id), at).escalated
    while (to := _next(ticket, settings, so_far, at)) is not None:
        so_far += 1
        writing.note(ticket, Entry(event="escalated", actor="clock", at=at, details={"to": to}))
    return so_far > before


def _next(ticket: Ticket, settings: Settings, escalated: int, at: int) -> str | None:
    """The group whose turn has come, after so many escalations."""
    when = escalates_at(ticket, settings, escalated)
    return None if when is None or at < when else chain(ticket, settings)[escalated + 1].name
