"""One ticket per session and cause, once, whoever asks again; what a person settled stays settled."""

from __future__ import annotations

import json

import polars as pl
import pytest

from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.retroactive import CANDIDATES, HASTE, concern_of, open_retroactive
from afteraction.records.settings import Settings

HOUR = 3_600_000_000


def decided(book, settings, ticket_id, verdict, now):
    decide(
        book, settings, ticket_id, verdict, reviewer="carol", reason="looked at it", channel="cli", now=now
    )


def test_one_ticket_per_session_and_cause(book, settings, candidates, now):
    frame = candidates(
        {"action_id": "a", "risk": 0.3, "tool": "low", "level": "low"},
        {"action_id": "b", "risk": 0.9, "tool": "top", "agent_id": "other", "on_behalf_of": "carol"},
        {"action_id": "c", "cause": "volume"},
        {"action_id": "d", "session_key": "ses_2"},
    )
    report = open_retroactive(book, frame, settings, now)
    assert len(report.opened) == 3
    ticket = book.ticket(concern_of("ses_1", "secret-sent"))
    assert (ticket.action_id, ticket.tool, ticket.risk, ticket.level) == ("b", "top", 0.9, "high")
    assert ticket.action_ids == ("a", "b")
    assert ticket.agents == ("bot", "other")
    assert ticket.requesters == ("carol", "ruth@example.com")
    assert ticket.owners == ("alice@example.com", "oscar@example.com")
    assert (ticket.state, ticket.kind, ticket.opened_at) == ("open", "retroactive", now)
    assert book.ticket_actions().height == 4


def test_again_is_the_same(book, settings, candidates, now):
    frame = candidates({"action_id": "a"}, {"action_id": "b"})
    open_retroactive(book, frame, settings, now)
    before = book.events_after()
    report = open_retroactive(book, frame.reverse(), settings, now + 1)
    assert (report.opened, report.reopened, report.unchanged) == ((), (), 1)
    assert book.events_after() == before


def test_fewer_actions_change_nothing(book, settings, candidates, now):
    open_retroactive(book, candidates({"action_id": "a"}, {"action_id": "b"}), settings, now)
    assert open_retroactive(book, candidates({"action_id": "b"}), settings, now).unchanged == 1
    assert open_retroactive(book, candidates(), settings, now).unchanged == 0
    assert book.tickets().height == 1


@pytest.mark.parametrize("verdict", ["approved", "denied"])
def test_a_settled_concern_stays_settled(book, settings, candidates, now, verdict):
    frame = candidates({"action_id": "a"}, {"action_id": "b"})
    open_retroactive(book, frame, settings, now)
    decided(book, settings, concern_of("ses_1", "secret-sent"), verdict, now)
    report = open_retroactive(book, frame, settings, now)
    assert (report.opened, report.reopened, report.settled) == ((), (), 1)


def test_a_settled_concern_with_another_action_opens_anew(book, settings, candidates, now):
    first = concern_of("ses_1", "secret-sent")
    open_retroactive(book, candidates({"action_id": "a"}), settings, now)
    decided(book, settings, first, "approved", now)
    more = candidates({"action_id": "a"}, {"action_id": "b"})
    assert open_retroactive(book, more, settings, now).reopened == (f"{first}.2",)
    assert book.ticket(first).state == "approved"
    assert book.ticket(f"{first}.2").action_ids == ("a", "b")
    decided(book, settings, f"{first}.2", "denied", now)
    assert open_retroactive(book, more, settings, now).settled == 1


def test_row_26_a_waiting_ticket_does_not_grow_under_the_reviewer(book, settings, candidates, now):
    first = concern_of("ses_1", "secret-sent")
    open_retroactive(book, candidates({"action_id": "a", "level": "critical"}), settings, now)
    due = book.ticket(first).due_at
    report = open_retroactive(book, candidates({"action_id": "b", "level": "low"}), settings, now + HOUR)
    assert (report.superseded, report.reopened) == ((first,), (f"{first}.2",))
    with pytest.raises(NotDecidedError, match="ticket that is superseded cannot become approved"):
        decided(book, settings, first, "approved", now)
    grown = book.ticket(f"{first}.2")
    assert grown.action_ids == ("a", "b")
    assert grown.due_at == due
    assert open_retroactive(book, candidates({"action_id": "a"}), settings, now).unchanged == 1


def test_row_45_what_was_stopped_needs_nobody(book, settings, candidates, now):
    report = open_retroactive(
        book, candidates({"status": "denied"}, {"action_id": "x", "status": "ok"}), settings, now
    )
    assert report.never_ran == 1
    assert book.ticket(report.opened[0]).action_ids == ("x",)


@pytest.mark.parametrize("level", [*HASTE, "unscorable", None])
def test_due_by_risk(book, candidates, now, level):
    open_retroactive(book, candidates({"level": level}), Settings(retro_sla_hours=40), now)
    ticket = book.ticket(concern_of("ses_1", "secret-sent"))
    assert ticket.due_at - now == 40 * HOUR * HASTE.get(level or "", 1.0)


def test_the_trail_names_the_ticket_and_its_content(book, settings, candidates, now):
    report = open_retroactive(book, candidates({}), settings, now)
    (event,) = book.events_after()
    assert (event.ticket_id, event.event, event.state, event.actor) == (
        report.opened[0],
        "opened",
        "open",
        "audit",
    )
    assert set(json.loads(event.details)) == {"actions", "content_sha256", "due_at"}


def test_odd_candidates(book, settings, candidates, now):
    long = "x" * 300
    frame = candidates(
        dict.fromkeys(CANDIDATES) | {"action_id": "a", "session_key": "k1"},
        {"action_id": None},
        {"session_key": None},
        {
            "action_id": "b",
            "session_key": "k2",
            "session_id": long,
            "agent_id": "../\n\u202e\0",
            "title": "\0[red]",
        },
        {"action_id": "c", "session_key": "k2", "risk": float("nan"), "cause": ""},
    )
    assert len(open_retroactive(book, frame, settings, now).opened) == 3
    assert open_retroactive(book, frame, settings, now).unchanged == 3
    nameless = book.ticket(concern_of("k1", "unnamed"))
    assert (nameless.tenant, nameless.title, nameless.risk) == (settings.default_tenant, "unnamed", None)
    for ticket in book.search():
        decided(book, settings, ticket.ticket_id, "denied", now)
        opened, denied = book.events_of(ticket.ticket_id)
        assert json.loads(opened.details)["content_sha256"] == json.loads(denied.details)["content_sha256"]


def test_columns_that_are_missing_count_as_null(book, settings, now):
    frame = pl.DataFrame({"action_id": ["a"], "session_key": ["k"], "cause": ["c"]})
    assert len(open_retroactive(book, frame, settings, now).opened) == 1


def test_none_at_all(book, settings, now):
    assert open_retroactive(book, pl.DataFrame(), settings, now).opened == ()
    assert open_retroactive(book, pl.DataFrame(schema=CANDIDATES), settings, now).unchanged == 0
