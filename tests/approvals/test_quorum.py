"""How many must approve, counted as people: read from the settings when somebody decides."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from afteraction.approvals.decide import MorePeopleError, NotDecidedError, decide
from afteraction.records.settings import Principal
from afteraction.records.settings_review import Quorum, ReviewerGroup


@pytest.fixture
def two(settings):
    """The company, where two people approve what is high."""
    return msgspec.structs.replace(settings, quorums=(Quorum(2, levels=("high",)),))


def say(book, settings, ticket_id, reviewer, now, **other):
    said = {"verdict": "approved", "reason": "it is a test key", "channel": "cli", "now": now, **other}
    return decide(book, settings, ticket_id, reviewer=reviewer, **said)


def test_the_first_of_two_leaves_the_ticket_open_with_its_entry(book, two, waiting, now):
    with pytest.raises(MorePeopleError, match=r"1 of 2 approvals \(carol\); next may: oscar") as one:
        say(book, two, waiting, "carol", now)
    assert (one.value.have, one.value.need, one.value.person) == (1, 2, "carol")
    assert book.ticket(waiting).state == "open"
    assert (book.decisions().height, book.grants().height) == (0, 0)
    last = book.events_of(waiting)[-1]
    assert (last.event, last.actor, last.state) == ("endorsed", "carol", "open")
    made = say(book, two, waiting, "oscar", now + 1)
    assert (made.person, book.ticket(waiting).state) == ("oscar", "approved")
    assert json.loads(book.events_of(waiting)[-1].details)["approved_by"] == ["carol", "oscar"]


@pytest.mark.parametrize("account", ["carol", "carol@example.com", "U0CAROL"])
def test_one_person_counts_once_on_whatever_channel(book, two, waiting, now, account):
    for name in ("carol@example.com", account):
        with pytest.raises(MorePeopleError, match="1 of 2"):
            say(book, two, waiting, name, now, channel="chat")
    assert [one.event for one in book.events_of(waiting)] == ["opened", "endorsed"]


def test_two_entries_that_share_a_likeness_are_one_person(book, two, waiting, now):
    people = (*two.principals, Principal("caro1", ("c4@example.com", "U0CAROL"), can_approve=True))
    alias = msgspec.structs.replace(two, principals=people)
    with pytest.raises(MorePeopleError):
        say(book, alias, waiting, "carol@example.com", now)
    with pytest.raises(MorePeopleError, match="1 of 2"):
        say(book, alias, waiting, "c4@example.com", now)
    assert book.ticket(waiting).state == "open"


def test_one_denial_denies(book, two, waiting, now):
    with pytest.raises(MorePeopleError):
        say(book, two, waiting, "carol", now)
    assert say(book, two, waiting, "oscar", now, verdict="denied").verdict == "denied"
    assert book.ticket(waiting).state == "denied"


def test_it_is_read_at_the_decision(book, settings, two, waiting, now):
    with pytest.raises(MorePeopleError):
        say(book, two, waiting, "carol", now)
    three = msgspec.structs.replace(two, quorums=(*two.quorums, Quorum(3, kinds=("retroactive",))))
    with pytest.raises(MorePeopleError, match="2 of 3"):
        say(book, three, waiting, "oscar", now)
    assert say(book, two, waiting, "carol", now).person == "carol", "two have approved, two are needed now"


@pytest.mark.parametrize("change", [{"active": False}, {"can_approve": False}])
def test_who_may_no_longer_decide_no_longer_counts(book, two, waiting, now, change):
    with pytest.raises(MorePeopleError):
        say(book, two, waiting, "carol", now)
    people = tuple(
        msgspec.structs.replace(one, **change) if one.person == "carol" else one for one in two.principals
    )
    with pytest.raises(MorePeopleError, match=r"1 of 2 approvals \(oscar\)"):
        say(book, msgspec.structs.replace(two, principals=people), waiting, "oscar", now)


def test_a_quorum_can_be_a_groups(book, settings, waiting, now):
    grouped = msgspec.structs.replace(
        settings,
        reviewer_groups=(ReviewerGroup("desk", levels=("low",)),),
        quorums=(Quorum(2, groups=("desk",)),),
    )
    assert say(book, grouped, waiting, "carol", now).verdict == "approved"


def test_the_requester_is_no_second_pair_of_eyes(book, two, waiting, now):
    with pytest.raises(MorePeopleError):
        say(book, two, waiting, "carol", now)
    with pytest.raises(NotDecidedError, match="asked for it"):
        say(book, two, waiting, "ruth", now)
    assert book.ticket(waiting).state == "open"


def test_two_people_at_once_are_two_votes_and_one_decision(book, two, waiting, now):
    def approve(reviewer):
        try:
            return say(book, two, waiting, reviewer, now).verdict
        except MorePeopleError as one:
            return one.have

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(approve, ("carol", "oscar")))
    assert sorted(map(str, said)) == ["1", "approved"]
    assert [one.event for one in book.events_of(waiting)] == ["opened", "endorsed", "approved"]
    assert (book.decisions().height, book.grants().height) == (1, 1)
