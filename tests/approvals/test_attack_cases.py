"""All 47 attacks on approvals, by number: each is held by a test, not applicable, or said to be open."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import attacks_on_approvals as attacks
import pytest

from afteraction.casebook import Casebook

ROOT = Path(__file__).parents[2]


class Row(NamedTuple):
    """`held` names tests elsewhere (`path::test`), or says `open: …` or `n/a: …` with the reason; empty
    where the attack is played here.
    """

    attack: str
    held: tuple[str, ...] = ()


_BINDING = "tests/approvals/test_binding.py::"
_DESK = "tests/console/test_review_desk.py::"
_NO_CHAT = "n/a: nothing is decided in a channel; messages link to the desk"
ROWS = {
    1: Row("the requester approves their own"),
    2: Row("the agent's owner approves"),
    3: Row("the same service account"),
    4: Row("the approver's own agent asked"),
    5: Row("a delegation chain from A to C, and A approves"),
    6: Row("one human with two accounts: alias, plus-address, case, look-alike"),
    7: Row("the approver is an agent's token"),
    8: Row("taken out of the group between opening and clicking"),
    9: Row("the approver is disabled"),
    10: Row("a quorum of two with one person on two channels"),
    11: Row("a quorum with alias accounts"),
    12: Row("approve and deny at once"),
    13: Row("double click and retry"),
    14: Row("a grant used twice by eight processes",
            ("tests/casebook/test_casebook_races.py::test_row_14_eight_processes_use_each_grant_once",)),
    15: Row("a grant for other arguments", (_BINDING + "test_row",)),
    16: Row("the same arguments for another target, tenant or agent", (_BINDING + "test_row",)),
    17: Row("what arguments point to changes after the approval",
            ("open: a target's version is not bound yet",)),
    18: Row("numbers that read alike and differ",
            (_BINDING + "test_row_18_equal_values_have_one_digest",
             _BINDING + "test_other_values_have_another")),
    19: Row("a key twice in one object", (_BINDING + "test_rows_19_20_two_readings_are_refused",)),
    20: Row("integers beyond 2^53", (_BINDING + "test_rows_19_20_two_readings_are_refused",)),
    21: Row("a message too long for chat hides the payload", (_NO_CHAT,)),
    22: Row("expired when it runs", (_BINDING + "test_row_22_an_expired_grant",)),
    23: Row("time won by setting the clock back",
            (_BINDING + "test_row_23_the_clock_set_back_after_something_later_happened",)),
    24: Row("the ticket is edited after the approval"),
    25: Row("the rules are relaxed or changed after the ticket opened"),
    26: Row("approved for some actions, and another is added"),
    27: Row("arguments with a wildcard"),
    28: Row("a chat callback replayed within five minutes", (_NO_CHAT,)),
    29: Row("an old timestamp", (_NO_CHAT,)),
    30: Row("a bad or missing signature", (_NO_CHAT,)),
    31: Row("the body written anew before its signature is checked", (_NO_CHAT,)),
    32: Row("another user, workspace, guest or bot", (_NO_CHAT,)),
    33: Row("the answer address abused", (_NO_CHAT,)),
    34: Row("a token for another audience, issuer, tenant or service", (_NO_CHAT,)),
    35: Row("a webhook signed with another tenant's key", ("n/a: webhooks only go out; none comes in",)),
    36: Row("a link that is fetched ahead approves",
            (_DESK + "test_nobody_decides_on_their_own_agent_and_no_get_decides",)),
    37: Row("a form from another site",
            (_DESK + "test_a_form_that_is_not_ours_or_not_whole_decides_nothing",)),
    38: Row("somebody else's ticket id"),
    39: Row("an agent's text says that it is approved"),
    40: Row("a flood of tickets"),
    41: Row("the approval service is down", ("open: a hook that asks for a hold is not tried here yet",)),
    42: Row("the store is read-only or full",
            ("tests/casebook/test_casebook.py::test_row_42_a_full_or_broken_store_says_so_and_decides_nothing",)),
    43: Row("glass broken without a reason, without a ticket, twice"),
    44: Row("the actor closes the ticket about what they did"),
    45: Row("a ticket for what never ran"),
    46: Row("a crash between decision, run and outcome",
            ("open: the outcome of a run is not tried here yet; the decision is, in test_decide_races.py",)),
    47: Row("the ledger fails after the approval, and the action runs",
            ("open: running what was approved is not tried here yet",)),
}  # fmt: skip
PLAYED = sorted(number for number, row in ROWS.items() if not row.held)
NAMED = sorted((n, where) for n, row in ROWS.items() for where in row.held if "::" in where)
TOLD = {n: one for n, row in ROWS.items() for one in row.held if "::" not in one}


@pytest.fixture
def scene(tmp_path, settings, candidates, now):
    file = tmp_path / "casebook.sqlite"
    book = Casebook.open(file)
    (ticket,) = attacks.open_retroactive(book, candidates({}), settings, now).opened
    return attacks.Scene(book, file, settings, ticket, candidates, now)


@pytest.mark.parametrize("number", PLAYED, ids=[f"{n} {ROWS[n].attack}" for n in PLAYED])
def test_it_is_held(scene, number):
    getattr(attacks, f"row_{number}")(scene)


def test_every_attack_has_a_row_and_every_row_an_answer():
    assert sorted(ROWS) == list(range(1, 48))
    assert {f"row_{n}" for n in PLAYED} == {name for name in dir(attacks) if name.startswith("row_")}
    assert all(told.startswith(("open: ", "n/a: ")) and len(told) > 12 for told in TOLD.values())


@pytest.mark.parametrize(("number", "where"), NAMED)
def test_the_test_that_holds_it_is_there(number, where):
    path, _, name = where.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_what_is_open_is_told(capsys):
    with capsys.disabled():
        for number, told in TOLD.items():
            sys.stdout.write(f"\nattack {number} ({ROWS[number].attack}): {told}")
    assert len(TOLD) + len(PLAYED) + len({number for number, _ in NAMED}) == len(ROWS)
