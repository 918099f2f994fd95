"""Step limits: what is usual moves slowly near its anchor, and drift is told, never blocked."""

from datetime import date, timedelta

import polars as pl
import pytest

from afteraction.scoring.guard import GUARD, KEYS, signed_off, stepped

FIRST = date(2026, 3, 1)
NAME = {"kind": "chars", "level": "agent", "tenant": "t", "agent_id": "a", "name": "send"}


def fresh(usual, *, seen=500, days=30, mean=6.0, spread=1.0, **other):
    row = {**NAME, **other, "usual": usual, "seen": seen, "days": days, "mean": mean, "spread": spread}
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(KEYS, pl.String))


def daily(day, mean, of=50.0):
    row = {"event_date": str(day), **NAME, "mean": mean, "of": of}
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(KEYS, pl.String))


def walk(values, *, means=None, before=None):
    """The quantity after each day's look at history."""
    seen = []
    for number, value in enumerate(values):
        day = FIRST + timedelta(days=number)
        mean = 6.0 if means is None else means[number]
        before = stepped(before, fresh(value), daily(day, mean), day)
        seen.append(before.row(0, named=True))
    return seen


def test_while_little_is_known_the_baseline_follows_history():
    young = stepped(None, fresh(100.0, days=3), daily(FIRST, 6.0), FIRST).row(0, named=True)
    assert (young["usual"], young["anchor"]) == (100.0, None)


def test_a_jump_is_followed_by_two_percent_a_day_and_to_twice_the_anchor_at_most():
    seen = walk([100.0] + [1000.0] * 120)
    assert seen[1]["usual"] == pytest.approx(101 * 1.02 - 1)
    assert max(one["usual"] for one in seen) == pytest.approx(201.0)
    assert seen[-1]["raw"] == 1000.0


def test_it_sinks_as_slowly_and_to_half_the_anchor_at_most():
    seen = walk([100.0] + [0.0] * 120)
    assert seen[1]["usual"] == pytest.approx(101 / 1.02 - 1)
    assert seen[-1]["usual"] == pytest.approx(49.5)


def test_looking_twice_in_a_day_moves_it_once():
    before = stepped(None, fresh(100.0), daily(FIRST, 6.0), FIRST)
    later = FIRST + timedelta(days=1)
    once = stepped(before, fresh(1000.0), daily(later, 6.0), later)
    assert stepped(once, fresh(1000.0), daily(later, 6.0), later).equals(once)


def test_drift_asks_for_a_sign_off_and_honest_days_do_not():
    quiet = walk([100.0] * 90, means=[6.0 + 0.2 * (-1) ** n for n in range(90)])
    assert quiet[-1]["alarmed_on"] is None
    padded = walk([100.0] * 90, means=[6.0 + 0.0286 * n for n in range(90)])
    alarmed = [one for one in padded if one["alarmed_on"] is not None]
    assert 10 < len(alarmed) < 80
    assert {one["alarmed_on"] for one in alarmed} == {alarmed[0]["alarmed_on"]}


def test_a_sign_off_makes_what_history_says_the_new_anchor():
    day = FIRST + timedelta(days=1)
    held = stepped(stepped(None, fresh(100.0), daily(FIRST, 6.0), FIRST), fresh(500.0), daily(day, 9.0), day)
    signed = signed_off(held, pl.col("agent_id") == "a", "kim", day)
    row = stepped(signed, fresh(500.0, mean=9.0), daily(day, 9.0), day).row(0, named=True)
    assert (row["usual"], row["anchor"], row["signed_by"]) == (500.0, 500.0, "kim")
    assert (row["mean"], row["cusum"], row["alarmed_on"]) == (9.0, 0.0, None)
    others = signed_off(held, pl.col("agent_id") == "b", "kim", day)
    assert others.equals(held)


def test_quantities_without_agent_or_name_are_kept_apart_and_forgotten_with_their_past():
    tenant = fresh(50.0, level="tenant", agent_id=None, name=None)
    both = pl.concat([fresh(100.0), tenant])
    held = stepped(None, both, daily(FIRST, 6.0).clear(), FIRST)
    assert dict(held.schema) == GUARD
    assert sorted(held["usual"]) == [50.0, 100.0]
    again = stepped(held, tenant, daily(FIRST, 6.0).clear(), FIRST)
    assert again["usual"].to_list() == [50.0]
    assert stepped(held, both.clear(), daily(FIRST, 6.0).clear(), FIRST).is_empty()
