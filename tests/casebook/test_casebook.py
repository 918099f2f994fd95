"""The casebook keeps what it is told, shows it in the public schemas and refuses to rewrite the past."""

from __future__ import annotations

import json
import sqlite3
import stat

import msgspec
import polars as pl
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from afteraction.casebook import (
    Casebook,
    CasebookError,
    Conflict,
    Decision,
    Entry,
    Grant,
    Identities,
    Ticket,
    where,
)
from afteraction.casebook.engine import engine_for
from afteraction.casebook.migrations import STEPS, migrate
from afteraction.records.identity import AGENTS, DELEGATIONS, PRINCIPALS
from afteraction.records.settings import Settings
from afteraction.records.ticket import DECISIONS, GRANTS, TICKET_EVENTS, TICKETS

TICKET = Ticket(
    ticket_id="T-1",
    concern="T-1",
    version=1,
    kind="retroactive",
    tenant="acme",
    session_id="s-1",
    session_key="ses_1",
    action_id="act_1",
    action_ids=("act_1", "act_2"),
    cause="secret-sent",
    title="A key was sent to paste.example",
    opened_at=1_000,
    due_at=9_000,
    agents=("bot",),
    risk=0.75,
)
DECISION = Decision(
    decision_id="D-1",
    ticket_id="T-1",
    verdict="approved",
    reviewer="carol@example.com",
    person="carol",
    reason="known test key",
    channel="cli",
    args_sha256=None,
    decided_at=2_000,
)
GRANT = Grant(grant_id="G-1", ticket_id="T-1", digest="d", nonce="n", minted_at=2_000, expires_at=5_000)


def entry(event: str = "opened", at: int = 1_000) -> Entry:
    return Entry(event=event, actor="audit", at=at, details={"n": 1})


def writer(casebook_at: str) -> Engine:
    return engine_for(casebook_at).execution_options(casebook_writes=True)


@pytest.fixture
def book(casebook_at: str) -> Casebook:
    made = Casebook.open(casebook_at)
    with made.writing() as writing:
        writing.open([(TICKET, entry())])
    return made


def test_an_empty_casebook_has_every_public_column(casebook_at):
    book = Casebook.open(casebook_at)
    found = {
        "tickets": (book.tickets(), TICKETS),
        "decisions": (book.decisions(), DECISIONS),
        "grants": (book.grants(), GRANTS),
        "ticket_events": (book.ticket_events(), TICKET_EVENTS),
        "agents": (book.agents(), AGENTS),
        "principals": (book.principals(), PRINCIPALS),
        "delegations": (book.delegations(), DELEGATIONS),
    }
    for name, (frame, schema) in found.items():
        assert frame.height == 0, name
        assert frame.schema == pl.Schema(schema), name
    assert book.ticket_actions().height == 0


def test_a_ticket_comes_back_as_it_was(book):
    assert book.ticket("T-1") == TICKET
    assert book.ticket("T-2") is None
    shown = book.tickets().row(0, named=True)
    assert json.loads(shown["action_ids"]) == ["act_1", "act_2"]
    assert shown["opened_at"].microsecond == 1_000
    assert book.ticket_actions()["action_id"].to_list() == ["act_1", "act_2"]


def test_a_decision_is_one_change_with_its_entry(book):
    with book.writing() as writing:
        writing.settle(TICKET, DECISION, GRANT, entry("approved", 2_000))
    assert book.decision("T-1") == DECISION
    assert book.grant("T-1") == GRANT
    assert [(one.event_id, one.event, one.state) for one in book.events_after()] == [
        (1, "opened", "open"),
        (2, "approved", "approved"),
    ]
    assert [one.event_id for one in book.events_after(1)] == [2]
    closed = book.ticket("T-1")
    assert (closed.state, closed.closed_at) == ("approved", 2_000)


def test_an_error_leaves_nothing(book):
    def settle_and_fail():
        with book.writing() as writing:
            writing.settle(TICKET, DECISION, GRANT, entry("approved", 2_000))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        settle_and_fail()
    assert book.ticket("T-1") == TICKET
    assert book.decision("T-1") is None
    assert book.grant("T-1") is None
    assert len(book.events_after()) == 1


def test_leaving_a_state_twice_is_a_conflict(book):
    with book.writing() as writing:
        writing.move(TICKET, "denied", entry("denied"))
    with pytest.raises(Conflict, match="no longer open"), book.writing() as writing:
        writing.move(TICKET, "approved", entry("approved"))
    assert [one.event for one in book.events_after()] == ["opened", "denied"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets SET args_sha256 = 'other'",
        "UPDATE tickets SET title = 'harmless'",
        "UPDATE tickets SET due_at = 99999",
        "UPDATE tickets SET state = 'open', closed_at = NULL",
        "DELETE FROM tickets",
        "UPDATE ticket_events SET actor = 'someone'",
        "DELETE FROM ticket_events",
        "UPDATE decisions SET verdict = 'denied'",
        "DELETE FROM decisions",
        "UPDATE grants SET digest = 'other'",
        "UPDATE grants SET expires_at = 99999",
        "UPDATE grants SET consumed_at = NULL",
        "DELETE FROM grants",
    ],
)
def test_row_24_the_past_is_not_edited(book, casebook_at, statement):
    used = msgspec.structs.replace(GRANT, consumed_at=2_000)
    with book.writing() as writing:
        writing.settle(TICKET, DECISION, used, entry("approved", 2_000))
    with writer(casebook_at).begin() as connection, pytest.raises(Exception, match="kept as it was written"):
        connection.execute(text(statement))


def test_one_concern_waits_once(book):
    second = msgspec.structs.replace(TICKET, ticket_id="T-1.2", version=2)
    with pytest.raises(Exception, match=r"(?i)unique"), book.writing() as writing:
        writing.open([(second, entry())])
    assert book.tickets().height == 1


def test_odd_text_survives(casebook_at):
    book = Casebook.open(casebook_at)
    odd = msgspec.structs.replace(
        TICKET,
        session_id="a\0b",
        title="\u202eevil\n" + "x" * 5_000,
        agent_id="../" * 100,
        on_behalf_of="'; --",
    )
    with book.writing() as writing:
        writing.open([(odd, entry())])
    kept = book.ticket("T-1")
    assert kept.session_id == "a␀b"
    assert (kept.title, kept.agent_id, kept.on_behalf_of) == (odd.title, odd.agent_id, odd.on_behalf_of)


def test_identities_are_replaced_and_each_change_is_an_event(casebook_at):
    book = Casebook.open(casebook_at)
    first = Identities(
        agents=(("bot", "alice", None, None, "carol", None),),
        principals=(("carol", 1, 0, "[]"),),
        accounts=(("carol", "carol", "carol"), ("carol", "Carol@example.com", "carol@example.com")),
        delegations=(("bot", "carol"),),
    )
    with book.writing() as writing:
        assert writing.identities(first, entry("identities_changed"))
        assert not writing.identities(first, entry("identities_changed"))
    with book.writing() as writing:
        assert not writing.identities(first, entry("identities_changed"))
        assert writing.identities(
            Identities(principals=(("carol", 0, 0, "[]"),)), entry("identities_changed")
        )
    assert book.principals().height == 0
    assert book.agents().height == 0
    events = book.events_after()
    assert [one.event for one in events] == ["identities_changed"] * 2
    assert json.loads(events[1].details)["principals"]["removed"] == [["carol", 1, 0, "[]"]]


def test_people_are_shown_with_each_account(casebook_at):
    book = Casebook.open(casebook_at)
    people = Identities(
        principals=(("carol", 1, 0, '["risk"]'),),
        accounts=(("carol", "carol", "carol"), ("carol", "Carol@example.com", "carol@example.com")),
    )
    with book.writing() as writing:
        writing.identities(people, entry("identities_changed"))
    shown = book.principals()
    assert shown["account"].to_list() == ["Carol@example.com", "carol"] or shown["account"].to_list() == [
        "carol",
        "Carol@example.com",
    ]
    assert shown["active"].to_list() == [True, True]
    assert shown["can_approve"].to_list() == [False, False]


def test_the_clock_never_runs_backwards(book):
    with book.writing() as writing:
        assert writing.clock(10) == 1_000
        assert writing.clock(5_000) == 5_000


def test_a_file_is_for_its_owner_only_and_survives_a_power_cut(tmp_path):
    file = tmp_path / "deep" / "casebook.sqlite"
    Casebook.open(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with engine_for(file).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_sqlite_tables_are_strict(tmp_path):
    Casebook.open(tmp_path / "casebook.sqlite")
    with sqlite3.connect(tmp_path / "casebook.sqlite") as raw:
        loose = raw.execute(
            "SELECT name FROM pragma_table_list WHERE schema='main' AND NOT strict"
        ).fetchall()
    assert [name for (name,) in loose if not name.startswith("sqlite_")] == []


def test_an_older_casebook_is_brought_forward_and_keeps_its_rows(book, casebook_at):
    def add_note(connection):
        connection.execute(text("ALTER TABLE outbox ADD COLUMN note TEXT"))

    with writer(casebook_at).begin() as connection:
        migrate(connection, (*STEPS, add_note))
        migrate(connection, (*STEPS, add_note))
    assert book.ticket("T-1") == TICKET
    newest = len(STEPS)
    refused = f"found schema version {newest + 1}, expected at most {newest}; upgrade"
    with pytest.raises(CasebookError, match=refused):
        Casebook.open(casebook_at)


def test_a_casebook_without_reason_codes_gets_them_and_keeps_its_tickets_as_they_were(book, casebook_at):
    with writer(casebook_at).begin() as connection:
        of = " ON tickets" if connection.dialect.name == "postgresql" else ""
        for statement in (
            f"DROP TRIGGER keep_1_tickets{of}",
            "ALTER TABLE tickets DROP COLUMN propensity",
            "ALTER TABLE decisions DROP COLUMN reason_code",
            "DELETE FROM casebook_version WHERE version > 1",
        ):
            connection.execute(text(statement))
    again = Casebook.open(casebook_at)
    assert again.ticket("T-1") == TICKET
    coded = msgspec.structs.replace(DECISION, reason_code="false_alarm")
    with again.writing() as writing:
        writing.settle(TICKET, coded, None, entry("approved", 2_000))
    assert again.decision("T-1") == coded
    assert again.decisions()["disposition"].to_list() == ["false_alarm"]
    refused = pytest.raises(DBAPIError, match="kept as it was written")
    with refused, writer(casebook_at).begin() as connection:
        connection.execute(text("UPDATE tickets SET propensity = 0.5"))


def test_a_step_that_fails_leaves_the_old_version(book, casebook_at):
    def broken(connection):
        connection.execute(text("ALTER TABLE outbox ADD COLUMN note TEXT"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writer(casebook_at).begin() as connection:
        migrate(connection, (*STEPS, broken))
    assert Casebook.open(casebook_at).ticket("T-1") == TICKET


def test_passwords_are_not_shown():
    book = Casebook(engine_for("postgresql://me:hush@db.example.com/x"))
    assert "hush" not in repr(book)


@pytest.mark.parametrize("url", ["mysql://db.example.com/x", "://", "sqlite+what://x"])
def test_other_places_are_refused(url):
    with pytest.raises(CasebookError, match="casebook"):
        Casebook.open(url)


def test_where_the_casebook_is(tmp_path, monkeypatch):
    monkeypatch.delenv("AFTERACTION_CASEBOOK_URL", raising=False)
    assert where(tmp_path, Settings()) == tmp_path / "casebook.sqlite"
    assert where(tmp_path, Settings(casebook_url="postgresql://a/b")) == "postgresql://a/b"
    monkeypatch.setenv("AFTERACTION_CASEBOOK_URL", "postgresql://c/d")
    assert where(tmp_path, Settings(casebook_url="postgresql://a/b")) == "postgresql://c/d"


def test_row_42_a_full_or_broken_store_says_so_and_decides_nothing(book, casebook_at, tmp_path):
    with writer(casebook_at).begin() as connection:
        connection.execute(text("ALTER TABLE grants RENAME TO gone"))
    with pytest.raises(CasebookError, match=r"casebook: .*grants") as failed, book.writing() as writing:
        writing.settle(TICKET, DECISION, GRANT, entry("approved", 2_000))
    assert DECISION.reason not in str(failed.value)
    assert (book.ticket("T-1"), book.decision("T-1")) == (TICKET, None)


def test_a_store_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CasebookError, match="cannot be opened for writing"):
        Casebook.open(tmp_path / "file" / "casebook.sqlite")
    (tmp_path / "noise").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(CasebookError, match="casebook: file is not a database"):
        Casebook.open(tmp_path / "noise")
    with pytest.raises(CasebookError, match="casebook: connection") as failed:
        Casebook.open("postgresql://me:hush@127.0.0.1:1/x")
    assert "hush" not in str(failed.value)
