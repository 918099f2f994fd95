"""Breaking glass: with a right and a reason, once, for what waits; and others judge it afterwards."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.directory import Directory
from afteraction.approvals.glass import break_glass
from afteraction.approvals.separation import may_decide
from afteraction.casebook import Entry, Ticket
from afteraction.records.settings_review import Deputy, Quorum, Review, ReviewerGroup

LIVE = Ticket(
    ticket_id="L-1",
    concern="L-1",
    version=1,
    kind="live",
    tenant="acme",
    session_id="s",
    session_key="ses",
    action_id="act_9",
    action_ids=("act_9",),
    cause="c",
    title="t",
    opened_at=0,
    due_at=0,
    agent_id="bot",
    agents=("bot",),
    requesters=("ruth@example.com",),
    on_behalf_of="ruth@example.com",
    args_sha256="cd" * 32,
)


@pytest.fixture
def casebook_at(tmp_path) -> str:
    return str(tmp_path / "casebook.sqlite")


@pytest.fixture
def company(settings):
    """Two must approve, in a group of nobody; Carol, Ruth and Alice are on call."""
    people = tuple(
        msgspec.structs.replace(one, groups=("on-call",)) if one.person in {"carol", "ruth", "alice"} else one
        for one in settings.principals
    )
    return msgspec.structs.replace(
        settings,
        principals=people,
        quorums=(Quorum(2),),
        reviewer_groups=(ReviewerGroup("nobody", kinds=("live",)),),
        review=Review(break_glass="on-call"),
    )


@pytest.fixture
def hold(book, now) -> str:
    ticket = msgspec.structs.replace(LIVE, opened_at=now, due_at=now + 60_000_000)
    with book.writing() as writing:
        writing.open([(ticket, Entry(event="opened", actor="hook", at=now))])
    return ticket.ticket_id


def smash(book, company, ticket_id, reviewer, now, *, reason="the shop is down"):
    return break_glass(book, company, ticket_id, reviewer=reviewer, reason=reason, channel="cli", now=now)


def test_it_approves_alone_and_opens_a_ticket_for_others(book, company, hold, now):
    made = smash(book, company, hold, "carol", now)
    assert (made.verdict, made.person) == ("approved", "carol")
    assert book.grant(hold).consumed_at is None
    last = book.events_of(hold)[-1]
    assert (last.event, last.state, json.loads(last.details)["reason"]) == (
        "broke_glass",
        "approved",
        "the shop is down",
    )
    (review,) = book.search("open")
    assert (review.kind, review.cause, review.level) == ("retroactive", "break_glass", "critical")
    assert review.due_at - now <= 24 * 3_600_000_000
    assert json.loads(book.events_of(review.ticket_id)[0].details)["glass_broken_for"] == hold
    assert may_decide(review, Directory.of(company)) == ("oscar",)


def test_its_actor_cannot_close_that_ticket_nor_can_their_deputy_for_them(book, company, hold, now):
    smash(book, company, hold, "carol", now)
    review = book.search("open")[0].ticket_id
    away = msgspec.structs.replace(
        company, deputies=(Deputy("carol", "reader", date(2027, 3, 1)),), quorums=()
    )
    for account in ("carol", "U0CAROL", "reader"):
        with pytest.raises(NotDecidedError, match=r"asked for it|may not approve"):
            decide(book, away, review, "approved", reviewer=account, reason="ok", channel="cli", now=now)
    assert decide(book, away, review, "denied", reviewer="oscar", reason="no", channel="cli", now=now)


def test_it_cannot_be_used_twice(book, company, hold, now):
    smash(book, company, hold, "carol", now)
    with pytest.raises(NotDecidedError, match="ticket that is approved cannot become approved"):
        smash(book, company, hold, "carol", now)
    assert book.tickets().height == 2


@pytest.mark.parametrize(
    ("reviewer", "said"),
    [
        ("oscar", "not in on-call"),
        ("ruth", "asked for it"),
        ("alice", "owns the agent"),
        ("gone", "not active"),
        ("svc-bot@example.com", "not an account"),
    ],
)
def test_who_may_not_break_it(*, book, company, hold, now, reviewer, said):
    with pytest.raises(NotDecidedError, match=said):
        smash(book, company, hold, reviewer, now)
    assert [one.event for one in book.events_of(hold)] == ["opened", "refused"]
    assert book.search("open")[0].ticket_id == hold


@pytest.mark.parametrize("reason", ["", " ", "...", "\u200b"])
def test_a_reason_is_required(book, company, hold, now, reason):
    with pytest.raises(NotDecidedError, match="reason"):
        smash(book, company, hold, "carol", now, reason=reason)
    assert book.ticket(hold).state == "open"


def test_only_what_waits_and_only_where_somebody_may(*, book, settings, company, hold, waiting, now):
    with pytest.raises(NotDecidedError, match="already ran"):
        smash(book, company, waiting, "carol", now)
    with pytest.raises(NotDecidedError, match="names no group"):
        smash(book, settings, hold, "carol", now)
    with pytest.raises(NotDecidedError, match="has expired"):
        smash(book, company, hold, "carol", now + 60_000_000)
    with pytest.raises(NotDecidedError, match="not in the casebook"):
        smash(book, company, "L-2", "carol", now)
