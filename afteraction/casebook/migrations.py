"""The schema's version and the way forward from an older one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, func, insert, inspect, select, text

from afteraction.casebook import tables
from afteraction.casebook.errors import CasebookError
from afteraction.casebook.rows import now_us

Step = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    tables.metadata.create_all(connection)


def _reason_codes_and_random_audits(connection: Connection) -> None:
    if "propensity" in {column["name"] for column in inspect(connection).get_columns("tickets")}:
        return
    postgresql = connection.dialect.name == "postgresql"
    kept = "tickets: this record is kept as it was written"
    for statement in (
        "ALTER TABLE decisions ADD COLUMN reason_code TEXT",
        f"ALTER TABLE tickets ADD COLUMN propensity {'DOUBLE PRECISION' if postgresql else 'REAL'}",
        "CREATE TRIGGER keep_propensity BEFORE UPDATE OF propensity ON tickets FOR EACH ROW "
        + ("EXECUTE FUNCTION casebook_keep()" if postgresql else f"BEGIN SELECT RAISE(ABORT, '{kept}'); END"),
    ):
        connection.execute(text(statement))


def _alike_tickets(connection: Connection) -> None:
    connection.execute(
        text("CREATE INDEX IF NOT EXISTS tickets_by_cause ON tickets (cause, agent_id, state, closed_at)")
    )


def _outbox(connection: Connection) -> None:
    if inspect(connection).has_table("outbox_positions"):
        return
    for column in ("event_id", "due_at", "lease_until", "dead_at"):
        kind = "BIGINT" if connection.dialect.name == "postgresql" else "INTEGER"
        connection.execute(text(f"ALTER TABLE outbox ADD COLUMN {column} {kind}"))
    for column in ("receipt", "error"):
        connection.execute(text(f"ALTER TABLE outbox ADD COLUMN {column} TEXT"))
    connection.execute(text("CREATE UNIQUE INDEX one_message_per_event ON outbox (event_id, channel)"))
    kind, end = ("BIGINT", "") if connection.dialect.name == "postgresql" else ("INTEGER", " STRICT")
    columns = f"channel TEXT NOT NULL PRIMARY KEY, event_id {kind} NOT NULL"
    connection.execute(text(f"CREATE TABLE outbox_positions ({columns}){end}"))


#: Step n brings a casebook from version n-1 to n. Released steps never change; a step that follows the
#: first must spell out its own DDL and leave a new casebook (made by `_first`) as it is.
STEPS: Final[tuple[Step, ...]] = (_first, _reason_codes_and_random_audits, _alike_tickets, _outbox)


def found_version(connection: Connection) -> int:
    """The version of this casebook, 0 when it is empty."""
    if not inspect(connection).has_table(tables.version.name):
        return 0
    return connection.scalar(select(func.max(tables.version.c.version))) or 0


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Brings the schema to the newest version inside the caller's transaction.

    Raises `CasebookError` when a newer program wrote this casebook.
    """
    found = found_version(connection)
    if found > len(steps):
        raise CasebookError(
            f"casebook: found schema version {found}, expected at most {len(steps)}; upgrade Afteraction"
        )
    for number, step in enumerate(steps[found:], start=found + 1):
        step(connection)
        connection.execute(insert(tables.version).values(version=number, applied_at=now_us()))
