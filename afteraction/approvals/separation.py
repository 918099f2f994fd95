"""Separation of duties: may this person decide on this ticket? Asked anew at every decision."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from afteraction.approvals.accounts import likeness
from afteraction.approvals.directory import Directory
from afteraction.casebook import Ticket
from afteraction.records.settings import Agent, Principal

HOW_TO_CONFIGURE = (
    "no people are configured, so nobody may decide: add [[principals]] with person, accounts and "
    "can_approve = true to afteraction.toml in $AFTERACTION_HOME (see docs/settings.md)"
)


@dataclass(frozen=True)
class Allowed:
    """The person may decide; `notes` are facts that belong in the audit trail."""

    person: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The reviewer may not decide, for all of these reasons."""

    reasons: tuple[str, ...]


def judge(ticket: Ticket, directory: Directory, reviewer: str) -> Allowed | Refused:
    """Whether the reviewer, as a person, stands apart from everybody who had a part in the action.

    People are compared, not account names. There is no exemption, for administrators neither, and an
    empty list of people is not permission.
    """
    if not directory.principals:
        return Refused((HOW_TO_CONFIGURE,))
    people = directory.login(reviewer)
    if len(people) != 1:
        return Refused((_unknown(reviewer, len(people)),))
    reasons = (*_unfit(people[0], directory), *_too_close(people[0], ticket, directory))
    return Refused(reasons) if reasons else Allowed(people[0].person, _notes(ticket, directory))


def may_decide(ticket: Ticket, directory: Directory) -> tuple[str, ...]:
    """The people who may decide on this ticket now, sorted."""
    people = {one.person for one in directory.principals}
    return tuple(sorted(one for one in people if isinstance(judge(ticket, directory, one), Allowed)))


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
    waiting = deque(_start(ticket))
    while waiting:
        name, part = waiting.popleft()
        for like in directory.same_person(likeness(name)):
            found.setdefault(like, set()).add(part)
            for agent in directory.acting_as(like):
                if agent.id not in agents:
                    agents.add(agent.id)
                    waiting.extend(_behind(agent))
    return {like: frozenset(parts) for like, parts in found.items()}


def _start(ticket: Ticket) -> Iterable[tuple[str, str]]:
    requesters = dict.fromkeys(one for one in (*ticket.requesters, ticket.on_behalf_of) if one)
    agents = dict.fromkeys(one for one in (*ticket.agents, ticket.agent_id) if one)
    yield from ((one, "asked for it (the action ran on their behalf)") for one in requesters)
    yield from ((one, "is the agent that acted") for one in agents)
    yield from ((one, "owned the agent when the ticket opened") for one in ticket.owners)


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
