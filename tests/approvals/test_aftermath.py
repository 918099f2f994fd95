"""After a decision: remedies with masked evidence, re-opening, and concerns that stay settled."""

from __future__ import annotations

import json

import pytest

from afteraction.approvals.aftermath import remediate, remediation, reopen
from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.retroactive import open_retroactive


@pytest.fixture
def casebook_at(tmp_path) -> str:
    return str(tmp_path / "casebook.sqlite")


@pytest.fixture
def denied(book, settings, waiting, now) -> str:
    decide(
        book, settings, waiting, "denied", reviewer="carol", reason="it leaked", channel="cli", now=now,
        plan=("notify", "rotate"),
    )  # fmt: skip
    return waiting


def do(book, settings, ticket_id, remedy, now, **other):
    said = {"actor": "alice", "evidence": "key k-1 replaced", "channel": "cli", **other}
    return remediate(
        book, settings, ticket_id, remedy, mask=lambda text: text.replace("k-1", "[KEY]"), now=now, **said
    )


def test_what_was_planned_is_done_with_masked_evidence(book, settings, denied, now):
    assert remediation(book.events_of(denied)).left == ("rotate", "notify")
    do(book, settings, denied, "rotate", now, link="https://wiki.example.com/k-1")
    found = remediation(book.events_of(denied))
    assert found.left == ("notify",)
    (done,) = found.done
    assert (done.remedy, done.person, done.evidence) == ("rotate", "alice", "key [KEY] replaced")
    assert done.link == "https://wiki.example.com/[KEY]"
    assert "k-1" not in "".join(one.details for one in book.events_after())
    assert book.ticket(denied).state == "denied"


@pytest.mark.parametrize(
    "wrong",
    [
        {"evidence": "  "},
        {"evidence": "x" * 2001},
        {"link": "javascript:alert(1)"},
        {"actor": "mallory"},
        {"actor": "gone"},
        {"actor": "svc-bot@example.com"},
    ],
)
def test_evidence_needs_words_and_a_person(book, settings, denied, now, wrong):
    with pytest.raises(NotDecidedError):
        do(book, settings, denied, "rotate", now, **wrong)
    with pytest.raises(NotDecidedError, match="expected one of revoke"):
        do(book, settings, denied, "forget", now)
    assert [one.event for one in book.events_of(denied)] == ["opened", "denied"]


def test_remedies_follow_a_denial_only(book, settings, waiting, now):
    with pytest.raises(NotDecidedError, match="remedies follow a denial"):
        do(book, settings, waiting, "rotate", now)
    for plan, verdict in ((("rotate",), "approved"), (("forget",), "denied")):
        with pytest.raises(NotDecidedError, match="remed"):
            decide(book, settings, waiting, verdict, reviewer="carol", reason="ok", channel="cli", plan=plan)


def test_a_decision_is_never_edited_a_new_version_opens(book, settings, denied, now):
    before = (book.ticket(denied), book.decision(denied), book.events_of(denied))
    new = reopen(
        book, settings, denied, reviewer="oscar", reason="the key was a test key", channel="cli", now=now
    )
    assert (new.ticket_id, new.version, new.state) == (f"{denied}.2", 2, "open")
    assert new.action_ids == before[0].action_ids
    first = book.events_of(new.ticket_id)[0]
    assert (first.event, first.actor, json.loads(first.details)["reopens"]) == ("reopened", "oscar", denied)
    assert (book.ticket(denied), book.decision(denied), book.events_of(denied)) == before
    with pytest.raises(NotDecidedError, match=rf"{denied}\.2 is its latest version \(open\)"):
        reopen(book, settings, denied, reviewer="oscar", reason="again", channel="cli", now=now)
    with pytest.raises(NotDecidedError, match="only what was decided"):
        reopen(book, settings, new.ticket_id, reviewer="oscar", reason="again", channel="cli", now=now)
    decide(book, settings, new.ticket_id, "approved", reviewer="carol", reason="ok", channel="cli", now=now)
    assert book.ticket(new.ticket_id).state == "approved"


@pytest.mark.parametrize("reviewer", ["ruth", "alice", "gone", "reader", "mallory"])
def test_nobody_with_a_part_in_it_opens_it_once_more(book, settings, denied, now, reviewer):
    with pytest.raises(NotDecidedError):
        reopen(book, settings, denied, reviewer=reviewer, reason="please", channel="cli", now=now)
    assert book.tickets().height == 1
    assert book.events_of(denied)[-1].event == "refused"


@pytest.mark.parametrize("verdict", ["approved", "denied"])
def test_what_a_person_settled_is_not_raised_again_until_something_changes(
    *, book, settings, candidates, waiting, now, verdict
):
    decide(book, settings, waiting, verdict, reviewer="carol", reason="seen", channel="cli", now=now)
    same = candidates({"risk": 0.99, "level": "critical", "title": "worded anew", "bundle_revision": "b2"})
    report = open_retroactive(book, same, settings, now + 1)
    assert (report.opened, report.reopened, report.settled) == ((), (), 1)
    more = candidates({}, {"action_id": "act_2", "seq": 1})
    report = open_retroactive(book, more, settings, now + 2)
    assert report.reopened == (f"{waiting}.2",)
    assert book.ticket(f"{waiting}.2").action_ids == ("act_1", "act_2")


def test_what_was_opened_once_more_is_not_raised_by_an_audit(book, settings, candidates, denied, now):
    new = reopen(book, settings, denied, reviewer="oscar", reason="look again", channel="cli", now=now)
    report = open_retroactive(book, candidates({}), settings, now + 1)
    assert (report.opened, report.reopened, report.unchanged) == ((), (), 1)
    assert book.ticket(new.ticket_id).state == "open"
