"""Tables of what is usual: one-sided, each row by itself, the same points in the hook, odd data."""

import msgspec
import numpy as np
import polars as pl
import pytest
from afteraction_hook.scorecard import Scorecard as HookCard

from afteraction.scoring.reasons import reasons
from afteraction.scoring.scorecard import NumberFeature, encode
from afteraction.scoring.tails import fit_tails
from afteraction.scoring.training import uncalibrated


def card(past, **sides):
    return uncalibrated(fit_tails(past, sides))


@pytest.fixture
def past():
    draw = np.random.default_rng(3)
    return pl.DataFrame({"x": draw.normal(size=2000), "w": ["usual"] * 1990 + ["seldom"] * 10})


def points(model, column, values):
    return model.points(pl.DataFrame({column: values}, strict=False)).tolist()


def test_only_high_values_are_odd_where_one_side_is(past):
    low, middle, high, beyond = points(card(past, x="high"), "x", [-9.0, 0.0, 2.5, 99.0])
    assert low == 0
    assert middle < high < beyond


def test_both_sides_are_odd_where_both_are(past):
    for side in ("far", "rare"):
        low, middle, high = points(card(past, x=side), "x", [-9.0, 0.0, 9.0])
        assert low > middle
        assert high > middle


def test_unknown_gives_nothing_and_a_new_word_most(past):
    model = card(past, x="high", w="rare")
    assert points(model, "x", [None, float("nan")]) == [0, 0]
    usual, seldom, new = points(model, "w", ["usual", "seldom", "new"])
    assert usual < seldom < new


def test_a_burst_does_not_hide_itself(past):
    model = card(past, x="high")
    assert set(points(model, "x", [50.0] * 500)) == set(points(model, "x", [50.0]))


def test_columns_that_say_nothing_give_no_table():
    frame = pl.DataFrame({"same": [1.0] * 50, "none": [None] * 50}, schema_overrides={"none": pl.Float64})
    for side in ("high", "far", "rare"):
        model = card(frame, same=side, none=side)
        assert points(model, "none", [3.0]) == [0]
        assert points(model, "same", [1.0]) == [0]
    assert fit_tails(frame.clear(), {"same": "high", "none": "rare"}) == ()


def test_the_hook_gives_the_same_points(past):
    model = card(past, x="high", w="rare")
    hook = HookCard(msgspec.json.decode(encode(model)))
    rows = pl.DataFrame({"x": [None, -3.0, 0.1, 1.7, 42.0], "w": ["usual", None, "new", "seldom", "usual"]})
    assert [hook.points(row) for row in rows.iter_rows(named=True)] == model.points(rows).tolist()


def test_a_feature_that_no_row_has_may_still_give_points_for_that():
    given = NumberFeature(name="absent", edges=(), points=(0,), missing=3, reason="it is {value}")
    told = reasons(pl.DataFrame({"x": [1.0, 2.0]}), [(given, np.array([3, 3]))])
    assert [len(msgspec.json.decode(text)) for text in told] == [1, 1]
    assert "not known" in told[0]
