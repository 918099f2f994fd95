"""A decision: reasoned, by a person apart, at most one, and never without its entry in the trail."""

from __future__ import annotations

import json

import msgspec
import pytest

from afteraction.approvals.binding import content_digest, grant_digest, of_ticket
from afteraction.approvals.decide import GRANT_US, NotDecidedError, decide, expire
from afteraction.approvals.retroactive import open_retroactive
from afteraction.casebook import Entry, Ticket
from afteraction.records.settings import Agent, Principal, Settings

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


def by_carol(book, settings, ticket_id, verdict="approved", **other):
    said = {"reviewer": "carol@example.com", "reason": "a test key, revoked", "channel": "cli", **other}
    return decide(book, settings, ticket_id, verdict, **said)


def open_live(book, now, **other):
    ticket = msgspec.structs.replace(LIVE, opened_at=now, due_at=now + 60_000_000, **other)
    with book.writing() as writing:
        writing.open([(ticket, Entry(event="opened", actor="hook", at=now))])
    return ticket


def kinds(book, ticket_id):
    return [one.event for one in book.events_of(ticket_id)]


def test_an_approval_is_written_with_its_grant_and_entry(book, settings, waiting, now):
    made = by_carol(book, settings, waiting, now=now + 5)
    assert (made.verdict, made.person, made.reviewer, made.decided_at) == (
        "approved",
        "carol",
        "carol@example.com",
        now + 5,
    )
    assert book.decision(waiting) == made
    ticket, grant, event = book.ticket(waiting), book.grant(waiting), book.events_of(waiting)[-1]
    assert (ticket.state, ticket.closed_at) == ("approved", now + 5)
    assert grant.digest == grant_digest(of_ticket(ticket), grant.nonce, grant.expires_at)
    details = json.loads(event.details)
    assert (event.event, event.actor, event.state) == ("approved", "carol", "approved")
    assert details["grant"]["digest"] == grant.digest
    assert details["content_sha256"] == content_digest(ticket)
    assert details["content_sha256"] == json.loads(book.events_of(waiting)[0].details)["content_sha256"]


def test_a_retroactive_approval_allows_no_second_run(book, settings, waiting, now):
    by_carol(book, settings, waiting, now=now)
    assert book.grant(waiting).consumed_at == now


def test_a_denial_mints_nothing(book, settings, waiting, now):
    by_carol(book, settings, waiting, "denied", now=now)
    assert book.ticket(waiting).state == "denied"
    assert book.grant(waiting) is None


def test_row_13_a_double_click_is_one_decision(book, settings, waiting, now):
    first = by_carol(book, settings, waiting, now=now)
    assert by_carol(book, settings, waiting, now=now + 9) == first
    assert kinds(book, waiting) == ["opened", "approved"]


def test_rows_10_and_11_one_person_on_two_channels_counts_once(book, settings, waiting, now):
    first = by_carol(book, settings, waiting, now=now)
    assert by_carol(book, settings, waiting, reviewer="U0CAROL", channel="chat", now=now) == first
    assert book.decisions().height == 1


def test_a_decision_stands(book, settings, waiting, now):
    by_carol(book, settings, waiting, now=now)
    with pytest.raises(NotDecidedError, match="already approved by carol"):
        by_carol(book, settings, waiting, "denied", now=now)
    with pytest.raises(NotDecidedError, match="already approved by carol"):
        by_carol(book, settings, waiting, reviewer="oscar", now=now)
    assert book.ticket(waiting).state == "approved"


@pytest.mark.parametrize("reviewer", ["ruth@example.com", "alice@example.com", "mallory", "bot", ""])
def test_row_44_a_refused_attempt_changes_nothing_and_is_on_record(book, settings, waiting, now, reviewer):
    with pytest.raises(NotDecidedError, match="these people may: carol, oscar") as refused:
        by_carol(book, settings, waiting, reviewer=reviewer, now=now)
    assert refused.value.may == ("carol", "oscar")
    assert refused.value.reasons
    assert book.ticket(waiting).state == "open"
    assert book.decisions().height == 0
    last = book.events_of(waiting)[-1]
    assert (last.event, last.actor, last.state) == ("refused", reviewer, "open")
    assert json.loads(last.details)["reasons"] == list(refused.value.reasons)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"can_approve": False}, id="8 removed from the group"),
        pytest.param({"active": False}, id="9 disabled"),
    ],
)
def test_rows_8_and_9_rights_are_asked_at_the_click(book, settings, waiting, now, change):
    people = tuple(
        msgspec.structs.replace(one, **change) if one.person == "carol" else one
        for one in settings.principals
    )
    with pytest.raises(NotDecidedError, match=r"carol (is not active|may not approve)"):
        by_carol(book, msgspec.structs.replace(settings, principals=people), waiting, now=now)
    assert "identities_changed" in [one.event for one in book.events_after()]


def test_row_25_a_rule_that_came_after_the_ticket_counts(book, settings, waiting, now):
    handed = msgspec.structs.replace(
        settings, agents=(Agent("bot", "carol@example.com"), *settings.agents[1:])
    )
    with pytest.raises(NotDecidedError, match="carol owns the agent bot"):
        by_carol(book, handed, waiting, now=now)


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "...", "x" * 4001])
def test_a_reason_is_required(book, settings, waiting, reason):
    with pytest.raises(NotDecidedError, match="reason"):
        by_carol(book, settings, waiting, reason=reason)
    assert kinds(book, waiting) == ["opened"]


def test_a_verdict_is_one_of_two(book, settings, waiting):
    with pytest.raises(NotDecidedError, match="expected one of approved, denied"):
        by_carol(book, settings, waiting, "expired")


@pytest.mark.parametrize("ticket_id", ["T-0000000000000000", "", "' OR 1=1 --", "../T", "T" * 300])
def test_row_38_another_id_finds_nothing(book, settings, waiting, ticket_id):
    with pytest.raises(NotDecidedError, match="not in the casebook"):
        by_carol(book, settings, ticket_id)


def test_nobody_is_configured(book, waiting):
    with pytest.raises(NotDecidedError, match=r"no people are configured.*principals"):
        by_carol(book, Settings(), waiting)
    only = Settings(principals=(Principal("alice"),))
    with pytest.raises(NotDecidedError, match="nobody who is configured may"):
        by_carol(book, only, waiting)


def test_what_was_not_known_is_on_record(book, settings, candidates, now):
    open_retroactive(book, candidates({"agent_id": None, "on_behalf_of": None}), settings, now)
    ticket_id = book.tickets()["ticket_id"][0]
    by_carol(book, settings, ticket_id, now=now)
    assert json.loads(book.events_of(ticket_id)[-1].details)["notes"] == [
        "the agent's owner is not known",
        "the requester is not known",
    ]


def test_a_live_grant_waits_for_its_action(book, settings, now):
    open_live(book, now)
    by_carol(book, settings, "L-1", now=now)
    grant = book.grant("L-1")
    assert grant.consumed_at is None
    assert now < grant.expires_at <= min(now + GRANT_US, now + 60_000_000)


def test_arguments_without_a_digest_cannot_be_granted(book, settings, now):
    open_live(book, now, args_sha256=None)
    with pytest.raises(NotDecidedError, match="no digest to bind"):
        by_carol(book, settings, "L-1", now=now)
    assert by_carol(book, settings, "L-1", "denied", now=now).verdict == "denied"


def test_row_22_a_late_decision_finds_the_ticket_expired(book, settings, now):
    open_live(book, now)
    with pytest.raises(NotDecidedError, match="has expired"):
        by_carol(book, settings, "L-1", now=now + 60_000_000)
    with pytest.raises(NotDecidedError, match="ticket that is expired cannot become approved"):
        by_carol(book, settings, "L-1", now=now)
    assert kinds(book, "L-1") == ["opened", "expired"]


def test_row_23_setting_the_clock_back_gives_no_time(book, settings, candidates, now):
    open_live(book, now)
    open_retroactive(book, candidates({}), settings, now + 61_000_000)
    with pytest.raises(NotDecidedError, match="has expired"):
        by_carol(book, settings, "L-1", now=now + 1)


def test_live_tickets_expire_and_retroactive_ones_stay(book, settings, waiting, now):
    open_live(book, now)
    assert expire(book, now + 59_999_999) == ()
    assert expire(book, now + 10**15) == ("L-1",)
    assert expire(book, now + 10**15) == ()
    assert book.ticket(waiting).state == "open"
    assert book.ticket("L-1").state == "expired"


def test_people_and_agents_are_in_the_casebook_for_the_controls(book, settings, waiting, now):
    by_carol(book, settings, waiting, now=now)
    assert "carol" in book.principals()["person"].to_list()
    assert set(book.delegations().rows()) == {("bot", "planner"), ("planner", "dora@example.com")}
    assert set(book.agents()["agent_id"]) == {"bot", "planner", "twin", "other"}
