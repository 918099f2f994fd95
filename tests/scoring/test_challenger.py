"""The challenger: finds what is odd, says where it disagrees, and stays silent on too little."""

import numpy as np
import polars as pl

from afteraction.records.risk import ACTION_RISK
from afteraction.scoring.challenger import challenge


def risk(points):
    rows = [{"action_id": f"a{row}", "points": given, "risk": 0.1} for row, given in enumerate(points)]
    return pl.DataFrame(rows, schema=ACTION_RISK)


def test_it_reports_the_odd_actions_that_the_scorecard_does_not_flag():
    random = np.random.default_rng(1)
    values = random.normal(size=300)
    values[7] = 40.0
    features = pl.DataFrame(
        {
            "action_id": [f"a{row}" for row in range(300)],
            "x": values,
            "w": ["b"] * 300,
            "x.where": ["z"] * 300,
        }
    )
    points = [0] * 300
    points[11] = 50
    found = challenge(features, risk(points), top=5)
    assert found is not None
    assert "a7" in found.only_challenger
    assert "a11" in found.only_scorecard
    assert (found.actions, found.top) == (300, 5)


def test_too_few_or_constant_features_give_nothing():
    few = pl.DataFrame({"action_id": ["a0"], "x": [1.0]})
    assert challenge(few, risk([1])) is None
    same = pl.DataFrame({"action_id": [f"a{row}" for row in range(50)], "x": [1.0] * 50})
    assert challenge(same, risk([1] * 50)) is None
    assert challenge(same.clear(), risk([])) is None


def test_unscorable_actions_and_nulls_do_not_hurt():
    features = pl.DataFrame(
        {"action_id": [f"a{row}" for row in range(40)], "x": [None, float("nan"), *map(float, range(38))]}
    )
    frame = risk(range(40)).with_columns(
        risk=pl.when(pl.col("action_id") == "a5").then(None).otherwise("risk")
    )
    found = challenge(features, frame)
    assert found is not None
    assert found.actions == 39
