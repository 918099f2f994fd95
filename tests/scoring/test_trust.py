"""Trust is earned slowly, by several people, and lost at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from afteraction.scoring.trust import STANDING, harm_rate_at_most, level, standing

START = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = ("ada", "ben", "cleo", "dan", "eve")


def judged(count, *, label="harmless", people=PEOPLE, first=0, agent="a1", tool="send"):
    return [
        {
            "tenant": "t",
            "agent_id": agent,
            "tool": tool,
            "label": label,
            "base": 1.0,
            "person": people[number % len(people)],
            "decided_at": START + timedelta(hours=first + number),
        }
        for number in range(count)
    ]


def levels(*rows):
    frame = pl.DataFrame([row for part in rows for row in part], schema_overrides={"agent_id": pl.String})
    return dict(standing(frame, 0.05).select("name", "level").iter_rows())


def test_nobody_judged_gives_nothing():
    empty = pl.DataFrame(judged(1)).clear()
    assert standing(empty, 0.05).schema == STANDING


def test_it_rises_with_clean_verdicts():
    assert levels(judged(50)) == {"a1": 0, "send": 0}
    assert levels(judged(100)) == {"a1": 1, "send": 1}
    assert levels(judged(200)) == {"a1": 2, "send": 2}


def test_four_people_earn_nothing_however_much_they_say():
    assert levels(judged(2_000, people=PEOPLE[:4])) == {"a1": 0, "send": 0}


def test_confirmed_harm_ends_it_and_history_begins_anew():
    harm = judged(1, label="harmful", first=300)
    assert levels(judged(200), harm) == {"a1": 0, "send": 0}
    assert levels(judged(200), harm, judged(99, first=301)) == {"a1": 1, "send": 1}


def test_who_begins_often_has_to_show_more():
    harms = [judged(1, label="harmful", first=number) for number in range(20)]
    assert levels(*harms, judged(100, first=50)) == {"a1": 0, "send": 0}
    assert levels(*harms, judged(200, first=50)) == {"a1": 1, "send": 1}


def test_the_tool_of_another_agent_is_told_apart():
    found = levels(judged(100), judged(1, agent="a2", label="harmful", first=500))
    assert found == {"a1": 1, "a2": 0, "send": 0}


def test_unnamed_agents_earn_nothing():
    assert levels(judged(100, agent=None)) == {"send": 1}


@pytest.mark.parametrize("reviewed", [0, 0.9, 1, 10, 100, 1000])
def test_the_bound_falls_and_is_a_share(reviewed):
    assert 0 <= harm_rate_at_most(reviewed + 1, 0.05) <= harm_rate_at_most(reviewed, 0.05) <= 1
    assert level(harm_rate_at_most(reviewed, 0.05)) in {0, 1, 2}
