"""The probability of harm: shipped without verdicts, bent by few, own curve with many, never at 0 or 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.scoring.harm_probability import (
    ENOUGH,
    effective,
    importance,
    method,
    recalibrated,
    reliability,
    unseen_risk,
)
from afteraction.scoring.scorecard import Calibration, default_scorecard

BASE = Calibration(edges=(10, 30, 60, 90), risk=(0.001, 0.01, 0.1, 0.5, 0.9))


def drawn(size: int, risk, seed: int = 3):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 120, size)
    return points, (rng.random(size) < risk(points)).astype(float)


def test_without_verdicts_it_is_the_shipped_calibration():
    for base in (BASE, default_scorecard().calibration):
        assert recalibrated(base, np.zeros(0, np.int64), np.zeros(0), np.zeros(0)) is base
        assert recalibrated(base, np.array([50]), np.array([1.0]), np.zeros(1)) is base
    assert method(np.zeros(2)) == "shipped"


def test_one_voice_hardly_moves_it():
    points, harmful = np.full(500, 95), np.zeros(500)
    found = recalibrated(BASE, points, harmful, np.full(500, 0.075 / 500))
    assert found.edges == BASE.edges
    assert np.abs(np.array(found.risk) - BASE.risk).max() < 0.05


@pytest.mark.parametrize("size", [100, 400])
def test_few_verdicts_come_nearer_to_what_is_true_than_the_start(size):
    true = lambda points: np.where(points >= 60, 0.2, 0.01)  # noqa: E731
    points, harmful = drawn(size, true)
    found = recalibrated(BASE, points, harmful, np.ones(size))
    assert method(np.ones(size)) == "beta"
    every = np.arange(120)
    gap = lambda one: np.abs(one.of(every) - true(every)).mean()  # noqa: E731
    assert gap(found) < gap(BASE) / 2


def test_many_verdicts_add_steps_of_their_own():
    points, harmful = drawn(4_000, lambda points: np.where(points >= 45, 0.6, 0.02))
    found = recalibrated(BASE, points, harmful, np.ones(4_000))
    assert method(np.ones(4_000)) == "beta and isotonic"
    assert set(BASE.edges) < set(found.edges)
    assert found.of(np.array([50]))[0] > 2 * found.of(np.array([40]))[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-20, 300), st.booleans(), st.floats(0, 30)), min_size=1, max_size=80))
def test_it_never_falls_and_never_reaches_the_ends(verdicts):
    points = np.array([one for one, _, _ in verdicts])
    harmful = np.array([float(one) for _, one, _ in verdicts])
    found = recalibrated(BASE, points, harmful, np.array([one for _, _, one in verdicts]))
    found.check()
    assert found.risk[0] > 0
    assert found.risk[-1] < 1


@pytest.mark.parametrize("harm", [0.0, 1.0])
def test_verdicts_that_are_all_alike_do_not_reach_the_ends_either(harm):
    points = np.tile(np.arange(0, 120, 5), 100)
    found = recalibrated(BASE, points, np.full(len(points), harm), np.ones(len(points)))
    found.check()
    assert 1e-4 <= found.risk[0] <= found.risk[-1] <= 0.999


def test_rare_draws_count_more_but_never_without_bound():
    raised = importance([1.0, 0.1, 0.0001], np.ones(3))
    assert raised.sum() == pytest.approx(3)
    assert raised[1] / raised[0] == pytest.approx(10)
    assert raised[2] / raised[0] == pytest.approx(20)
    assert importance([], np.zeros(0)).tolist() == []


def test_verdicts_on_the_riskiest_alone_mislead_and_a_weighted_draw_mends_it():
    points, harmful = drawn(20_000, lambda points: np.where(points >= 60, 0.3, 0.02), seed=5)
    rng = np.random.default_rng(6)
    top, lot = np.flatnonzero(points >= 90)[:280], rng.choice(np.flatnonzero(points < 90), 120, replace=False)
    shares = np.r_[np.full(280, 280 / (points >= 90).sum()), np.full(120, 120 / (points < 90).sum())]
    both = np.r_[top, lot]
    mended = recalibrated(BASE, points[both], harmful[both], importance(shares.tolist(), np.ones(400)))
    alone = recalibrated(BASE, points[top], harmful[top], np.ones(280))
    seen = [reliability(one.of(points), harmful, np.ones(20_000)).ece for one in (mended, alone)]
    assert seen[0] < seen[1]
    assert seen[0] < 0.06


def test_how_many_verdicts_unequal_ones_are_worth():
    assert effective(np.ones(100)) == pytest.approx(100)
    assert effective(np.full(2_000, 0.001)) == pytest.approx(2), "scaled down by the cap: never many"
    assert effective(np.r_[np.full(50, 0.01), 50.0]) < 2
    assert effective(np.zeros(0)) == 0
    assert method(np.full(ENOUGH * 10, 0.01)) == "beta"


def test_reliability_of_honest_and_of_boastful_probabilities():
    points, harmful = drawn(3_000, BASE.of)
    honest = reliability(BASE.of(points), harmful, np.ones(3_000))
    boastful = reliability(np.full(3_000, 0.99), harmful, np.ones(3_000))
    assert honest.ece < 0.03
    assert honest.skill > 0.3
    assert boastful.ece > 0.5
    assert boastful.skill < 0
    assert sum(one["weight"] for one in honest.diagram) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("harmful", [np.zeros(50), np.ones(50), np.tile([0.0, 1.0], 5)])
def test_too_few_or_all_alike_have_no_figures(harmful):
    found = reliability(np.full(len(harmful), 0.5), harmful, np.ones(len(harmful)))
    assert (found.ece, found.skill, found.diagram) == (None, None, ())


def test_unseen_risk_does_not_use_a_rows_own_group():
    points = np.full(10, 95)
    said = np.r_[np.ones(5), np.zeros(5)]
    groups = ["mine"] * 5 + ["b", "c", "d", "e", "f"]
    told = unseen_risk(BASE, points, said, np.ones(10), groups)
    others = recalibrated(BASE, points[5:], said[5:], np.ones(5)).of(points[:1])[0]
    assert told[:5].max() <= 0.9
    assert others < 0.9
    assert len(unseen_risk(BASE, points[:0], said[:0], said[:0], [])) == 0
