"""The casebook's tables, and the triggers that keep closed tickets, decisions and events as they are."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    DDL,
    REAL,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.engine import Dialect

from afteraction.casebook.rows import storable

metadata: Final = MetaData()
_COUNT: Final = BigInteger().with_variant(Integer(), "sqlite")
_SHARE: Final[Double[float]] = Double().with_variant(REAL(), "sqlite")


class Words(TypeDecorator[str]):
    """Text from anywhere, stored as `storable` makes it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  (its signature)
        """The text as both databases can hold it."""
        return None if value is None else storable(value)


def _table(name: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


def _words(name: str, *, null: bool = False, key: bool = False) -> Column[Any]:
    return Column(name, Words(), nullable=null, primary_key=key)


def _count(name: str, *, null: bool = False, key: bool = False) -> Column[Any]:
    return Column(name, _COUNT, nullable=null, primary_key=key, autoincrement=False)


def _ticket() -> Column[Any]:
    return Column("ticket_id", Words(), ForeignKey("tickets.ticket_id"), nullable=False)


version: Final = _table("casebook_version", _count("version", key=True), _count("applied_at"))

tickets: Final = _table(
    "tickets",
    _words("ticket_id", key=True),
    _words("concern"),
    _count("version"),
    _words("kind"),
    _words("tenant"),
    _words("session_id"),
    _words("session_key"),
    _words("action_id"),
    _words("action_ids"),
    _words("cause"),
    _words("title"),
    _count("opened_at"),
    _count("due_at"),
    _words("state"),
    _count("closed_at", null=True),
    _words("agent_id", null=True),
    _words("on_behalf_of", null=True),
    _words("agents"),
    _words("requesters"),
    _words("owners"),
    _words("tool", null=True),
    _words("target", null=True),
    Column("risk", _SHARE, nullable=True),
    _words("level", null=True),
    _words("args_sha256", null=True),
    _words("bundle_revision", null=True),
    Column("propensity", _SHARE, nullable=True),
    UniqueConstraint("concern", "version"),
)
Index("one_open_per_concern", tickets.c.concern, unique=True,
      sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"))  # fmt: skip
Index("tickets_by_state", tickets.c.state, tickets.c.due_at)

ticket_events: Final = _table(
    "ticket_events",
    _count("event_id", key=True),
    _words("ticket_id", null=True),
    _words("event"),
    _words("state", null=True),
    _words("actor"),
    _count("at"),
    _words("details"),
)
Index("events_of_ticket", ticket_events.c.ticket_id)

decisions: Final = _table(
    "decisions",
    _words("decision_id", key=True),
    _ticket(),
    _words("verdict"),
    _words("reviewer"),
    _words("person"),
    _words("reason_code", null=True),
    _words("reason"),
    _words("channel"),
    _words("args_sha256", null=True),
    _count("decided_at"),
    UniqueConstraint("ticket_id"),
)

grants: Final = _table(
    "grants",
    _words("grant_id", key=True),
    _ticket(),
    _words("digest"),
    _words("nonce"),
    _count("minted_at"),
    _count("expires_at"),
    _count("consumed_at", null=True),
    UniqueConstraint("ticket_id"),
    UniqueConstraint("digest"),
)

agents: Final = _table(
    "agents",
    _words("agent_id", key=True),
    _words("owner"),
    _words("service_account", null=True),
    _words("tools", null=True),
    _words("delegated_by", null=True),
    _words("policy_author", null=True),
)

principals: Final = _table(
    "principals",
    _words("person", key=True),
    _count("active"),
    _count("can_approve"),
    _words("groups"),
)

accounts: Final = _table(
    "accounts",
    _words("person", key=True),
    _words("account", key=True),
    _words("account_key"),
)

delegations: Final = _table("delegations", _words("delegate", key=True), _words("delegator", key=True))

outbox: Final = _table(
    "outbox",
    _count("message_id", key=True),
    _ticket(),
    _words("channel"),
    _words("payload"),
    _count("queued_at"),
    _count("sent_at", null=True),
    _count("attempts"),
    _count("event_id", null=True),
    _count("due_at", null=True),
    _count("lease_until", null=True),
    _words("receipt", null=True),
    _words("error", null=True),
    _count("dead_at", null=True),
)
Index("one_message_per_event", outbox.c.event_id, outbox.c.channel, unique=True)

outbox_positions: Final = _table("outbox_positions", _words("channel", key=True), _count("event_id"))

_BINDING: Final = ", ".join(c.name for c in tickets.columns if c.name not in {"state", "closed_at"})
_MINTED: Final = ", ".join(c.name for c in grants.columns if c.name != "consumed_at")
#: (table, when, condition): the changes that no writer may make, whatever it believes.
_REFUSED: Final = (
    (tickets, "DELETE", ""),
    (tickets, f"UPDATE OF {_BINDING}", ""),
    (tickets, "UPDATE", "WHEN (OLD.state <> 'open')"),
    (ticket_events, "DELETE", ""),
    (ticket_events, "UPDATE", ""),
    (decisions, "DELETE", ""),
    (decisions, "UPDATE", ""),
    (grants, "DELETE", ""),
    (grants, f"UPDATE OF {_MINTED}", ""),
    (grants, "UPDATE", "WHEN (OLD.consumed_at IS NOT NULL)"),
)


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]  # the library left it untyped


def _guard(number: int, table: Table, when: str, condition: str) -> None:
    message = f"{table.name}: this record is kept as it was written"
    head = f"CREATE TRIGGER keep_{number}_{table.name} BEFORE {when} ON {table.name} FOR EACH ROW {condition}"
    sqlite = _ddl(f"{head} BEGIN SELECT RAISE(ABORT, '{message}'); END")
    postgresql = _ddl(f"{head} EXECUTE FUNCTION casebook_keep()")
    event.listen(table, "after_create", sqlite.execute_if(dialect="sqlite"))
    event.listen(table, "after_create", postgresql.execute_if(dialect="postgresql"))


def _guards() -> None:
    function = _ddl(
        "CREATE OR REPLACE FUNCTION casebook_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ': this record is kept as it was written'; END $$"
    )
    event.listen(metadata, "before_create", function.execute_if(dialect="postgresql"))
    for number, (table, when, condition) in enumerate(_REFUSED):
        _guard(number, table, when, condition)


_guards()
