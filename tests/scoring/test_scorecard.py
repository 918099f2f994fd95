"""The scorecard: bins, missing values, refusals, and the same points as the standard-library hook."""

import json
import math

import numpy as np
import polars as pl
import pytest
from afteraction_hook.scorecard import Scorecard as HookScorecard
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.scoring.scorecard import (
    Calibration,
    CategoryFeature,
    NumberFeature,
    Scorecard,
    ScorecardError,
    checked,
    decode,
    default_scorecard,
    default_threshold,
    encode,
)

CARD = Scorecard(
    features=(
        NumberFeature(name="n", edges=(1.0, 2.5), points=(0, 3, 7), missing=2, reason="n is {value}"),
        CategoryFeature(name="c", points={"a": 4, "b": 0}, other=1, missing=-1, reason="c is {value}"),
    ),
    calibration=Calibration(edges=(3.0, 8.0), risk=(0.01, 0.2, 0.9)),
)


def points(**columns):
    return CARD.points(pl.DataFrame(columns)).tolist()


def test_a_value_on_an_edge_goes_right():
    assert points(n=[0.0, 1.0, 2.4, 2.5, 99.0], c=["b"] * 5) == [0, 3, 3, 7, 7]


def test_null_and_nan_are_missing_and_unlisted_words_are_other():
    assert points(n=[None, math.nan, math.inf, -math.inf], c=["b"] * 4) == [2, 2, 7, 0]
    assert points(n=[0.0] * 3, c=["a", "zz", None]) == [4, 1, -1]


def test_an_absent_column_counts_as_missing():
    assert points(other=[1]) == [1]


def test_an_empty_frame_has_no_points():
    assert CARD.points(pl.DataFrame(schema={"n": pl.Float64, "c": pl.String})).tolist() == []


def test_risk_is_a_step_function_of_points():
    assert CARD.calibration.of(np.array([-5, 2, 3, 7, 8, 900])).tolist() == [0.01, 0.01, 0.2, 0.2, 0.9, 0.9]


@pytest.mark.parametrize(
    "broken",
    [
        {"edges": [2, 1], "points": [0, 1, 2]},
        {"edges": [1, 1], "points": [0, 1, 2]},
        {"edges": [1], "points": [0]},
        {"edges": [1], "points": [0, 1.5]},
    ],
)
def test_unsound_tables_are_refused(broken):
    feature = {"name": "x", "kind": "number", "missing": 0, "reason": "", **broken}
    raw = {"features": [feature], "calibration": {"edges": [], "risk": [0.5]}}
    with pytest.raises(ScorecardError):
        decode(json.dumps(raw).encode())


def test_falling_risk_and_double_names_are_refused():
    with pytest.raises(ScorecardError, match="rise"):
        checked(Scorecard(CARD.features, Calibration(edges=(1.0,), risk=(0.5, 0.4))))
    with pytest.raises(ScorecardError, match="twice"):
        checked(Scorecard(CARD.features * 2, CARD.calibration))


def test_the_shipped_scorecard_is_sound_and_never_gives_less_for_more():
    shipped = default_scorecard()
    for feature in shipped.features:
        if isinstance(feature, NumberFeature):
            assert list(feature.points) == sorted(feature.points)
            assert feature.missing == 0
    assert default_threshold().points > 0
    assert decode(encode(shipped)) == shipped


def rows():
    number = st.none() | st.floats() | st.sampled_from([6.0, 8.0, 0.5, 0.99, 17.0])
    word = st.none() | st.sampled_from(["inside", "beside", "high", "critical", "low"]) | st.text(max_size=5)
    names = {
        feature.name: number if isinstance(feature, NumberFeature) else word
        for feature in default_scorecard().features
    }
    return st.lists(st.fixed_dictionaries(names), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(rows())
def test_polars_and_the_hook_give_the_same_points_and_risk(drawn):
    card = default_scorecard()
    hook = HookScorecard(json.loads(encode(card)))
    kinds = {f.name: pl.Float64 if isinstance(f, NumberFeature) else pl.String for f in card.features}
    ours = card.points(pl.DataFrame(drawn, schema=kinds))
    assert ours.tolist() == [hook.points(row) for row in drawn]
    assert card.calibration.of(ours).tolist() == [hook.risk(int(given)) for given in ours]
