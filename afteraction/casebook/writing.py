"""One write transaction: every method that changes something takes the audit entry and writes both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select, update

from afteraction.casebook import reading, tables
from afteraction.casebook.errors import Conflict
from afteraction.casebook.rows import Decision, Entry, Event, Grant, Ticket
from afteraction.records.ticket import TicketKind, TicketState

Rows = tuple[tuple[Any, ...], ...]


class Identities(msgspec.Struct, frozen=True):
    """Everybody that is configured, as sorted rows of the identity tables (columns in table order)."""

    agents: Rows = ()
    principals: Rows = ()
    accounts: Rows = ()
    delegations: Rows = ()


class Writing:
    """An open write transaction; nothing of it is seen by others until it ends without an error."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last, self._latest = reading.last_event(connection)

    def clock(self, now: int) -> int:
        """`now`, or the latest time already on record if the clock was set back since."""
        return max(now, self._latest)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """The ticket as it stays until this transaction ends."""
        return reading.ticket(self._connection, ticket_id)

    def tickets_of(self, concerns: Sequence[str]) -> list[Ticket]:
        """Every version of these concerns, oldest version first."""
        return reading.tickets_of(self._connection, concerns)

    def overdue(self, kind: TicketKind, at: int) -> list[Ticket]:
        """Open tickets of this kind whose due time has come, oldest first."""
        return reading.overdue(self._connection, kind, at)

    def waiting(self) -> list[Ticket]:
        """Open tickets of every kind, the next one due first."""
        return reading.tickets_in(self._connection, "open")

    def events_of(self, ticket_id: str) -> list[Event]:
        """One ticket's audit trail, oldest first."""
        return reading.events_of(self._connection, ticket_id)

    def decision(self, ticket_id: str) -> Decision | None:
        """The one decision on this ticket."""
        return reading.decision(self._connection, ticket_id)

    def grant(self, ticket_id: str) -> Grant | None:
        """The one grant that this ticket's approval minted."""
        return reading.grant(self._connection, ticket_id)

    def note(self, ticket: Ticket, entry: Entry) -> None:
        """Something happened that leaves the ticket as it is (a refused attempt)."""
        self._append([(ticket.ticket_id, ticket.state, entry)])

    def open(self, opened: Iterable[tuple[Ticket, Entry]]) -> None:
        """New tickets, each with its entry."""
        pairs = list(opened)
        if pairs:
            self._connection.execute(insert(tables.tickets), [_stored(ticket) for ticket, _ in pairs])
            self._append([(ticket.ticket_id, ticket.state, entry) for ticket, entry in pairs])

    def move(self, ticket: Ticket, to: TicketState, entry: Entry) -> None:
        """The ticket leaves the state it was read in; raises `Conflict` if it has left it already."""
        columns = tables.tickets.c
        change = (
            update(tables.tickets)
            .where(columns.ticket_id == ticket.ticket_id, columns.state == ticket.state)
            .values(state=to, closed_at=entry.at)
            .returning(columns.ticket_id)
        )
        if self._connection.execute(change).first() is None:
            raise Conflict(f"{ticket.ticket_id} is no longer {ticket.state}")
        self._append([(ticket.ticket_id, to, entry)])

    def settle(self, ticket: Ticket, decision: Decision, grant: Grant | None, entry: Entry) -> None:
        """A person's verdict: decision, grant, the ticket's new state and the entry, all or nothing."""
        self.move(ticket, decision.verdict, entry)
        self._connection.execute(insert(tables.decisions), msgspec.structs.asdict(decision))
        if grant is not None:
            self._connection.execute(insert(tables.grants), msgspec.structs.asdict(grant))

    def consume(self, ticket: Ticket, digest: str, entry: Entry) -> bool:
        """Uses up the grant if bound to `digest`, unexpired at `entry.at` and unused: compare and set."""
        columns = tables.grants.c
        change = (
            update(tables.grants)
            .where(columns.ticket_id == ticket.ticket_id, columns.digest == digest)
            .where(columns.consumed_at.is_(None), columns.expires_at > entry.at)
            .values(consumed_at=entry.at)
            .returning(columns.grant_id)
        )
        used = self._connection.execute(change).first() is not None
        if used:
            self._append([(ticket.ticket_id, ticket.state, entry)])
        return used

    def identities(self, wanted: Identities, entry: Entry) -> bool:
        """Replaces who is who; writes nothing (and says False) when it is the same already."""
        changes = {name: _changes(self._connection, table, rows) for name, table, rows in _kinds(wanted)}
        if not any(added or removed for added, removed in changes.values()):
            return False
        for name, table, rows in _kinds(wanted):
            if any(changes[name]):
                _replace(self._connection, table, rows)
        details = {
            name: {"added": added, "removed": removed}
            for name, (added, removed) in changes.items()
            if added or removed
        }
        self._append([(None, None, msgspec.structs.replace(entry, details={**entry.details, **details}))])
        return True

    def _append(self, lines: Sequence[tuple[str | None, str | None, Entry]]) -> None:
        rows = [
            {
                "event_id": self._last + number,
                "ticket_id": ticket_id,
                "event": entry.event,
                "state": state,
                "actor": entry.actor,
                "at": entry.at,
                "details": json.dumps(entry.details, sort_keys=True),
            }
            for number, (ticket_id, state, entry) in enumerate(lines, start=1)
        ]
        self._connection.execute(insert(tables.ticket_events), rows)
        self._last += len(rows)


def _stored(ticket: Ticket) -> dict[str, Any]:
    values = msgspec.structs.asdict(ticket)
    return {name: json.dumps(value) if name in reading.LISTS else value for name, value in values.items()}


def _kinds(wanted: Identities) -> tuple[tuple[str, Table, Rows], ...]:
    return (
        ("agents", tables.agents, wanted.agents),
        ("principals", tables.principals, wanted.principals),
        ("accounts", tables.accounts, wanted.accounts),
        ("delegations", tables.delegations, wanted.delegations),
    )


def _changes(connection: Connection, table: Table, rows: Rows) -> tuple[list[Any], list[Any]]:
    """Rows that are new and rows that go, in order."""
    before = {tuple(row) for row in connection.execute(select(*table.columns))}
    after = set(rows)
    return sorted(after - before, key=repr), sorted(before - after, key=repr)


def _replace(connection: Connection, table: Table, rows: Rows) -> None:
    names = [column.name for column in table.columns]
    connection.execute(delete(table))
    if rows:
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
