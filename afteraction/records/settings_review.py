"""What an owner configures of who decides when: groups, quorum, deputies, escalation, quiet hours."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_MOST_PEOPLE: Final = 20
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Level = Literal["critical", "high", "medium", "low", "none"]
Kind = Literal["retroactive", "live"]


class ReviewerGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which people decide on which tickets; the first group whose conditions all hold decides.

    Its people are the principals whose `groups` name it. A ticket that no group is named for is for everybody
    who may decide.
    """

    name: str
    """Its name, as `groups` of people have it."""
    tenants: tuple[str, ...] = ()
    """Tenants whose tickets it decides; left out: of each."""
    agents: tuple[str, ...] = ()
    """Globs over agent ids (`*`, `?`); left out: each."""
    teams: tuple[str, ...] = ()
    """Names of teams; left out: each."""
    levels: tuple[Level, ...] = ()
    """Levels of risk; left out: each. A ticket without a level is `none`."""
    kinds: tuple[Kind, ...] = ()
    """`retroactive` or `live`; left out: both."""
    hours: str | None = None
    """When its people may approve (`07:00-19:00`, over midnight too); denying is possible at any time."""
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    """On which days; left out: each."""
    timezone: str = "UTC"
    """The time zone of `hours` and `days` (`Europe/Berlin`)."""
    then: str | None = None
    """The group that decides too once the ticket was escalated."""

    def __post_init__(self) -> None:
        """Refuse a group without a name, and times that are none."""
        if not self.name.strip():
            raise ValueError("reviewer group: name is empty")
        check_times(self.hours, self.timezone, f"reviewer group {self.name[:80]}")


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many different people must approve; every condition that is given must hold, the largest counts.

    One denial denies. It is read when somebody decides, not when the ticket opened.
    """

    people: int
    """How many (1 to 20)."""
    levels: tuple[Level, ...] = ()
    """Levels of risk; left out: each."""
    kinds: tuple[Kind, ...] = ()
    """`retroactive` or `live`; left out: both."""
    groups: tuple[str, ...] = ()
    """Names of reviewer groups whose tickets need it; left out: each ticket."""

    def __post_init__(self) -> None:
        """Refuse a quorum that nobody or no company could meet."""
        if not 1 <= self.people <= _MOST_PEOPLE:
            raise ValueError(f"quorum: found people {self.people}, expected 1 to {_MOST_PEOPLE}")


class Deputy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who decides for a person who is away: shut out by what shuts out either of them."""

    person: str
    """Who is away: a `person` of the principals."""
    deputy: str
    """Who decides for them, in their groups: another one, who may approve too."""
    until: date
    """The last day (UTC) on which it holds (`2027-03-31`)."""
    since: date | None = None
    """The first day; left out: at once."""

    def __post_init__(self) -> None:
        """Refuse somebody as a deputy of themselves."""
        if self.person == self.deputy:
            raise ValueError(f"deputy {self.deputy[:80]}: nobody is a deputy of themselves")
        if self.since is not None and self.since > self.until:
            raise ValueError(f"deputy {self.deputy[:80]}: it ends ({self.until}) before it begins")


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a ticket goes on to the next group, who may do the exceptional, and when nobody is disturbed."""

    escalate_at: float = 0.5
    """After this share of its time an open ticket goes to `then`; after this share of the rest, further."""
    break_glass: str | None = None
    """The group whose people may break glass on live tickets; left out: nobody."""
    originals: str | None = None
    """The group whose people may open originals; left out: nobody."""
    quiet_hours: str | None = None
    """When low risk notifies nobody (`22:00-07:00`); it is told when they end."""
    quiet_levels: tuple[Level, ...] = ("low", "none")
    """The levels that wait for the end of quiet hours."""
    timezone: str = "UTC"
    """The time zone of `quiet_hours`."""

    def __post_init__(self) -> None:
        """Refuse a share that is none, and times that are none."""
        if not 0 < self.escalate_at < 1:
            raise ValueError(f"review: found escalate_at {self.escalate_at}, expected above 0 and below 1")
        check_times(self.quiet_hours, self.timezone, "review")


def minutes(hours: str) -> tuple[int, int]:
    """First and last minute of the day of `HH:MM-HH:MM`; raises `ValueError`."""
    if not (found := _HOURS.fullmatch(hours)):
        raise ValueError(f"found hours {hours[:40]!r}, expected HH:MM-HH:MM")
    begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if begin == end:
        raise ValueError(
            f"found hours {hours!r}, which begin when they end; leave them out for the whole day"
        )
    return begin, end


def check_times(hours: str | None, timezone: str, where: str) -> None:
    """Refuse hours and time zones that are none."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        found = f"found timezone {timezone[:80]!r}"
        raise ValueError(f"{where}: {found}, expected one like Europe/Berlin") from error
    try:
        minutes(hours or "00:00-01:00")
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def check_people(
    people: frozenset[str],
    groups: tuple[ReviewerGroup, ...],
    quorums: tuple[Quorum, ...],
    deputies: tuple[Deputy, ...],
) -> None:
    """Refuse groups and people that are named and not there, or there twice."""
    names = [one.name for one in groups]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"reviewer group {twice[:80]}: the name is there twice; each needs one of its own")
    named = [name for one in quorums for name in one.groups] + [one.then for one in groups if one.then]
    if lost := next((name for name in named if name not in names), None):
        raise ValueError(
            f"reviewer group {lost[:80]!r} is named, but there is no [[reviewer_groups]] with it"
        )
    away = [name for one in deputies for name in (one.person, one.deputy)]
    if lost := next((name for name in away if name not in people), None):
        raise ValueError(f"deputies: {lost[:80]!r} is not a person of [[principals]]")


def day_name(weekday: int) -> str:
    """`mon` for 0."""
    return _DAYS[weekday]
