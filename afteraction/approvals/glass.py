"""Breaking glass: in an emergency one person approves a waiting action alone, and others judge that later."""

from __future__ import annotations

from typing import Final

import msgspec

from afteraction.approvals.binding import content_digest
from afteraction.approvals.decide import Ask, NotDecidedError, closed, reasoned, refuse, settle
from afteraction.approvals.directory import Directory, identities
from afteraction.approvals.duty import Standing, Vote, standing
from afteraction.approvals.retroactive import concern_of, due
from afteraction.approvals.separation import Allowed, Refused, judge
from afteraction.approvals.states import step
from afteraction.casebook import Casebook, Decision, Entry, Ticket, Writing, now_us
from afteraction.records.settings import Settings

CAUSE: Final = "break_glass"
BROKE: Final = "broke_glass"


def break_glass(
    casebook: Casebook,
    settings: Settings,
    ticket_id: str,
    *,
    reviewer: str,
    reason: str,
    channel: str,
    now: int | None = None,
) -> Decision:
    """Approves a live ticket without quorum, group and hours, and opens a retroactive ticket of that.

    Only people in the group `review.break_glass` can, and who had a part in the action cannot: separation of
    duties is not lifted. The new ticket is critical, and its actor counts as one who asked for the action,
    so that others close it. Raises `NotDecidedError`. `now` in µs, UTC.
    """
    directory = Directory.of(settings)
    said = reasoned("approved", reason)
    with casebook.writing() as writing:
        at = writing.clock(now_us() if now is None else now)
        writing.identities(identities(settings), Entry(event="identities_changed", actor="settings", at=at))
        outcome = _break(writing, ticket_id, Ask("approved", reviewer, said, None, channel, at, directory))
    if isinstance(outcome, NotDecidedError):
        raise outcome
    return outcome


def may_break(ticket: Ticket, directory: Directory, reviewer: str, now: Standing) -> bool:
    """Whether this reviewer could break glass on this ticket."""
    if ticket.kind != "live" or ticket.state != "open":
        return False
    judged = judge(ticket, directory, reviewer, now, "none")
    return isinstance(judged, Allowed) and _unentitled(judged, directory) is None


def _break(writing: Writing, ticket_id: str, ask: Ask) -> Decision | NotDecidedError:
    ticket = writing.ticket(ticket_id)
    if ticket is None:
        return NotDecidedError(f"ticket {ticket_id!r} is not in the casebook; see: afteraction tickets list")
    if ticket.kind != "live":
        return NotDecidedError(f"{ticket_id}: glass is broken for an action that waits; this one already ran")
    if (shut := closed(writing, ticket, ask)) is not None:
        return shut
    now = standing(writing.events_of(ticket_id), ask.at)
    judged = judge(ticket, ask.directory, ask.reviewer, now, "none")
    if isinstance(judged, Allowed) and (why := _unentitled(judged, ask.directory)) is not None:
        judged = Refused((why,))
    if isinstance(judged, Refused):
        return refuse(writing, ticket, ask, judged, now)
    decision = settle(
        writing,
        ticket,
        ask,
        judged,
        (Vote(judged.person),),
        event=step(BROKE, ticket.state, ticket.kind).event,
    )
    _review(writing, ticket, ask, judged.person)
    return decision


def _unentitled(allowed: Allowed, directory: Directory) -> str | None:
    group, person = directory.settings.review.break_glass, directory.named(allowed.person)
    if group is None:
        return "nobody may break glass (review.break_glass names no group)"
    if allowed.instead_of is not None or person is None or group not in person.groups:
        return f"{allowed.person} is not in {group}, whose people may break glass"
    return None


def _review(writing: Writing, ticket: Ticket, ask: Ask, person: str) -> None:
    """The ticket on which others say what they think of it."""
    concern = concern_of(ticket.session_key, f"{CAUSE}:{ticket.ticket_id}")
    opened = msgspec.structs.replace(
        ticket,
        ticket_id=concern,
        concern=concern,
        version=1,
        kind="retroactive",
        cause=CAUSE,
        title=f"Glass was broken for {ticket.ticket_id}: {ticket.title}",
        requesters=tuple(sorted({*ticket.requesters, person})),
        level="critical",
        propensity=None,
        opened_at=ask.at,
        due_at=due("critical", ask.directory.settings, ask.at),
    )
    details = {
        "content_sha256": content_digest(opened),
        "due_at": opened.due_at,
        "glass_broken_for": ticket.ticket_id,
    }
    event = step("opened", None, opened.kind).event
    writing.open([(opened, Entry(event=event, actor=person, at=ask.at, details=details))])
