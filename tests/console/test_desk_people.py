"""Several people at the desk: quorum, alike tickets in one form, remedies, re-opening, breaking glass."""

from __future__ import annotations

import re

import msgspec
import pytest
from audited_home import KEY
from desk_server import desk

from afteraction.audit import Audit
from afteraction.casebook import Casebook, Entry, now_us

ON_CALL = '\n[review]\nbreak_glass = "security"\n'


@pytest.fixture
def book(home) -> Casebook:
    return Casebook.open(home / "casebook.sqlite")


@pytest.fixture
def ticket(book) -> str:
    return book.search("open")[0].ticket_id


def configure(home, text: str) -> None:
    settings = home / "afteraction.toml"
    settings.write_text(settings.read_text() + text)


def say(client, ticket, **fields):
    given = {"verdict": "approve", "reason": "a drill", **fields}
    return client.post(f"/tickets/{ticket}/decision", {**client.form(f"/tickets/{ticket}"), **given})


def more(book, ticket, count, **other):
    """Copies of a ticket, each a concern of its own."""
    one = book.ticket(ticket)
    made = [msgspec.structs.replace(one, ticket_id=f"T-{n}", concern=f"T-{n}", **other) for n in range(count)]
    with book.writing() as writing:
        writing.open((each, Entry(event="opened", actor="test", at=one.opened_at)) for each in made)
    return [each.ticket_id for each in made]


def test_the_first_of_two_is_told_that_somebody_else_has_to(home, book, ticket):
    configure(home, "\n[[quorums]]\npeople = 2\n")
    with desk(home, "sofia") as client:
        assert "<b>0 of 2</b> approvals" in client.get(f"/tickets/{ticket}")[2]
        assert say(client, ticket)[0] == 303
        page = client.get(f"/tickets/{ticket}")[2]
        assert "<b>1 of 2</b> approvals: <bdi>sofia</bdi>" in page
        assert "you approved it already" in page
        assert say(client, ticket)[0] == 409
    assert book.ticket(ticket).state == "open"
    with desk(home, "tomas") as client:
        assert say(client, ticket)[0] == 303
    assert book.ticket(ticket).state == "approved"


def test_whose_turn_it_is_stands_on_the_page(home, ticket):
    configure(home, '\n[[reviewer_groups]]\nname = "privacy"\n')
    with desk(home, "sofia") as client:
        page = client.get(f"/tickets/{ticket}")[2]
        assert "Decides: <bdi>privacy</bdi>" in page
        assert "sofia is not in privacy" in page
        assert "/decision" not in page


def test_what_the_thresholds_promise_stands_on_the_page(home, ticket):
    with desk(home, "sofia") as client:
        page = client.get(f"/tickets/{ticket}")[2]
    assert re.search(r"ticket from \d+, ask from \d+", page)
    assert re.search(r"with 95% confidence at most|no promise|too few", page)


def test_alike_tickets_are_decided_in_one_form_each_by_its_digest(home, book, ticket):
    one, two, three = more(book, ticket, 3)
    with desk(home, "sofia") as client:
        assert f"/tickets/{one}/alike" in client.get(f"/tickets/{one}")[2]
        assert f'<a href="/tickets/{one}/alike">4 alike</a>' in client.get("/")[2]
        page = client.get(f"/tickets/{one}/alike")[2]
        digests = dict(re.findall(r'name="take-(T-[^"]+)" value="([0-9a-f]{64})"', page))
        assert set(digests) == {one, two, three, ticket}
        assert KEY not in page
        fields = {**client.form(f"/tickets/{one}/alike"), "verdict": "deny", "reason": "all the same"}
        assert client.post(f"/tickets/{one}/decisions", fields)[0] == 409, "nothing is ticked"
        assert client.post(f"/tickets/{one}/decisions", {**fields, "token": "0" * 64})[0] == 403
        ticked = {f"take-{one}": digests[one], f"take-{two}": digests[three], "take-T-none": digests[one]}
        status, _, answer = client.post(f"/tickets/{one}/decisions", {**fields, **ticked})
        assert status == 409
        assert answer.count("no longer the one that you read") == 2
        assert [book.ticket(each).state for each in (one, two, three)] == ["denied", "open", "open"]
        assert client.get(f"/tickets/{one}/decisions")[0] == 405
        ticked = {f"take-{each}": digests[each] for each in (two, three)}
        assert client.post(f"/tickets/{two}/decisions", {**fields, **ticked})[0] == 303
    reasons = book.decisions().filter(verdict="denied").get_column("reason").to_list()
    assert reasons == ["all the same"] * 3
    assert book.ticket(ticket).state == "open"


def test_alike_tickets_that_are_not_shown_whole_are_not_approved(home, book, ticket):
    (one,) = more(book, ticket, 1, action_ids=(*book.ticket(ticket).action_ids, "act_unseen"))
    with desk(home, "sofia") as client:
        page = client.get(f"/tickets/{one}/alike")[2]
        digest = re.findall(rf'name="take-{one}" value="([0-9a-f]+)"', page)[0]
        fields = {**client.form(f"/tickets/{one}/alike"), f"take-{one}": digest, "reason": "fine"}
        status, _, answer = client.post(f"/tickets/{one}/decisions", {**fields, "verdict": "approve"})
        assert (status, "nobody can approve here" in answer) == (409, True)
    assert book.ticket(one).state == "open"


def test_nobody_gets_alike_tickets_of_their_own_agent(home, ticket):
    with desk(home, "noor") as client:
        page = client.get(f"/tickets/{ticket}/alike")[2]
        assert "noor asked for it" in page
        assert "<form" not in page


def test_a_denial_is_followed_up_on_the_page(home, book, ticket):
    with desk(home, "sofia") as client:
        planned = {"plan-rotate": "1", "plan-notify": "1"}
        assert say(client, ticket, verdict="deny", **planned)[0] == 303
        page = client.get(f"/tickets/{ticket}")[2]
        assert "to do: rotate" in page
        fields = {**client.form(f"/tickets/{ticket}"), "remedy": "rotate", "evidence": f"{KEY} was replaced"}
        assert client.post(f"/tickets/{ticket}/remedy", {**fields, "link": "javascript:x"})[0] == 409
        assert client.post(f"/tickets/{ticket}/remedy", fields)[0] == 303
        page = client.get(f"/tickets/{ticket}")[2]
        assert "to do: rotate" not in page
        assert "to do: notify" in page
        assert KEY not in page
        assert client.post(f"/tickets/{ticket}/reopening", {**fields, "reason": " "})[0] == 409
        status, headers, _ = client.post(f"/tickets/{ticket}/reopening", {**fields, "reason": "a drill"})
        assert (status, headers["location"]) == (303, f"/tickets/{ticket}.2")
    assert (book.ticket(ticket).state, book.ticket(f"{ticket}.2").state) == ("denied", "open")


def test_glass_is_offered_to_those_who_may_break_it(home, book, ticket):
    configure(home, ON_CALL)
    due = now_us() + 600_000_000
    (live,) = more(book, ticket, 1, kind="live", due_at=due)
    with desk(home, "mina") as client:
        assert "Break glass" not in client.get(f"/tickets/{live}")[2]
        fields = {**client.form(f"/tickets/{live}"), "reason": "the shop is down"}
        assert client.post(f"/tickets/{live}/glass", fields)[0] == 409
    with desk(home, "sofia") as client:
        assert "Break glass" not in client.get(f"/tickets/{ticket}")[2]
        assert "Break glass" in client.get(f"/tickets/{live}")[2]
        fields = {**client.form(f"/tickets/{live}"), "reason": "the shop is down"}
        assert client.post(f"/tickets/{live}/glass", fields)[0] == 303
        assert client.post(f"/tickets/{live}/glass", fields)[0] == 409
    assert book.ticket(live).state == "approved"
    assert [one.cause for one in book.search("open")].count("break_glass") == 1


def test_agreement_is_counted_on_random_audits_that_two_judged(home, book, ticket):
    (one,) = more(book, ticket, 1, propensity=0.1)
    with desk(home, "sofia") as client:
        assert say(client, one, verdict="deny")[0] == 303
        assert "of 1" not in client.get("/reviewers")[2]
        fields = {**client.form(f"/tickets/{one}"), "reason": "a second opinion"}
        assert client.post(f"/tickets/{one}/reopening", fields)[0] == 303
    with desk(home, "tomas") as client:
        assert say(client, f"{one}.2", verdict="deny")[0] == 303
        page = client.get("/reviewers")[2]
    assert page.count("1 of 1") == 2


def test_who_wrote_a_rule_is_nobodys_business_beside_the_agent(home):
    rule = 'id = "no-paste"\ndecision = "ask"\ntool = "http_*"\nauthor = "tomas"\n'
    configure(home, f"\n[[rules]]\n{rule}")
    Audit(home).choose_policy()
    bundles = [file.read_text() for file in (home / "bundles").rglob("*.json")]
    assert any("no-paste" in text for text in bundles)
    assert not any('"author"' in text or "tomas" in text for text in bundles)


def test_an_audit_gives_what_waited_too_long_to_the_next_group(home, book, ticket):
    configure(home, '\n[[reviewer_groups]]\nname = "one"\nthen = "two"\n[[reviewer_groups]]\nname = "two"\n')
    due = book.ticket(ticket).due_at
    Audit(home, now=lambda: due).open_tickets()
    assert [one.event for one in book.events_of(ticket)] == ["opened", "escalated"]
    Audit(home, now=lambda: due).open_tickets()
    assert len(book.events_of(ticket)) == 2
    with desk(home, "sofia") as client:
        assert "Decides: <bdi>one</bdi> or <bdi>two</bdi>" in client.get(f"/tickets/{ticket}")[2]
