"""The outbox: what channels still have to be told of tickets, at least once and never by two at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from afteraction.casebook import reading, tables
from afteraction.casebook.rows import Event, Ticket

#: From when on a channel is to be told of an event (µs, UTC); None: not at all.
Wanted = Callable[[Event, Ticket], int | None]
#: Events that are looked at in one transaction.
_MOST: Final = 500
_out = tables.outbox.c


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell one channel. `attempts` counts this one; `receipt` is what the channel gave for the
    last message about the same concern, so that it can change that instead of sending another.
    """

    message_id: int
    channel: str
    event: Event
    ticket: Ticket
    attempts: int
    receipt: str | None = None


def fan_out(connection: Connection, wanted: Mapping[str, Wanted], at: int) -> int:
    """Queue every event that a channel wants and has not seen; a channel that is new begins with the next.

    The position of a channel and its messages are written in one transaction: nothing is lost or doubled.
    Returns how many messages were queued.
    """
    queued = 0
    newest = reading.last_event(connection)[0]
    known: dict[str, int] = dict(connection.execute(select(tables.outbox_positions)).tuples().all())
    for channel, wants in wanted.items():
        if channel not in known:
            connection.execute(insert(tables.outbox_positions).values(channel=channel, event_id=newest))
            continue
        events = reading.events(connection, known[channel], _MOST)
        for event in events:
            ticket = None if event.ticket_id is None else reading.ticket(connection, event.ticket_id)
            due = None if ticket is None else wants(event, ticket)
            if ticket is not None and due is not None:
                _queue(connection, channel, event, ticket, (at, due))
                queued += 1
        if events:
            moved = update(tables.outbox_positions).where(tables.outbox_positions.c.channel == channel)
            connection.execute(moved.values(event_id=events[-1].event_id))
    return queued


def _queue(
    connection: Connection, channel: str, event: Event, ticket: Ticket, times: tuple[int, int]
) -> None:
    """`times`: when it is queued, and from when on it may be sent."""
    newest = connection.scalar(select(func.max(_out.message_id))) or 0
    row = {
        "message_id": newest + 1,
        "ticket_id": ticket.ticket_id,
        "channel": channel,
        "payload": "",
        "queued_at": times[0],
        "attempts": 0,
        "event_id": event.event_id,
        "due_at": times[1],
    }
    connection.execute(insert(tables.outbox), row)


def claim(connection: Connection, channels: list[str], at: int, until: int) -> Message | None:
    """The next message that is due, held for this deliverer `until` then; None where there is none.

    Messages of one channel about one ticket go in the order in which things happened.
    """
    waiting = _out.sent_at.is_(None) & _out.dead_at.is_(None)
    free = or_(_out.lease_until.is_(None), _out.lease_until <= at)
    other = tables.outbox.alias()
    earlier = (
        select(other.c.message_id)
        .where(other.c.ticket_id == _out.ticket_id, other.c.channel == _out.channel)
        .where(other.c.message_id < _out.message_id, other.c.sent_at.is_(None), other.c.dead_at.is_(None))
    )
    row = connection.execute(
        select(tables.outbox)
        .where(waiting, free, _out.due_at <= at, _out.channel.in_(channels), ~earlier.exists())
        .order_by(_out.due_at, _out.message_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    held = update(tables.outbox).where(_out.message_id == row.message_id)
    connection.execute(held.values(lease_until=until, attempts=row.attempts + 1))
    ticket = reading.ticket(connection, row.ticket_id)
    assert ticket is not None
    event = reading.events(connection, row.event_id - 1, 1)[0]
    return Message(
        message_id=row.message_id,
        channel=row.channel,
        event=event,
        ticket=ticket,
        attempts=row.attempts + 1,
        receipt=_receipt(connection, row.channel, ticket),
    )


def _receipt(connection: Connection, channel: str, ticket: Ticket) -> str | None:
    told = (
        select(_out.receipt)
        .join(tables.tickets, tables.tickets.c.ticket_id == _out.ticket_id)
        .where(tables.tickets.c.concern == ticket.concern, _out.channel == channel, _out.receipt.is_not(None))
        .order_by(_out.message_id.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(told)
    return found


def settled(connection: Connection, message_id: int, at: int, receipt: str | None) -> None:
    """The channel took it."""
    done = update(tables.outbox).where(_out.message_id == message_id)
    connection.execute(done.values(sent_at=at, receipt=receipt, lease_until=None, error=None))


def failed(connection: Connection, message_id: int, error: str, at: int, again: int | None) -> None:
    """The channel did not take it; it is tried `again` then, or never more."""
    then = {"dead_at": at} if again is None else {"due_at": again}
    left = update(tables.outbox).where(_out.message_id == message_id)
    connection.execute(left.values(lease_until=None, error=error[:500], **then))


def undelivered(connection: Connection) -> list[tuple[str, str, int, str | None, bool]]:
    """(channel, ticket, attempts, last error, given up) of what no channel took yet, oldest first."""
    rows = connection.execute(
        select(_out.channel, _out.ticket_id, _out.attempts, _out.error, _out.dead_at.is_not(None))
        .where(_out.sent_at.is_(None))
        .order_by(_out.message_id)
    )
    return [(str(row[0]), str(row[1]), int(row[2]), row[3], bool(row[4])) for row in rows]


__all__ = ["Message", "Wanted", "claim", "failed", "fan_out", "settled", "undelivered"]
