"""Who is who, from the settings: agents, people and the accounts that are one person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from afteraction.approvals.accounts import likeness, login_key
from afteraction.casebook import Casebook, Entry, Identities, now_us
from afteraction.records.settings import Agent, Principal, Settings


@dataclass(frozen=True)
class Directory:
    """The configured agents and people, looked up by strict login or by loose likeness."""

    agents: tuple[Agent, ...]
    principals: tuple[Principal, ...]
    settings: Settings

    @classmethod
    def of(cls, settings: Settings) -> Directory:
        """The directory that these settings describe."""
        return cls(settings.agents, settings.principals, settings)

    def login(self, account: str) -> tuple[Principal, ...]:
        """The people who own exactly this account (strict); more than one is a configuration error."""
        return self._logins.get(login_key(account), ())

    def alike(self, principal: Principal) -> frozenset[str]:
        """The likenesses of a person's names, and of everybody who shares one of them."""
        found = likenesses(principal)
        while True:
            wider = found.union(*(likes for likes in self._people if likes & found))
            if wider == found:
                return found
            found = wider

    def one_person(self, some: Principal, other: Principal) -> bool:
        """Whether two entries may be one and the same human: they share a likeness, if over a third."""
        return bool(self.alike(some) & self.alike(other))

    def named(self, person: str) -> Principal | None:
        """The entry of a person by exactly that name."""
        return next((one for one in self.principals if one.person == person), None)

    def away(self, deputy: Principal, at: int) -> tuple[Principal, ...]:
        """The people for whom this one decides at a time (µs, UTC)."""
        today = datetime.fromtimestamp(at / 1_000_000, UTC).date()
        mine = (one for one in self.settings.deputies if one.deputy == deputy.person)
        held = (one.person for one in mine if (one.since or today) <= today <= one.until)
        return tuple(found for found in map(self.named, held) if found is not None)

    def rule_authors(self, cause: str) -> tuple[str, ...]:
        """Who wrote the rule that is a ticket's cause (`rule:ID`); nobody for other causes."""
        rules = self.settings.rules
        return tuple(one.author for one in rules if one.author and cause == f"rule:{one.id}")

    def same_person(self, like: str) -> frozenset[str]:
        """All likenesses of the people who have this one; itself alone when nobody has."""
        people = [one for one in self.principals if like in likenesses(one)]
        return frozenset({like}).union(*(self.alike(one) for one in people))

    def acting_as(self, like: str) -> tuple[Agent, ...]:
        """The agents that have this likeness as id or as service account."""
        return tuple(one for one in self.agents if like in self._agent_names[one.id])

    def is_agent(self, likes: frozenset[str]) -> bool:
        """Whether one of these is an agent's id or service account."""
        return any(likes & names for names in self._agent_names.values())

    def owners(self, agent_ids: tuple[str, ...]) -> tuple[str, ...]:
        """The registered owners of these agents, sorted."""
        found = (self._owner.get(likeness(one)) for one in agent_ids)
        return tuple(sorted({owner for owner in found if owner}))

    @cached_property
    def _logins(self) -> Mapping[str, tuple[Principal, ...]]:
        found: dict[str, tuple[Principal, ...]] = {}
        for principal in self.principals:
            for key in {login_key(name) for name in names(principal)}:
                found[key] = (*found.get(key, ()), principal)
        return found

    @cached_property
    def _owner(self) -> Mapping[str, str]:
        return {likeness(one.id): one.owner for one in self.agents}

    @cached_property
    def _people(self) -> tuple[frozenset[str], ...]:
        return tuple(likenesses(one) for one in self.principals)

    @cached_property
    def _agent_names(self) -> Mapping[str, frozenset[str]]:
        return {
            one.id: frozenset(likeness(name) for name in (one.id, one.service_account) if name)
            for one in self.agents
        }


def believed(directory: Directory) -> frozenset[str]:
    """The people who may decide today: what others decided before is kept, but nothing is learned from it."""
    fit = (one for one in directory.principals if one.active and one.can_approve)
    return frozenset(one.person for one in fit if not directory.is_agent(directory.alike(one)))


def names(principal: Principal) -> tuple[str, ...]:
    """The person's own name and every account, without repeats."""
    return tuple(dict.fromkeys((principal.person, *principal.accounts)))


def likenesses(principal: Principal) -> frozenset[str]:
    """The likenesses of a person's own names."""
    return frozenset(likeness(name) for name in names(principal))


def sync(casebook: Casebook, settings: Settings, now: int | None = None) -> bool:
    """Writes agents, people and delegations to the casebook, where controls join them.

    True when something changed; the change is an `identities_changed` event. `now` in µs, UTC.
    """
    entry = Entry(event="identities_changed", actor="settings", at=now_us() if now is None else now)
    with casebook.writing() as writing:
        return writing.identities(identities(settings), entry)


def identities(settings: Settings) -> Identities:
    """The rows of the identity tables that these settings describe."""
    return Identities(
        agents=_sorted((a.id, a.owner, a.service_account, _tools(a), a.delegated_by, a.policy_author)
                       for a in settings.agents),
        principals=_sorted((p.person, int(p.active), int(p.can_approve), json.dumps(sorted(p.groups)))
                           for p in settings.principals),
        accounts=_sorted((p.person, name, login_key(name)) for p in settings.principals for name in names(p)),
        delegations=_sorted((a.id, a.delegated_by) for a in settings.agents if a.delegated_by),
    )  # fmt: skip


def _tools(agent: Agent) -> str | None:
    return None if agent.tools is None else json.dumps(sorted(agent.tools))


def _sorted(rows: Iterator[tuple[str | int | None, ...]]) -> tuple[tuple[str | int | None, ...], ...]:
    return tuple(sorted(set(rows), key=repr))
