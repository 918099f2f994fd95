"""Who may decide: people apart from the action, and nobody because something was left empty."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afteraction.approvals.accounts import likeness, login_key
from afteraction.approvals.directory import Directory
from afteraction.approvals.separation import Allowed, Refused, judge, may_decide
from afteraction.casebook import Ticket
from afteraction.records.settings import Agent, Principal, Settings

TICKET = Ticket(
    ticket_id="T-1",
    concern="T-1",
    version=1,
    kind="retroactive",
    tenant="acme",
    session_id="s",
    session_key="ses",
    action_id="act_1",
    action_ids=("act_1",),
    cause="c",
    title="t",
    opened_at=1,
    due_at=2,
    agent_id="bot",
    agents=("bot",),
    on_behalf_of="ruth@example.com",
    requesters=("ruth@example.com",),
    owners=("alice@example.com",),
)


def said(settings: Settings, reviewer: str, ticket: Ticket = TICKET) -> str:
    """Why the reviewer may not, in one line; empty when they may."""
    verdict = judge(ticket, Directory.of(settings), reviewer)
    return "; ".join(verdict.reasons) if isinstance(verdict, Refused) else ""


def test_a_person_apart_may_decide(settings):
    assert judge(TICKET, Directory.of(settings), "carol@example.com") == Allowed("carol")
    assert may_decide(TICKET, Directory.of(settings)) == ("carol", "oscar")


@pytest.mark.parametrize(
    ("row", "reviewer", "why"),
    [
        ("1 the requester", "ruth@example.com", "asked for it"),
        ("2 the agent's owner", "alice@example.com", "owns the agent bot"),
        ("3 the same service account", "svc-bot@example.com", "not an account of any configured person"),
        ("3 owner of an agent with the same service account", "tom@example.com", "owns the agent twin"),
        ("5 one delegation up", "peter@example.com", "owns the agent planner"),
        ("5 two delegations up", "dora@example.com", "delegated to planner"),
        ("7 the agent itself", "bot", "not an account of any configured person"),
        ("9 a disabled approver", "gone@example.com", "not active"),
        ("the policy's author", "paula@example.com", "wrote the policy of bot"),
        ("no right to approve", "reader@example.com", "may not approve"),
        ("no exemption for administrators", "admin@example.com", "may not approve"),
        ("somebody unknown", "mallory@example.com", "not an account of any configured person"),
        ("nobody", "  ", "no reviewer was named"),
    ],
)
def test_row(settings, row, reviewer, why):
    assert why in said(settings, reviewer)


def test_row_4_the_reviewers_own_agent_asked(settings):
    asked = msgspec.structs.replace(TICKET, on_behalf_of="other", requesters=("other",))
    assert "owns the agent other" in said(settings, "oscar@example.com", asked)
    assert said(settings, "carol@example.com", asked) == ""


@pytest.mark.parametrize(
    "alias",
    [
        "RUTH@Example.com",
        " ruth@example.com ",
        "ruth+bots@example.com",
        "r.u.t.h@example.com",
        "ruth\u200b@example.com",
        "rut\u04bb@example.com",
        "\uff52\uff55\uff54\uff48@example.com",
        "Ruth R. <ruth@example.com>",
        "rúth@example.com",
    ],
)
def test_row_6_one_person_with_another_name(settings, alias):
    asked = msgspec.structs.replace(TICKET, on_behalf_of=alias, requesters=(alias,))
    assert "asked for it" in said(settings, "ruth@example.com", asked)
    assert "asked for it" in said(settings, "ruth", asked)


def test_row_6_two_accounts_of_one_person(settings):
    assert "owns the agent bot" in said(settings, "U0ALICE")
    asked = msgspec.structs.replace(TICKET, on_behalf_of="U0CAROL", requesters=("U0CAROL",))
    assert "asked for it" in said(settings, "carol@example.com", asked)


def test_row_6_two_entries_that_are_one_person():
    settings = Settings(
        agents=(Agent("bot", "alice@example.com"),),
        principals=(
            Principal("alice", ("alice@example.com",), can_approve=True),
            Principal("second", ("alice+2@example.com",), can_approve=True),
        ),
    )
    assert "owns the agent bot" in said(settings, "second")


@pytest.mark.parametrize(
    "forged", ["\u0441arol@example.com", "carol+x@example.com", "car\u200bol@example.com"]
)
def test_a_look_alike_does_not_get_in(settings, forged):
    assert "not an account of any configured person" in said(settings, forged)


def test_row_7_a_person_whose_account_is_an_agents(settings):
    mixed = msgspec.structs.replace(
        settings, principals=(*settings.principals, Principal("machine", ("other",), can_approve=True))
    )
    assert "is, or shares an account with, an agent" in said(mixed, "machine")


def test_an_account_of_two_people_is_nobodys(settings):
    shared = msgspec.structs.replace(
        settings,
        principals=(*settings.principals, Principal("carl", ("carol@example.com",), can_approve=True)),
    )
    assert "an account of 2 people" in said(shared, "carol@example.com")


def test_a_former_owner_stays_out(settings):
    handed = msgspec.structs.replace(
        settings, agents=(Agent("bot", "oscar@example.com"), *settings.agents[1:])
    )
    assert "owned the agent when the ticket opened" in said(handed, "alice@example.com")
    assert "owns the agent bot" in said(handed, "oscar@example.com")


def test_every_agent_of_the_ticket_counts(settings):
    two = msgspec.structs.replace(TICKET, agents=("bot", "other"))
    assert "owns the agent other" in said(settings, "oscar@example.com", two)


def test_delegation_in_a_circle_ends(settings):
    circle = Settings(
        agents=(Agent("bot", "alice", delegated_by="b"), Agent("b", "bert", delegated_by="bot")),
        principals=(Principal("bert", can_approve=True), Principal("carol", can_approve=True)),
    )
    assert "owns the agent b" in said(circle, "bert")
    assert said(circle, "carol") == ""


def test_an_unknown_agent_is_noted_and_still_decidable(settings):
    unknown = msgspec.structs.replace(
        TICKET, agent_id=None, agents=(), on_behalf_of=None, requesters=(), owners=()
    )
    verdict = judge(unknown, Directory.of(settings), "carol")
    assert verdict == Allowed("carol", ("the agent's owner is not known", "the requester is not known"))


def test_no_people_is_not_permission():
    assert "no people are configured" in said(Settings(), "carol")
    assert "docs/settings.md" in said(Settings(agents=(Agent("bot", "alice"),)), "alice")


@given(st.text(max_size=40))
def test_names_never_break_and_settle(name):
    assert login_key(login_key(name)) == login_key(name)
    assert isinstance(likeness(name), str)
    assert likeness(name.upper()) == likeness(name.upper().lower())


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_same_login_is_alike(one, other):
    if login_key(one) == login_key(other):
        assert likeness(one) == likeness(other)
