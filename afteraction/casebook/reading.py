"""Reads: rows as frozen types for one ticket, polars frames in the public schemas for whole tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import polars as pl
from sqlalchemy import Connection, RowMapping, Select, Table, func, select

from afteraction.casebook import tables
from afteraction.casebook.rows import Decision, Event, Grant, Ticket
from afteraction.records.ticket import TicketKind, TicketState

Row = TypeVar("Row", Ticket, Decision, Grant, Event)
#: Columns that hold a JSON list and are tuples in the row types.
LISTS: Final = ("action_ids", "agents", "requesters", "owners")
_AT_ONCE: Final = 500


def as_row(kind: type[Row], found: RowMapping) -> Row:
    """One database row as its frozen type."""
    values = {
        str(name): tuple(json.loads(value)) if name in LISTS else value for name, value in found.items()
    }
    return msgspec.convert(values, kind)


def ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """The ticket; writers are one at a time, so inside a write transaction it stays as read."""
    query = select(tables.tickets).where(tables.tickets.c.ticket_id == ticket_id)
    found = connection.execute(query).mappings().first()
    return as_row(Ticket, found) if found else None


def tickets_of(connection: Connection, concerns: Sequence[str]) -> list[Ticket]:
    """Every version of these concerns, oldest version first."""
    found: list[Ticket] = []
    for start in range(0, len(concerns), _AT_ONCE):
        some = concerns[start : start + _AT_ONCE]
        query = select(tables.tickets).where(tables.tickets.c.concern.in_(some))
        found += [as_row(Ticket, row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda one: (one.concern, one.version))


def tickets_in(connection: Connection, state: TicketState | None) -> list[Ticket]:
    """Tickets in this state (None: all), the next one due first."""
    columns = tables.tickets.c
    query = select(tables.tickets).order_by(columns.due_at, columns.ticket_id)
    if state is not None:
        query = query.where(columns.state == state)
    return [as_row(Ticket, row) for row in connection.execute(query).mappings()]


def decided_alike(connection: Connection, to: Ticket, limit: int) -> list[tuple[Ticket, Decision]]:
    """What people decided last on the same cause, the same agent's tickets first."""
    columns = tables.tickets.c
    same = select(tables.tickets).where(columns.cause == to.cause, columns.ticket_id != to.ticket_id)
    decided = same.where(columns.state.in_(("approved", "denied"))).order_by(columns.closed_at.desc())
    own = [as_row(Ticket, row) for row in connection.execute(
        decided.where(columns.agent_id == to.agent_id).limit(limit)).mappings()]  # fmt: skip
    ids = [one.ticket_id for one in own]
    others = connection.execute(decided.where(columns.ticket_id.not_in(ids)).limit(limit - len(own)))
    found = [*own, *(as_row(Ticket, row) for row in others.mappings())]
    pairs = ((one, decision(connection, one.ticket_id)) for one in found)
    return [(one, made) for one, made in pairs if made is not None]


def open_alike(connection: Connection, to: Ticket, limit: int) -> list[Ticket]:
    """Open tickets of the same kind, tenant, agent, cause, tool and level, the next one due first."""
    columns = tables.tickets.c
    query = select(tables.tickets).where(columns.state == "open")
    for name in ("kind", "tenant", "agent_id", "cause", "tool", "level"):
        query = query.where(columns[name].is_not_distinct_from(getattr(to, name)))
    rows = connection.execute(query.order_by(columns.due_at, columns.ticket_id).limit(limit)).mappings()
    return [as_row(Ticket, row) for row in rows]


def overdue(connection: Connection, kind: TicketKind, at: int) -> list[Ticket]:
    """Open tickets of this kind whose due time has come, oldest first."""
    columns = tables.tickets.c
    query = select(tables.tickets).where(columns.state == "open", columns.kind == kind, columns.due_at <= at)
    rows = connection.execute(query.order_by(columns.due_at, columns.ticket_id)).mappings()
    return [as_row(Ticket, row) for row in rows]


def decision(connection: Connection, ticket_id: str) -> Decision | None:
    """The one decision on this ticket."""
    query = select(tables.decisions).where(tables.decisions.c.ticket_id == ticket_id)
    found = connection.execute(query).mappings().first()
    return as_row(Decision, found) if found else None


def grant(connection: Connection, ticket_id: str) -> Grant | None:
    """The one grant that this ticket's approval minted."""
    query = select(tables.grants).where(tables.grants.c.ticket_id == ticket_id)
    found = connection.execute(query).mappings().first()
    return as_row(Grant, found) if found else None


def events(connection: Connection, after: int, limit: int | None) -> list[Event]:
    """Events with a larger id, in order."""
    query = select(tables.ticket_events).where(tables.ticket_events.c.event_id > after)
    query = query.order_by(tables.ticket_events.c.event_id).limit(limit)
    return [as_row(Event, row) for row in connection.execute(query).mappings()]


def events_of(connection: Connection, ticket_id: str) -> list[Event]:
    """One ticket's audit trail, oldest first."""
    columns = tables.ticket_events.c
    query = select(tables.ticket_events).where(columns.ticket_id == ticket_id).order_by(columns.event_id)
    return [as_row(Event, row) for row in connection.execute(query).mappings()]


def last_event(connection: Connection) -> tuple[int, int]:
    """The newest event id and the latest event time, zeros when there is none."""
    columns = tables.ticket_events.c
    row = connection.execute(select(func.max(columns.event_id), func.max(columns.at))).one()
    return (row[0] or 0, row[1] or 0)


def frame(
    connection: Connection, source: Table | Select[Any], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The rows of a table or query in a public schema; integers become times and booleans there."""
    columns = source.c if isinstance(source, Table) else source.selected_columns
    rows = connection.execute(
        select(*(columns[name] for name in schema)) if isinstance(source, Table) else source
    )
    stored = {name: pl.Int64() if _is_integer(kind) else kind for name, kind in schema.items()}
    read = pl.DataFrame([tuple(row) for row in rows], schema=stored, orient="row")
    return read.with_columns(pl.col(name).cast(kind) for name, kind in schema.items())


def _is_integer(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Datetime | pl.Boolean)
