"""The casebook: open it, read frames from it, write to it in transactions that carry their audit entry."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Engine, and_, func, select
from sqlalchemy.exc import DBAPIError

from afteraction.casebook import outbox, reading, tables
from afteraction.casebook.engine import engine_for, lock_for_writing
from afteraction.casebook.errors import CasebookError
from afteraction.casebook.migrations import STEPS, found_version, migrate
from afteraction.casebook.rows import Decision, Event, Grant, Ticket
from afteraction.casebook.writing import Writing
from afteraction.records.identity import AGENTS, DELEGATIONS, PRINCIPALS
from afteraction.records.reason_code import REASON_CODES
from afteraction.records.settings import Settings
from afteraction.records.ticket import DECISIONS, GRANTS, TICKET_EVENTS, TICKETS, TicketState


def where(home: Path, settings: Settings) -> str | Path:
    """`$AFTERACTION_CASEBOOK_URL`, else `casebook_url` of the settings, else `casebook.sqlite` in `home`."""
    return os.environ.get("AFTERACTION_CASEBOOK_URL") or settings.casebook_url or home / "casebook.sqlite"


class Casebook:
    """Tickets, decisions, grants and identities; safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine
        self._writer = engine.execution_options(casebook_writes=True)

    @classmethod
    def open(cls, where: str | Path) -> Casebook:
        """The casebook at a file path or PostgreSQL URL, made or brought forward to this version.

        Raises `CasebookError` when a newer program wrote it, `where` is neither or it cannot be reached.
        """
        book = cls(engine_for(where))
        with book._read() as connection:
            current = found_version(connection) == len(STEPS)
        if not current:
            with book._write() as connection:
                migrate(connection)
        return book

    def __repr__(self) -> str:
        return f"Casebook({self._reader.url.render_as_string(hide_password=True)})"

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The one write transaction at a time; commits at the end, rolls back on an error."""
        with self._write() as connection:
            yield Writing(connection)

    def fan_out(self, wanted: Mapping[str, outbox.Wanted], at: int) -> int:
        """Queue what channels want to be told (`outbox.fan_out`)."""
        with self._write() as connection:
            return outbox.fan_out(connection, wanted, at)

    def claim(self, channels: list[str], at: int, until: int) -> outbox.Message | None:
        """The next message that is due (`outbox.claim`)."""
        with self._write() as connection:
            return outbox.claim(connection, channels, at, until)

    def settled(self, message_id: int, at: int, receipt: str | None) -> None:
        """A channel took this message, and gave `receipt` for it."""
        with self._write() as connection:
            outbox.settled(connection, message_id, at, receipt)

    def failed(self, message_id: int, error: str, at: int, again: int | None) -> None:
        """A channel did not take this message (`outbox.failed`)."""
        with self._write() as connection:
            outbox.failed(connection, message_id, error, at, again)

    def undelivered(self) -> list[tuple[str, str, int, str | None, bool]]:
        """What no channel took yet (`outbox.undelivered`)."""
        with self._read() as connection:
            return outbox.undelivered(connection)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket by its exact id."""
        with self._read() as connection:
            return reading.ticket(connection, ticket_id)

    def search(self, state: TicketState | None = None) -> list[Ticket]:
        """Tickets in this state (None: all), the next one due first."""
        with self._read() as connection:
            return reading.tickets_in(connection, state)

    def decided_alike(self, to: Ticket, limit: int) -> list[tuple[Ticket, Decision]]:
        """What people decided last on the same cause, the same agent's tickets first."""
        with self._read() as connection:
            return reading.decided_alike(connection, to, limit)

    def open_alike(self, to: Ticket, limit: int) -> list[Ticket]:
        """Open tickets that differ from this one in session, target and time only, the next one due first."""
        with self._read() as connection:
            return reading.open_alike(connection, to, limit)

    def known(self, concerns: Sequence[str]) -> set[str]:
        """Those of these concerns that have a ticket, in whatever state."""
        with self._read() as connection:
            return {one.concern for one in reading.tickets_of(connection, concerns)}

    def last_event(self) -> int:
        """The id of the newest audit event, 0 before the first."""
        with self._read() as connection:
            return reading.last_event(connection)[0]

    def events_of(self, ticket_id: str) -> list[Event]:
        """One ticket's audit trail, oldest first."""
        with self._read() as connection:
            return reading.events_of(connection, ticket_id)

    def decision(self, ticket_id: str) -> Decision | None:
        """The decision on this ticket, if a person made one."""
        with self._read() as connection:
            return reading.decision(connection, ticket_id)

    def decided(self) -> int:
        """How many decisions there are."""
        with self._read() as connection:
            return connection.scalar(select(func.count()).select_from(tables.decisions)) or 0

    def grant(self, ticket_id: str) -> Grant | None:
        """The grant of this ticket's approval, if there is one."""
        with self._read() as connection:
            return reading.grant(connection, ticket_id)

    def events_after(self, event_id: int = 0, limit: int | None = None) -> list[Event]:
        """Audit events with a larger id, in the order in which they were committed."""
        with self._read() as connection:
            return reading.events(connection, event_id, limit)

    def tickets(self) -> pl.DataFrame:
        """All tickets (`TICKETS`)."""
        with self._read() as connection:
            return reading.frame(connection, tables.tickets, TICKETS).sort("opened_at", "ticket_id")

    def decisions(self) -> pl.DataFrame:
        """All decisions (`DECISIONS`)."""
        stored = {name: kind for name, kind in DECISIONS.items() if name != "disposition"}
        with self._read() as connection:
            found = reading.frame(connection, tables.decisions, stored).sort("decided_at", "decision_id")
        told = {one.code: one.disposition for one in REASON_CODES}
        disposition = pl.col("reason_code").replace_strict(told, default=None, return_dtype=pl.String)
        return found.with_columns(disposition=disposition).select(*DECISIONS)

    def grants(self) -> pl.DataFrame:
        """All grants (`GRANTS`)."""
        with self._read() as connection:
            return reading.frame(connection, tables.grants, GRANTS).sort("minted_at", "grant_id")

    def ticket_events(self) -> pl.DataFrame:
        """The whole audit trail (`TICKET_EVENTS`)."""
        with self._read() as connection:
            return reading.frame(connection, tables.ticket_events, TICKET_EVENTS).sort("event_id")

    def ticket_actions(self) -> pl.DataFrame:
        """One row per action of a ticket (its id, state, session, agent, propensity), with what was decided.

        `person`, `reason_code` and `decided_at` are null where nobody decided; `actions` is how many actions
        the ticket holds.
        """
        names = ("ticket_id", "state", "session_key", "agent_id", "propensity")
        ids = pl.col("action_ids").str.json_decode(pl.List(pl.String()))
        found = self.tickets().select(*names, ids, actions=ids.list.len())
        said = self.decisions().select("ticket_id", "person", "reason_code", "decided_at")
        found = found.join(said, on="ticket_id", how="left", maintain_order="left")
        return found.explode("action_ids").rename({"action_ids": "action_id"})

    def agents(self) -> pl.DataFrame:
        """Registered agents (`AGENTS`)."""
        with self._read() as connection:
            return reading.frame(connection, tables.agents, AGENTS).sort("agent_id")

    def principals(self) -> pl.DataFrame:
        """People and their accounts (`PRINCIPALS`)."""
        people, accounts = tables.principals.c, tables.accounts.c
        query = select(
            people.person,
            accounts.account,
            accounts.account_key,
            people.active,
            people.can_approve,
            people.groups,
        ).join(tables.accounts, and_(accounts.person == people.person))
        with self._read() as connection:
            return reading.frame(connection, query, PRINCIPALS).sort("person", "account")

    def delegations(self) -> pl.DataFrame:
        """Who acts because of whom (`DELEGATIONS`)."""
        with self._read() as connection:
            return reading.frame(connection, tables.delegations, DELEGATIONS).sort("delegate", "delegator")

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _said(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _said(), self._writer.begin() as connection:
            lock_for_writing(connection)
            yield connection


@contextmanager
def _said() -> Iterator[None]:
    """What the database says, without statements or values: they may hold what a person wrote."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()
        raise CasebookError(f"casebook: {said[0] if said else type(error.orig).__name__}") from error
