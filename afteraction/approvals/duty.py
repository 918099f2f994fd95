"""Whose turn it is: reviewer groups with their hours, escalation, quorum, and when nobody is disturbed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from zoneinfo import ZoneInfo

from afteraction.casebook import Event, Ticket
from afteraction.records.settings import Settings
from afteraction.records.settings_review import ReviewerGroup, day_name, minutes


@dataclass(frozen=True)
class Vote:
    """One approval that counts towards a quorum; `instead_of` is whom a deputy decided for."""

    person: str
    instead_of: str | None = None

    def people(self) -> frozenset[str]:
        """Everybody who cannot approve once more."""
        return frozenset(one for one in (self.person, self.instead_of) if one)


@dataclass(frozen=True)
class Standing:
    """How far a ticket has come: the time (µs, UTC), how often it was escalated, who approved so far."""

    at: int
    escalated: int = 0
    votes: tuple[Vote, ...] = ()


def standing(events: Sequence[Event], at: int) -> Standing:
    """What an open ticket's audit trail says at a time (µs, UTC)."""
    said = [json.loads(one.details) for one in events if one.event == "endorsed"]
    votes = tuple(Vote(one["person"], one.get("instead_of")) for one in said)
    return Standing(at, sum(one.event == "escalated" for one in events), votes)


def chain(ticket: Ticket, settings: Settings) -> tuple[ReviewerGroup, ...]:
    """The group that decides on the ticket and those that it can go on to, in order; empty for none."""
    by_name = {one.name: one for one in settings.reviewer_groups}
    found: list[ReviewerGroup] = []
    one = next((group for group in settings.reviewer_groups if _decides(group, ticket, settings)), None)
    while one is not None and one not in found:
        found.append(one)
        one = by_name.get(one.then or "")
    return tuple(found)


def turn(ticket: Ticket, settings: Settings, escalated: int) -> tuple[ReviewerGroup, ...]:
    """The groups that may decide now; a ticket that was escalated is still its first group's too."""
    return chain(ticket, settings)[: escalated + 1]


def off_duty(
    groups: frozenset[str], ticket: Ticket, settings: Settings, now: Standing, *, hours: bool
) -> str | None:
    """Why somebody in these groups cannot decide now, if so; without `hours` at whatever time."""
    deciding = turn(ticket, settings, now.escalated)
    own = [one for one in deciding if one.name in groups]
    if not deciding or any(not hours or is_open(one, now.at) for one in own):
        return None
    if own:
        return f"is not on duty now ({own[0].name}: {_times(own[0])})"
    return f"is not in {' or '.join(one.name for one in deciding)}, which decides on this ticket"


def needed(ticket: Ticket, settings: Settings) -> int:
    """How many different people must approve this ticket."""
    groups = {one.name for one in chain(ticket, settings)[:1]}
    fitting = (
        one.people
        for one in settings.quorums
        if (not one.levels or (ticket.level or "none") in one.levels)
        and (not one.kinds or ticket.kind in one.kinds)
        and (not one.groups or groups & set(one.groups))
    )
    return max(fitting, default=1)


def escalates_at(ticket: Ticket, settings: Settings, escalated: int) -> int | None:
    """When the ticket goes to its next group (µs, UTC); None where there is none."""
    if len(chain(ticket, settings)) <= escalated + 1:
        return None
    left = (1 - settings.review.escalate_at) ** (escalated + 1)
    return ticket.opened_at + int((ticket.due_at - ticket.opened_at) * (1 - left))


def is_open(group: ReviewerGroup, at: int) -> bool:
    """Whether the group's people may approve at a time (µs, UTC); a night belongs to the day it began on."""
    local = _local(at, group.timezone)
    if group.hours is None:
        return not group.days or day_name(local.weekday()) in group.days
    begin, end = minutes(group.hours)
    now = local.hour * 60 + local.minute
    if not (begin <= now < end if begin < end else now >= begin or now < end):
        return False
    began = local - timedelta(days=1) if end < begin and now < end else local
    return not group.days or day_name(began.weekday()) in group.days


def quiet_until(level: str | None, settings: Settings, at: int) -> int | None:
    """Until when nobody is told of a ticket of this level (µs, UTC); None to tell at once.

    Only notifications wait; a ticket can be decided at any time.
    """
    review = settings.review
    if review.quiet_hours is None or (level or "none") not in review.quiet_levels:
        return None
    begin, end = minutes(review.quiet_hours)
    local = _local(at, review.timezone)
    now = local.hour * 60 + local.minute
    if not (begin <= now < end if begin < end else now >= begin or now < end):
        return None
    until = local.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
    return int((until if now < end else until + timedelta(days=1)).timestamp()) * 1_000_000


def _decides(group: ReviewerGroup, ticket: Ticket, settings: Settings) -> bool:
    agents = {one for one in (*ticket.agents, ticket.agent_id) if one}
    teams = {_team(agent, ticket.tenant, settings) for agent in agents}
    return (
        (not group.tenants or ticket.tenant in group.tenants)
        and (not group.kinds or ticket.kind in group.kinds)
        and (not group.levels or (ticket.level or "none") in group.levels)
        and (not group.teams or bool(teams & set(group.teams)))
        and (not group.agents or any(_glob(one, agent) for one in group.agents for agent in agents))
    )


def _team(agent: str, tenant: str, settings: Settings) -> str | None:
    own = (one for one in settings.teams if one.tenant in {None, tenant})
    return next((one.name for one in own if any(_glob(name, agent) for name in one.agents)), None)


def _glob(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _times(group: ReviewerGroup) -> str:
    return " ".join((*group.days, group.hours or "", group.timezone)).replace("  ", " ").strip()


def _local(at: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(_zone(timezone))


@lru_cache(maxsize=100)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
