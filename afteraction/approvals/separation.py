"""Separation of duties: may this person decide on this ticket? Asked anew at every decision."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from afteraction.approvals.accounts import likeness
from afteraction.approvals.directory import Directory
from afteraction.approvals.duty import Standing, Vote, off_duty
from afteraction.casebook import Ticket, now_us
from afteraction.records.settings import Agent, Principal

#: What is asked of a person's group: that it decides on the ticket now, that it does at all, or nothing.
Duty = Literal["now", "any_time", "none"]
HOW_TO_CONFIGURE = (
    "no people are configured, so nobody may decide: add [[principals]] with person, accounts and "
    "can_approve = true to afteraction.toml in $AFTERACTION_HOME (see docs/settings.md)"
)


@dataclass(frozen=True)
class Allowed:
    """The person may decide; `notes` are facts that belong in the audit trail, `instead_of` is the person
    whose deputy decides.
    """

    person: str
    notes: tuple[str, ...] = ()
    instead_of: str | None = None


@dataclass(frozen=True)
class Refused:
    """The reviewer may not decide, for all of these reasons."""

    reasons: tuple[str, ...]


def judge(
    ticket: Ticket,
    directory: Directory,
    reviewer: str,
    now: Standing | None = None,
    duty: Duty = "now",
) -> Allowed | Refused:
    """Whether the reviewer, as a person, stands apart from everybody who had a part in the action.

    People are compared, not account names. There is no exemption, for administrators neither, and an
    empty list of people is not permission. The person's group must have its turn, too, with `now` at this
    time and with `any_time` at whatever time. Whoever may not on their own account may as the deputy of
    somebody who may.
    """
    if not directory.principals:
        return Refused((HOW_TO_CONFIGURE,))
    people = directory.login(reviewer)
    if len(people) != 1:
        return Refused((_unknown(reviewer, len(people)),))
    person, at = people[0], now or Standing(now_us())
    reasons = _against(person, ticket, directory, at, duty)
    if not reasons:
        return Allowed(person.person, _notes(ticket, directory))
    if _stands_in(person, ticket, directory):
        for other in directory.away(person, at.at):
            if not _against(other, ticket, directory, at, duty):
                return Allowed(person.person, _notes(ticket, directory), other.person)
    return Refused(reasons)


def may_decide(ticket: Ticket, directory: Directory, now: Standing | None = None) -> tuple[str, ...]:
    """The people who may decide on this ticket now, sorted; without those who approved it already."""
    at = now or Standing(now_us())
    people = (one for one in directory.principals if not voted(one.person, at.votes, directory))
    names = {one.person for one in people}
    return tuple(sorted(one for one in names if isinstance(judge(ticket, directory, one, at), Allowed)))


def voted(person: str, votes: Iterable[Vote], directory: Directory) -> bool:
    """Whether one of these votes is this human's, or was given instead of them."""
    known = directory.named(person)
    if known is None:
        return False
    others = (directory.named(name) for vote in votes for name in vote.people())
    return any(one is not None and directory.one_person(known, one) for one in others)


def standing_votes(ticket: Ticket, directory: Directory, now: Standing) -> tuple[Vote, ...]:
    """Those of the votes whose people may still decide, each human once."""
    kept: list[Vote] = []
    for vote in now.votes:
        judged = judge(ticket, directory, vote.person, now, "any_time")
        fresh = not any(voted(one, kept, directory) for one in vote.people())
        if fresh and isinstance(judged, Allowed):
            kept.append(vote)
    return tuple(kept)


def _against(
    person: Principal, ticket: Ticket, directory: Directory, now: Standing, duty: Duty
) -> tuple[str, ...]:
    """Why a person may not decide on their own account."""
    reasons = (*_unfit(person, directory), *_too_close(person, ticket, directory))
    if duty == "none":
        return reasons
    why = off_duty(frozenset(person.groups), ticket, directory.settings, now, hours=duty == "now")
    return reasons if why is None else (*reasons, f"{person.person} {why}")


def _stands_in(person: Principal, ticket: Ticket, directory: Directory) -> bool:
    """Whether a person could decide if it were their group's turn: then they may for another."""
    return not _unfit(person, directory) and not _too_close(person, ticket, directory)


def _unknown(reviewer: str, people: int) -> str:
    if not reviewer.strip():
        return "no reviewer was named"
    if people:
        return f"{reviewer!r} is an account of {people} people; one account belongs to one person"
    return f"{reviewer!r} is not an account of any configured person"


def _unfit(person: Principal, directory: Directory) -> tuple[str, ...]:
    found = []
    if not person.active:
        found.append(f"{person.person} is not active")
    if not person.can_approve:
        found.append(f"{person.person} may not approve (can_approve is false)")
    if directory.is_agent(directory.alike(person)):
        found.append(f"{person.person} is, or shares an account with, an agent or service account")
    return tuple(found)


def _too_close(person: Principal, ticket: Ticket, directory: Directory) -> tuple[str, ...]:
    own = directory.alike(person)
    parts = {part for like, found in _parties(ticket, directory).items() if like in own for part in found}
    return tuple(f"{person.person} {part}" for part in sorted(parts))


def _parties(ticket: Ticket, directory: Directory) -> Mapping[str, frozenset[str]]:
    """Everybody with a part in the action, up every delegation: likeness to parts (as predicates)."""
    found: dict[str, set[str]] = {}
    agents: set[str] = set()
    waiting = deque(_start(ticket, directory))
    while waiting:
        name, part = waiting.popleft()
        for like in directory.same_person(likeness(name)):
            found.setdefault(like, set()).add(part)
            for agent in directory.acting_as(like):
                if agent.id not in agents:
                    agents.add(agent.id)
                    waiting.extend(_behind(agent))
    return {like: frozenset(parts) for like, parts in found.items()}


def _start(ticket: Ticket, directory: Directory) -> Iterable[tuple[str, str]]:
    requesters = dict.fromkeys(one for one in (*ticket.requesters, ticket.on_behalf_of) if one)
    agents = dict.fromkeys(one for one in (*ticket.agents, ticket.agent_id) if one)
    yield from ((one, "asked for it (the action ran on their behalf)") for one in requesters)
    yield from ((one, "is the agent that acted") for one in agents)
    yield from ((one, "owned the agent when the ticket opened") for one in ticket.owners)
    yield from ((one, "wrote the rule that asks for it") for one in directory.rule_authors(ticket.cause))


def _behind(agent: Agent) -> Iterable[tuple[str, str]]:
    yield agent.id, f"is the agent {agent.id}"
    yield agent.owner, f"owns the agent {agent.id}"
    if agent.service_account:
        yield agent.service_account, f"is the service account of {agent.id}"
    if agent.delegated_by:
        yield agent.delegated_by, f"delegated to {agent.id}"
    if agent.policy_author:
        yield agent.policy_author, f"wrote the policy of {agent.id}"


def _notes(ticket: Ticket, directory: Directory) -> tuple[str, ...]:
    known = directory.owners(ticket.agents) or ticket.owners
    notes = () if known else ("the agent's owner is not known",)
    return notes if ticket.requesters or ticket.on_behalf_of else (*notes, "the requester is not known")
