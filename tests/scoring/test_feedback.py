"""Verdicts move points only so far: not without labels, below zero, out of order or by one voice alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.scoring.feedback import MOST, line, reweighted
from afteraction.scoring.influence import ANCHOR, capped
from afteraction.scoring.scorecard import (
    Calibration,
    CategoryFeature,
    NumberFeature,
    Scorecard,
    default_scorecard,
    encode,
)

CARD = Scorecard(
    features=(
        NumberFeature(name="loud", edges=(1, 2, 3), points=(0, 10, 25, 60), missing=0, reason="{value}"),
        NumberFeature(name="odd", edges=(1, 2), points=(-4, 12, 40), missing=3, reason="{value}"),
        CategoryFeature(name="kind", points={"a": 30, "b": 8}, other=0, missing=-2, reason="{value}"),
    ),
    calibration=Calibration(edges=(10, 30, 60, 90), risk=(0.001, 0.01, 0.1, 0.5, 0.9)),
)


def frame(size: int, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "loud": rng.choice([0.0, 1.0, 2.0, 3.0], size).tolist(),
            "odd": rng.choice([0.0, 1.0, 2.0, None], size).tolist(),
            "kind": rng.choice(["a", "b", "c", None], size).tolist(),
        },
        schema={"loud": pl.Float64, "odd": pl.Float64, "kind": pl.String},
    )


@pytest.mark.parametrize("card", [CARD, default_scorecard()])
def test_without_labels_it_is_the_same_scorecard_bit_for_bit(card):
    none = reweighted(card, frame(0), np.zeros(0), np.zeros(0))
    unweighed = reweighted(card, frame(9), np.ones(9), np.zeros(9))
    for found in (none, unweighed):
        assert encode(found.scorecard) == encode(card)
        assert found.moved == {}


def test_what_verdicts_call_harmless_gives_less_and_what_they_call_harmful_more():
    rows = frame(300)
    harmful = (rows["odd"] == 2.0).fill_null(value=False).to_numpy().astype(float)
    moved = reweighted(CARD, rows, harmful, np.ones(300)).moved
    assert moved["loud"][0] == 60
    assert moved["loud"][1] < 20
    assert moved["odd"][0] == 40
    assert moved["odd"][1] > 40


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5)), min_size=1, max_size=60), st.integers(0, 99))
def test_points_stay_in_order_and_between_nothing_and_twice_the_start(verdicts, seed):
    rows = frame(len(verdicts), seed)
    harmful = np.array([float(said) for said, _ in verdicts])
    found = reweighted(CARD, rows, harmful, np.array([weight for _, weight in verdicts])).scorecard
    for before, after in zip(CARD.features, found.features, strict=True):
        pairs = sorted(zip(all_points(before), all_points(after), strict=True))
        assert [now for _, now in pairs] == sorted(now for _, now in pairs)
        assert all(0 <= now <= MOST * was if was > 0 else now == was for was, now in pairs)
    assert found.calibration == CARD.calibration


def all_points(feature) -> list[int]:
    if isinstance(feature, CategoryFeature):
        return [*feature.points.values(), feature.other, feature.missing]
    return [*feature.points, feature.missing]


def test_one_reviewer_alone_takes_at_most_an_eighth_whatever_they_answer():
    rows = frame(2_000)
    weights = capped(np.ones(2_000), (["one"] * 2_000, [f"a{row}" for row in range(2_000)]))
    before = CARD.points(rows)
    for said in (np.zeros(2_000), np.ones(2_000), (before < 60).astype(float)):
        after = reweighted(CARD, rows, said, weights).scorecard.points(rows)
        assert (np.abs(after - before) <= np.abs(before) / 8 + 3).all(), "3: rounding, one for each feature"


@pytest.mark.parametrize("who", ["reviewer", "agent"])
def test_one_who_calls_everything_legitimate_hides_no_attack_of_others(who):
    """One reviewer, or whoever reviews one agent's sessions: attacks are found as if nobody had lied."""
    rows = frame(1_200)
    attack = (rows["loud"] == 3.0).to_numpy() & (rows["kind"] == "a").fill_null(value=False).to_numpy()
    liar = np.arange(1_200) >= 200
    names = np.where(liar, "liar", [f"honest {row % 5}" for row in range(1_200)]).tolist()
    spread = [f"{row % 40}" for row in range(1_200)]
    groups = (names, spread) if who == "reviewer" else (spread, names)
    said = np.where(liar, 0.0, attack.astype(float))
    honest = reweighted(CARD, rows.head(200), said[:200], np.ones(200)).scorecard.points(rows)
    limit = np.quantile(honest[~attack], 0.98)
    found = reweighted(CARD, rows, said, capped(np.ones(1_200), groups)).scorecard.points(rows)
    lied = reweighted(CARD, rows, said, np.ones(1_200)).scorecard.points(rows)
    assert (honest[attack] > limit).mean() == 1.0
    assert (found[attack] > np.quantile(found[~attack], 0.98)).mean() == 1.0
    assert found[attack].min() > lied[attack].min(), "without the cap the lie would weigh more"


def test_the_same_labels_in_any_number_of_runs_give_the_same_points():
    rows, weights = frame(80), np.full(80, 0.5)
    harmful = (rows["loud"] >= 2).to_numpy().astype(float)
    assert len({encode(reweighted(CARD, rows, harmful, weights).scorecard) for _ in range(3)}) == 1


def test_an_uncalibrated_scorecard_cannot_be_moved():
    card = Scorecard(features=CARD.features, calibration=Calibration(edges=(), risk=(0.1,)))
    assert reweighted(card, frame(9), np.ones(9), np.ones(9)).scorecard is card
    assert line(card.calibration) == (0.0, 0.0)


def test_the_calibration_as_a_line_rises():
    level, slope = line(CARD.calibration)
    assert slope > 0
    assert -9 < level < 0
    assert ANCHOR > 0
