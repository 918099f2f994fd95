"""Groups, hours, escalation and deputies: whose turn it is, and who decides for whom."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
import pytest

from afteraction.approvals.decide import MorePeopleError, NotDecidedError, decide
from afteraction.approvals.directory import Directory
from afteraction.approvals.duty import is_open, quiet_until
from afteraction.approvals.escalation import escalate, sweep
from afteraction.approvals.retroactive import open_retroactive
from afteraction.approvals.separation import may_decide
from afteraction.records.settings import Principal, Rule, Settings, SettingsError, Team, decode_settings
from afteraction.records.settings_review import Deputy, Quorum, Review, ReviewerGroup


@pytest.fixture
def casebook_at(tmp_path) -> str:
    return str(tmp_path / "casebook.sqlite")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def grouped(settings, *groups, **people):
    """The company with these groups; `people` says who is in which."""
    named = tuple(
        msgspec.structs.replace(one, groups=people.get(one.person, one.groups)) for one in settings.principals
    )
    return msgspec.structs.replace(settings, reviewer_groups=groups, principals=named)


def approve(book, settings, ticket_id, reviewer, now, *, verdict="approved"):
    return decide(book, settings, ticket_id, verdict, reviewer=reviewer, reason="ok", channel="cli", now=now)


@pytest.mark.parametrize(
    "group",
    [
        ReviewerGroup("security"),
        ReviewerGroup("security", agents=("b?t",)),
        ReviewerGroup("security", tenants=("acme",), levels=("high",), kinds=("retroactive",)),
        ReviewerGroup("security", teams=("ops",)),
    ],
)
def test_the_group_that_fits_decides(book, settings, waiting, now, group):
    company = msgspec.structs.replace(
        grouped(settings, group, oscar=("security",)), teams=(Team("ops", ("bo*",)),)
    )
    assert may_decide(book.ticket(waiting), Directory.of(company)) == ("oscar",)
    with pytest.raises(NotDecidedError, match="carol is not in security, which decides on this ticket"):
        approve(book, company, waiting, "carol", now)
    assert approve(book, company, waiting, "oscar", now).person == "oscar"


@pytest.mark.parametrize(
    "group",
    [
        ReviewerGroup("security", agents=("bot[a-z]", "[b]ot", "Bot")),
        ReviewerGroup("security", tenants=("other",)),
        ReviewerGroup("security", levels=("low", "none")),
        ReviewerGroup("security", kinds=("live",)),
        ReviewerGroup("security", teams=("ops",)),
    ],
)
def test_a_group_that_does_not_fit_shuts_nobody_out(book, settings, waiting, now, group):
    assert approve(book, grouped(settings, group), waiting, "carol", now).person == "carol"


def test_a_group_is_asked_for_at_the_decision(book, settings, waiting, now):
    """Row 8: taken out of the group between opening the page and the click."""
    group = ReviewerGroup("security")
    assert may_decide(book.ticket(waiting), Directory.of(grouped(settings, group, carol=("security",))))
    with pytest.raises(NotDecidedError, match="not in security"):
        approve(book, grouped(settings, group), waiting, "carol", now)


@pytest.mark.parametrize(
    ("hours", "days", "zone", "time", "expected"),
    [
        (None, (), "UTC", "2026-11-24T03:00", True),
        ("07:00-19:00", (), "UTC", "2026-11-24T07:00", True),
        ("07:00-19:00", (), "UTC", "2026-11-24T19:00", False),
        ("07:00-19:00", (), "Europe/Berlin", "2026-11-24T06:30", True),
        ("07:00-19:00", ("mon",), "UTC", "2026-11-24T08:00", False),
        ("22:00-06:00", ("mon",), "UTC", "2026-11-24T05:59", True),
        ("22:00-06:00", ("mon",), "UTC", "2026-11-23T05:59", False),
        (None, ("tue",), "Pacific/Auckland", "2026-11-23T12:00", True),
    ],
)
def test_hours_are_local(hours, days, zone, time, expected):
    assert is_open(ReviewerGroup("g", hours=hours, days=days, timezone=zone), at(time)) == expected


def test_outside_its_hours_a_group_denies_but_does_not_approve(book, settings, waiting):
    night = at("2027-01-15T23:00")
    company = grouped(settings, ReviewerGroup("g", hours="07:00-19:00"), carol=("g",))
    with pytest.raises(NotDecidedError, match=r"carol is not on duty now \(g: 07:00-19:00 UTC\)"):
        approve(book, company, waiting, "carol", night)
    assert approve(book, company, waiting, "carol", night, verdict="denied").verdict == "denied"


def test_time_gives_a_ticket_to_the_next_group(book, settings, waiting, now):
    first, second = ReviewerGroup("one", then="two"), ReviewerGroup("two", then="one")
    company = grouped(settings, first, second, carol=("one",), oscar=("two",))
    ticket = book.ticket(waiting)
    half = ticket.opened_at + (ticket.due_at - ticket.opened_at) // 2
    assert escalate(book, company, half - 1) == ()
    with pytest.raises(NotDecidedError, match="oscar is not in one"):
        approve(book, company, waiting, "oscar", half - 1)
    assert escalate(book, company, half) == (waiting,)
    assert sweep(book, company, half) == ()
    assert escalate(book, company, ticket.due_at * 2) == (), "a circle of groups ends"
    last = book.events_of(waiting)[-1]
    assert (last.event, last.actor, json.loads(last.details)) == ("escalated", "clock", {"to": "two"})
    assert approve(book, company, waiting, "oscar", ticket.due_at).person == "oscar"


def test_a_late_sweep_makes_up_for_all_steps(book, settings, waiting, now):
    groups = (ReviewerGroup("a", then="b"), ReviewerGroup("b", then="c"), ReviewerGroup("c"))
    company = grouped(settings, *groups)
    escalate(book, company, book.ticket(waiting).due_at)
    told = [json.loads(one.details)["to"] for one in book.events_of(waiting) if one.event == "escalated"]
    assert told == ["b", "c"]


def deputised(settings, person, deputy, **other):
    """The company with one group, in which this person is, and their deputy is not."""
    given = {"until": date(2027, 1, 31), **other}
    company = grouped(settings, ReviewerGroup("g"), **{person: ("g",)})
    more = (*company.principals, Principal("nora", can_approve=True))
    return msgspec.structs.replace(company, principals=more, deputies=(Deputy(person, deputy, **given),))


def test_a_deputy_decides_for_a_person(book, settings, waiting, now):
    company = deputised(settings, "carol", "oscar")
    alone = msgspec.structs.replace(company, deputies=())
    with pytest.raises(NotDecidedError, match="oscar is not in g"):
        approve(book, alone, waiting, "oscar", now)
    approve(book, company, waiting, "oscar", now)
    said = json.loads(book.events_of(waiting)[-1].details)
    assert (said["approved_by"], said["instead_of"]) == (["oscar"], "carol")
    assert (said["needed"], said["groups"]) == (1, ["g"])


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(("alice", "oscar", {}), id="the person owns the agent"),
        pytest.param(("carol", "ruth", {}), id="the deputy asked for the action"),
        pytest.param(("gone", "oscar", {}), id="the person is disabled"),
        pytest.param(("carol", "gone", {}), id="the deputy is disabled"),
        pytest.param(("admin", "oscar", {}), id="the person may not approve"),
        pytest.param(("carol", "reader", {}), id="the deputy may not approve"),
        pytest.param(("carol", "oscar", {"until": date(2027, 1, 14)}), id="it has ended"),
        pytest.param(("carol", "oscar", {"since": date(2027, 1, 16)}), id="it has not begun"),
    ],
)
def test_what_shuts_out_either_shuts_out_the_deputy(book, settings, waiting, now, who):
    person, deputy, times = who
    with pytest.raises(NotDecidedError):
        approve(book, deputised(settings, person, deputy, **times), waiting, deputy, now)
    assert book.ticket(waiting).state == "open"


def test_a_deputy_of_a_deputy_is_nobodys(book, settings, waiting, now):
    company = deputised(settings, "carol", "oscar")
    chained = msgspec.structs.replace(
        company, deputies=(*company.deputies, Deputy("oscar", "nora", date(2027, 1, 31)))
    )
    with pytest.raises(NotDecidedError, match="nora is not in g"):
        approve(book, chained, waiting, "nora", now)


def test_a_person_and_their_deputy_are_one_vote(book, settings, waiting, now):
    company = msgspec.structs.replace(deputised(settings, "carol", "oscar"), quorums=(Quorum(2),))
    for reviewer in ("carol", "oscar", "carol"):
        with pytest.raises(MorePeopleError, match="1 of 2"):
            approve(book, company, waiting, reviewer, now)
    both = tuple(
        msgspec.structs.replace(one, groups=("g",)) if one.person == "nora" else one
        for one in company.principals
    )
    company = msgspec.structs.replace(company, principals=both)
    assert approve(book, company, waiting, "nora", now).person == "nora"


def test_the_author_of_the_rule_is_out(book, settings, candidates, now):
    company = msgspec.structs.replace(
        settings, rules=(Rule("outside", "ask", tool="http_*", author="carol@example.com"),)
    )
    (ticket,) = open_retroactive(book, candidates({"cause": "rule:outside"}), company, now).opened
    with pytest.raises(NotDecidedError, match="carol wrote the rule that asks for it"):
        approve(book, company, ticket, "carol", now)
    assert approve(book, company, ticket, "oscar", now).person == "oscar"


@pytest.mark.parametrize(
    ("level", "time", "expected"),
    [
        ("low", "2026-11-24T23:30:30", "2026-11-25T07:00"),
        ("low", "2026-11-25T06:59", "2026-11-25T07:00"),
        ("low", "2026-11-25T07:00", None),
        (None, "2026-11-24T22:00", "2026-11-25T07:00"),
        ("high", "2026-11-24T23:30", None),
    ],
)
def test_quiet_hours_hold_back_low_risk_only(level, time, expected):
    settings = Settings(review=Review(quiet_hours="22:00-07:00"))
    assert quiet_until(level, settings, at(time)) == (expected and at(expected))
    assert quiet_until(level, Settings(), at(time)) is None


def test_quiet_hours_end_by_the_clock_on_the_wall_when_clocks_change():
    night = Settings(review=Review(quiet_hours="22:00-07:00", timezone="Europe/Berlin"))
    assert quiet_until("low", night, at("2026-10-24T21:00")) == at("2026-10-25T06:00")
    assert quiet_until("low", night, at("2026-03-28T22:00")) == at("2026-03-29T05:00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[quorums]]\npeople = 0", "expected 1 to 20"),
        ("[[quorums]]\npeople = 2\ngroups = ['x']", "there is no"),
        ("[[reviewer_groups]]\nname = 'a'\nthen = 'b'", "there is no"),
        ("[[reviewer_groups]]\nname = 'a'\n[[reviewer_groups]]\nname = 'a'", "twice"),
        ("[[reviewer_groups]]\nname = 'a'\nhours = '7-19'", "expected HH:MM-HH:MM"),
        ("[[reviewer_groups]]\nname = 'a'\ntimezone = 'Mars/Base'", "timezone"),
        ("[[reviewer_groups]]\nname = 'a'\ntimezone = '../../etc/passwd'", "timezone"),
        ("[review]\nescalate_at = 1", "escalate_at"),
        ("[[deputies]]\nperson = 'a'\ndeputy = 'b'\nuntil = 2027-01-01", "is not a person"),
        ("[[deputies]]\nperson = 'a'\ndeputy = 'a'\nuntil = 2027-01-01", "deputies of|deputy of themselves"),
    ],
)
def test_settings_that_nobody_could_follow_are_refused(text, said):
    with pytest.raises(SettingsError, match=said):
        decode_settings(text.encode(), "afteraction.toml")
