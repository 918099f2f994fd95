"""Several processes at one casebook: nothing happens twice, nothing is half done."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec
import polars as pl

from afteraction.casebook import Casebook, Decision, Entry, Grant, Ticket

CONSUME = """
import sys
from afteraction.casebook import Casebook, Entry
book = Casebook.open(sys.argv[1])
sys.stdin.readline()
for n in range(100):
    with book.writing() as writing:
        ticket = writing.ticket(f"T-{n}")
        if writing.consume(ticket, f"digest-{n}", Entry(event="consumed", actor=sys.argv[2], at=3_000)):
            print(ticket.ticket_id)
"""
OPEN = """
import sys
from afteraction.casebook import Casebook
sys.stdin.readline()
print(Casebook.open(sys.argv[1]).tickets().height)
"""


def together(code: str, where: str, processes: int) -> list[str]:
    """Starts this code in several processes, lets them go at once, and returns what they printed."""
    command = [sys.executable, "-c", code, where]
    running = [
        subprocess.Popen([*command, f"worker-{n}"], stdin=-1, stdout=-1, stderr=-1, text=True)
        for n in range(processes)
    ]
    with ThreadPoolExecutor(processes) as pool:
        said = list(pool.map(lambda one: one.communicate("go\n"), running))
    assert [one.returncode for one in running] == [0] * processes, [err for _, err in said]
    return [line for out, _ in said for line in out.splitlines()]


def approved(book: Casebook, number: int) -> None:
    ticket = Ticket(
        ticket_id=f"T-{number}",
        concern=f"T-{number}",
        version=1,
        kind="live",
        tenant="acme",
        session_id="s",
        session_key="ses",
        action_id=f"act_{number}",
        action_ids=(f"act_{number}",),
        cause="c",
        title="t",
        opened_at=1_000,
        due_at=9_000,
    )
    decision = Decision(
        decision_id=f"D-{number}",
        ticket_id=ticket.ticket_id,
        verdict="approved",
        reviewer="carol",
        person="carol",
        reason="fine",
        channel="cli",
        args_sha256=None,
        decided_at=2_000,
    )
    grant = Grant(
        grant_id=f"G-{number}",
        ticket_id=ticket.ticket_id,
        digest=f"digest-{number}",
        nonce="n",
        minted_at=2_000,
        expires_at=5_000,
    )
    with book.writing() as writing:
        writing.open([(ticket, Entry(event="opened", actor="audit", at=1_000))])
        writing.settle(ticket, decision, grant, Entry(event="approved", actor="carol", at=2_000))


def test_row_14_eight_processes_use_each_grant_once(casebook_at):
    book = Casebook.open(casebook_at)
    for number in range(100):
        approved(book, number)
    used = together(CONSUME, casebook_at, 8)
    assert sorted(used) == sorted(f"T-{n}" for n in range(100))
    assert book.grants()["consumed_at"].null_count() == 0
    events = book.ticket_events()
    assert events["event_id"].to_list() == list(range(1, 301))
    assert events.filter(pl.col("event") == "consumed")["ticket_id"].n_unique() == 100


def test_processes_that_start_at_once_make_one_casebook(casebook_at):
    assert together(OPEN, casebook_at, 4) == ["0"] * 4


def test_a_grant_is_bound_and_ends(casebook_at):
    book = Casebook.open(casebook_at)
    approved(book, 1)
    ticket = book.ticket("T-1")
    late = Entry(event="consumed", actor="hook", at=5_000)
    in_time = msgspec.structs.replace(late, at=4_999)
    with book.writing() as writing:
        assert not writing.consume(ticket, "digest-1", late)
        assert not writing.consume(ticket, "digest-2", in_time)
        assert writing.consume(ticket, "digest-1", in_time)
        assert not writing.consume(ticket, "digest-1", in_time)
    assert [one.event for one in book.events_after()] == ["opened", "approved", "consumed"]
