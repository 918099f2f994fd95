"""Approve and deny at once, audits at once, and kill -9 in the middle: one outcome, never half of one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.retroactive import concern_of, open_retroactive
from afteraction.casebook import Casebook

PEOPLE = """
import sys
import polars as pl
from afteraction.approvals.decide import NotDecidedError, decide
from afteraction.approvals.retroactive import open_retroactive
from afteraction.casebook import Casebook
from afteraction.records.settings import Principal, Settings
settings = Settings(principals=tuple(Principal(f"p{n}", can_approve=True) for n in range(4)))
book = Casebook.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
"""
DECIDE = (
    PEOPLE
    + """
number = int(sys.argv[2])
verdict = ("approved", "denied")[number % 2]
for ticket_id in sys.argv[3:]:
    try:
        decide(book, settings, ticket_id, verdict, reviewer=f"p{number}", reason="quick", channel="cli")
        print(ticket_id, verdict)
    except NotDecidedError:
        pass
"""
)
OPEN = (
    PEOPLE
    + """
rows = [{"action_id": f"a{n}", "session_key": f"s{n % 100}", "cause": "c"} for n in range(300)]
report = open_retroactive(book, pl.DataFrame(rows), settings)
for ticket_id in report.opened + report.reopened:
    print(ticket_id)
"""
)
FOREVER = (
    PEOPLE
    + """
for n in range(100_000):
    frame = pl.DataFrame({"action_id": [f"a{n}"], "session_key": [f"{sys.argv[2]}-{n}"], "cause": ["c"]})
    (ticket_id,) = open_retroactive(book, frame, settings).opened
    verdict = ("approved", "denied")[n % 2]
    decide(book, settings, ticket_id, verdict, reviewer="p1", reason="quick", channel="cli")
    print(ticket_id, flush=True)
"""
)


def start(code: str, *words: str) -> subprocess.Popen[str]:
    one = subprocess.Popen([sys.executable, "-c", code, *words], stdin=-1, stdout=-1, stderr=-1, text=True)
    assert one.stdout is not None
    assert one.stdout.readline() == "ready\n", one.communicate()[1]
    return one


def together(*running: subprocess.Popen[str]) -> list[list[str]]:
    with ThreadPoolExecutor(len(running)) as pool:
        said = list(pool.map(lambda one: one.communicate("go\n"), running))
    assert [one.returncode for one in running] == [0] * len(running), [err for _, err in said]
    return [out.splitlines() for out, _ in said]


def assert_whole(book: Casebook) -> None:
    """Every state has its event, every closed ticket its one decision, every approval its one grant."""
    with book.writing():
        pass  # a server may still be ending what a killed client began
    tickets, decisions, grants, events = book.tickets(), book.decisions(), book.grants(), book.ticket_events()
    assert events["event_id"].to_list() == list(range(1, events.height + 1))
    last = events.filter(pl.col("ticket_id").is_not_null() & (pl.col("event") != "refused"))
    last = last.group_by("ticket_id").agg(pl.col("state").last())
    assert tickets.select("ticket_id", "state").sort("ticket_id").equals(last.sort("ticket_id"))
    closed = tickets.filter(pl.col("state").is_in(["approved", "denied"]))
    assert sorted(closed["ticket_id"]) == sorted(decisions["ticket_id"])
    joined = closed.join(decisions, on="ticket_id")
    assert (joined["state"] == joined["verdict"]).all()
    approved = tickets.filter(pl.col("state") == "approved")
    assert sorted(approved["ticket_id"]) == sorted(grants["ticket_id"])


def test_row_12_approve_and_deny_at_once_has_one_winner(casebook_at):
    book = Casebook.open(casebook_at)
    opened = together(start(OPEN, casebook_at))[0][:30]
    said = together(*(start(DECIDE, casebook_at, str(n), *opened) for n in range(4)))
    won = [line.split() for lines in said for line in lines]
    assert sorted(ticket_id for ticket_id, _ in won) == sorted(opened)
    assert set(book.decisions().select("ticket_id", "verdict").rows()) == {(one, other) for one, other in won}
    assert_whole(book)


def test_two_audits_at_once_open_a_concern_once(casebook_at):
    said = together(*(start(OPEN, casebook_at) for _ in range(3)))
    assert sorted(len(lines) for lines in said) == [0, 0, 100]
    book = Casebook.open(casebook_at)
    assert book.tickets().height == 100
    assert_whole(book)


def test_row_13_many_clicks_at_once_are_one_decision(book, settings, waiting):
    def click(_):
        return decide(book, settings, waiting, "approved", reviewer="carol", reason="ok", channel="chat")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(click, range(16)))
    assert len(set(made)) == 1
    assert_whole(book)


def test_threads_that_disagree_have_one_winner(book, settings, waiting):
    def click(number):
        reviewer, verdict = (("carol", "approved"), ("oscar", "denied"))[number % 2]
        try:
            return decide(book, settings, waiting, verdict, reviewer=reviewer, reason="ok", channel="chat")
        except NotDecidedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = {one for one in pool.map(click, range(16)) if one}
    assert len(made) == 1
    assert_whole(book)


def kill_in_the_middle(casebook_at: str, round_: int) -> None:
    chance, acked = random.Random(round_), []
    for number in range(4):
        one = start(FOREVER, casebook_at, f"{round_}-{number}")
        one.stdin.write("go\n")
        one.stdin.flush()
        acked.append(one.stdout.readline().strip())
        time.sleep(chance.uniform(0.0, 0.4))
        one.send_signal(signal.SIGKILL)
        acked += one.communicate()[0].split()
        book = Casebook.open(casebook_at)
        assert_whole(book)
        assert set(acked) <= set(book.decisions()["ticket_id"])
    assert concern_of(f"{round_}-0-0", "c") in acked


def test_row_46_kill_9_leaves_no_half_decision(casebook_at):
    kill_in_the_middle(casebook_at, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 25))
def test_row_46_kill_9_many_times(casebook_at, seed):
    kill_in_the_middle(casebook_at, seed)


def test_an_audit_beside_a_reviewer_loses_nothing(book, settings, candidates, now):
    first = concern_of("ses_1", "secret-sent")

    def audit(number):
        open_retroactive(
            book, candidates(*({"action_id": f"a{n}"} for n in range(number + 1))), settings, now
        )

    def review(_):
        for ticket in book.search("open"):
            try:
                decide(
                    book, settings, ticket.ticket_id, "approved", reviewer="carol", reason="ok", channel="cli"
                )
            except NotDecidedError as error:
                assert "superseded" in str(error)  # noqa: PT017

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: (review if n % 2 else audit)(n), range(20)))
    assert_whole(book)
    assert book.ticket(first) is not None
    assert set(book.ticket_actions()["action_id"]) == {f"a{n}" for n in range(19)}
