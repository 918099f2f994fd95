"""Channels are told of tickets at least once, in order, and never in words that an agent chose to be read."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from receivers import http_inbox, slack_checks, smtp_inbox

from afteraction.approvals.decide import decide
from afteraction.casebook import Casebook, Entry
from afteraction.records.settings import Channel, Desk, Review, load_settings
from console.channels.deliver import ATTEMPTS, SECOND, deliver, undelivered

TOKEN = "xoxb-" + "made-up"
SECRET = {"ROOM": TOKEN, "FLOW": "", "HOOK": "signing-secret", "MAIL": "-", "PAGER": "routing-key"}
EVIL = "<!channel> <https://evil.example|Approve> [ok](https://evil.example)\u202e\r\nBcc: all@evil.example"


class Clock:
    def __init__(self):
        self.at = 1_900_000_000 * SECOND

    def __call__(self):
        self.at += 1
        return self.at


@pytest.fixture
def told(home):
    """Settings with these channels, everything that happened before left behind."""

    def of(*channels):
        settings = msgspec.structs.replace(
            load_settings(home), channels=channels, desk=Desk(url="https://desk.example.com/")
        )
        clock = Clock()
        run = lambda **environ: deliver(home, settings, {**SECRET, **environ}, clock)  # noqa: E731
        assert run().queued == 0
        return run, clock, settings

    return of


@pytest.fixture
def book(home):
    return Casebook.open(home / "casebook.sqlite")


def opened(book, name="T-9", **change):
    first = book.search()[0]
    ticket = msgspec.structs.replace(
        first, ticket_id=name, concern=name, state="open", closed_at=None, level="high", **change
    )
    with book.writing() as writing:
        entry = Entry(event="opened", actor="audit", at=writing.clock(ticket.opened_at))
        writing.open([(ticket, entry)])
    return ticket


def denied(book, settings, name="T-9"):
    said = {"reviewer": "priya@northwind.example", "reason": "not ours", "channel": "cli"}
    people = [one for one in settings.principals if one.can_approve]
    for one in people:
        try:
            return decide(book, settings, name, "denied", **{**said, "reviewer": one.accounts[0]})
        except RuntimeError:
            continue
    raise AssertionError("nobody may decide")


def test_slack_gets_one_message_that_changes_when_it_is_decided(told, book):
    with http_inbox(slack_checks(TOKEN)) as slack:
        run, _, settings = told(Channel("room", "slack", "ROOM", to="C1", server=slack.url + "/"))
        opened(book, title=EVIL)
        assert run().sent == 1
        denied(book, settings)
        assert run().sent == 1
    (first, _, sent), (second, _, changed) = slack.got
    assert (first, second) == ("/chat.postMessage", "/chat.update")
    assert json.loads(sent)["blocks"][2]["elements"][0]["url"] == "https://desk.example.com/tickets/T-9"
    assert "was denied" in json.loads(changed)["blocks"][0]["text"]["text"]


def test_what_an_agent_wrote_is_text_everywhere(told, book):
    with http_inbox(slack_checks(TOKEN)) as slack, http_inbox() as teams, smtp_inbox() as (server, mails):
        run, _, _ = told(
            Channel("room", "slack", "ROOM", to="C1", server=slack.url + "/"),
            Channel("flow", "teams", "FLOW"),
            Channel("mail", "mail", "MAIL", to="soc@example.com", sender="af@example.com", server=server),
        )
        opened(book, title=EVIL, tool=EVIL, agent_id=EVIL)
        assert run(FLOW=teams.url + "/flow").sent == 3
    room = json.loads(slack.got[0][2])
    assert room["parse"] == "none"
    assert {block["text"]["type"] for block in room["blocks"][:2]} == {"plain_text"}
    assert "\u202e" not in json.dumps(room, ensure_ascii=False)
    card = json.loads(teams.got[0][2])["attachments"][0]["content"]
    assert {part["type"] for part in card["body"]} == {"RichTextBlock"}
    headers = mails[0].split("\r\n\r\n")[0]
    assert "\nBcc:" not in headers
    assert headers.count("\nTo:") == 1


def test_a_webhook_is_signed_over_time_and_body(told, book):
    with http_inbox() as hook:
        run, _, _ = told(Channel("hook", "webhook", "HOOK", to=hook.url + "/in"))
        opened(book)
        assert run().sent == 1
    ((path, headers, body),) = hook.got
    stamp = headers["X-Afteraction-Timestamp"]
    made = hmac.new(b"signing-secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert (path, headers["X-Afteraction-Signature"]) == ("/in", f"v1={made}")
    assert json.loads(body)["ticket"] == "T-9"


def test_pagerduty_opens_and_resolves_one_incident(told, book):
    with http_inbox() as pager:
        run, _, settings = told(Channel("pager", "pagerduty", "PAGER", server=pager.url))
        opened(book)
        run()
        denied(book, settings)
        run()
    events = [json.loads(body) for _, _, body in pager.got]
    assert [one["event_action"] for one in events] == ["trigger", "resolve"]
    assert len({one["dedup_key"] for one in events}) == 1
    assert events[0]["payload"]["severity"] == "error"


def test_what_fails_is_tried_again_later_and_in_order(told, book):
    with http_inbox() as hook:
        run, clock, settings = told(Channel("hook", "webhook", "HOOK", to=hook.url))
        hook.answers = [(500, {}, b""), (429, {"Retry-After": "600"}, b"")]
        opened(book)
        denied(book, settings)
        assert (run().failed, len(hook.got)) == (1, 0)
        assert run().failed == 0
        clock.at += 20 * SECOND
        assert run().failed == 1
        clock.at += 500 * SECOND
        assert run() == run()
        clock.at += 200 * SECOND
        assert run().sent == 2
    assert [json.loads(body)["event"] for _, _, body in hook.got] == ["opened", "denied"]


@pytest.mark.parametrize("status", [400, 401, 404, 301])
def test_what_can_never_be_taken_is_given_up_and_shown(told, book, home, status):
    with http_inbox() as hook:
        run, _, settings = told(Channel("hook", "webhook", "HOOK", to=hook.url))
        hook.answers = [(status, {"Location": "https://elsewhere.example/"}, b"")]
        opened(book)
        assert run().given_up == 1
        assert run().sent == 0
    assert undelivered(home, settings) == [("hook", "T-9", 1, f"it answered {status}", True)]


def test_nobody_there_is_tried_many_times_and_then_given_up(told, book, home):
    run, clock, settings = told(Channel("hook", "webhook", "HOOK", to="http://127.0.0.1:9/in"))
    opened(book)
    for _ in range(ATTEMPTS - 1):
        assert run().failed == 1
        clock.at += 7200 * SECOND
    assert run().given_up == 1
    assert "127.0.0.1" not in str(undelivered(home, settings))


def test_one_channel_that_fails_holds_no_other_back(told, book):
    with http_inbox() as hook, smtp_inbox(refuse=True) as (server, _):
        run, _, _ = told(
            Channel("mail", "mail", "MAIL", to="soc@example.com", sender="af@example.com", server=server),
            Channel("hook", "webhook", "HOOK", to=hook.url),
            Channel("none", "slack", "NOT_SET", to="C1"),
        )
        opened(book)
        done = run()
    assert (done.sent, done.given_up, done.failed) == (1, 1, 1)


def test_channels_are_told_of_what_they_asked_for_only(told, book):
    with http_inbox() as hook:
        run, _, settings = told(
            Channel("hook", "webhook", "HOOK", to=hook.url, least="critical", events=("opened",)),
            Channel("more", "webhook", "HOOK", to=hook.url, tenants=("elsewhere",)),
        )
        opened(book)
        denied(book, settings)
        assert run().queued == 0
        opened(book, "T-10", risk=0.9)
    assert hook.got == []


def test_within_quiet_hours_little_things_wait(told, book, home):
    with http_inbox() as hook:
        run, clock, settings = told(Channel("hook", "webhook", "HOOK", to=hook.url, least="low"))
        review = Review(quiet_hours="00:00-23:59", quiet_levels=("low",), timezone="UTC")
        quiet = msgspec.structs.replace(settings, review=review)
        opened(book, "T-11")
        with book.writing() as writing:
            low = msgspec.structs.replace(
                book.search()[0], ticket_id="T-12", concern="T-12", state="open", level="low", closed_at=None
            )
            writing.open([(low, Entry(event="opened", actor="audit", at=writing.clock(low.opened_at)))])
        assert deliver(home, quiet, SECRET, clock).sent == 1
        clock.at += 86_400 * SECOND
        assert run().sent == 1
    assert [json.loads(body)["ticket"] for _, _, body in hook.got] == ["T-11", "T-12"]


def test_two_deliverers_send_nothing_twice(told, book):
    with http_inbox() as hook:
        run, _, _ = told(Channel("hook", "webhook", "HOOK", to=hook.url))
        for number in range(10, 30):
            opened(book, f"T-{number}")
        threads = [threading.Thread(target=run) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        run()
    tickets = [json.loads(body)["ticket"] for _, _, body in hook.got]
    assert sorted(tickets) == sorted(f"T-{number}" for number in range(10, 30))


def test_a_deliverer_that_dies_leaves_its_message_to_the_next(told, book):
    with http_inbox() as hook:
        run, clock, _ = told(Channel("hook", "webhook", "HOOK", to=hook.url))
        opened(book)
        book.fan_out({"hook": lambda _event, _ticket: clock.at}, clock())
        assert book.claim(["hook"], clock(), clock() + 120 * SECOND).ticket.ticket_id == "T-9"
        assert run().sent == 0
        clock.at += 121 * SECOND
        assert run().sent == 1


def test_the_command_sends_and_tells(home, book, monkeypatch):
    program = Path(sys.executable).with_name("afteraction")
    with http_inbox() as hook:
        toml = f'\n[[channels]]\nname = "hook"\nkind = "webhook"\nsecret_env = "HOOK"\nto = "{hook.url}"\n'
        (home / "afteraction.toml").write_text((home / "afteraction.toml").read_text() + toml)
        monkeypatch.setenv("HOOK", "signing-secret")

        def said(*words):
            asked = [program, "notify", *words]
            return subprocess.run(asked, capture_output=True, text=True, check=True).stdout

        assert said() == "0 sent, 0 to be tried again, 0 given up\n"
        opened(book)
        hook.answers = [(500, {}, b"")]
        assert said() == "0 sent, 1 to be tried again, 0 given up\n"
        assert "it answered 500" in said("--failed")
