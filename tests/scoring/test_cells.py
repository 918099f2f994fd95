"""Cells lie below the threshold for all, within what it leaves of its promise; few sessions have none."""

import numpy as np
import pytest

from afteraction.scoring.cells import Part, lowered, spare
from afteraction.scoring.conformal import fewest, rank, threshold

ALPHA, DELTA = 0.1, 0.1
LEAST = fewest(ALPHA, DELTA)


def part(key, maxima, governed=None):
    found = np.array(maxima, np.int64)
    return Part(key, found, found if governed is None else np.array(governed, np.int64))


def cells(parts, base, budget, least=0):
    return lowered(parts, base, budget, alpha=ALPHA, delta=DELTA, least=least)


@pytest.mark.parametrize("seed", range(30))
def test_all_cells_together_exceed_no_more_often_than_the_threshold_for_all_may(seed):
    random = np.random.default_rng(seed)
    owners = random.integers(0, 6, 400)
    maxima = random.poisson(3 + 3 * (owners % 3)) * 3
    base, certificate = threshold(maxima.tolist(), ALPHA, DELTA)
    found = cells(
        [part(one, maxima[owners == one]) for one in range(6)], base, spare(maxima, certificate, base)
    )
    at = np.array([found[one][0] if one in found else base for one in range(6)])
    assert (at <= base).all()
    assert np.count_nonzero(maxima >= at[owners]) <= certificate.k - 1


def test_a_cell_keeps_its_own_promise_too():
    quiet = [*[2] * 60, 9, 9, 9]
    ((points, certificate),) = cells([part("quiet", quiet)], 30, budget=50).values()
    assert points == threshold(quiet, ALPHA, DELTA)[0] == 10
    assert (certificate.n, certificate.k) == (63, rank(63, ALPHA, DELTA))
    assert (certificate.alpha, certificate.delta) == (ALPHA, DELTA)


def test_below_the_least_number_of_sessions_there_is_no_cell():
    assert cells([part("few", [1] * (LEAST - 1))], 30, budget=9) == {}
    assert cells([part("enough", [1] * LEAST)], 30, budget=9)["enough"][0] == 2


def test_a_noisy_cell_stays_at_the_threshold_for_all_and_promises_nothing_of_its_own():
    assert cells([part("noisy", range(100))], 30, budget=9) == {"noisy": (30, None)}


@pytest.mark.parametrize(("budget", "points"), [(0, 21), (1, 20), (2, 12), (6, 12), (7, 2)])
def test_a_cell_is_lowered_only_as_far_as_the_budget_reaches(budget, points):
    parts = [part("a", [1] * 90 + [11] * 5, [1] * 90 + [11] * 5 + [19, 20])]
    assert cells(parts, 30, budget)["a"][0] == points


def test_what_one_cell_spends_the_next_has_not():
    own = [1] * 90 + [11] * 5
    found = cells([part(key, own, [*own, 15, 20]) for key in ("first", "second")], 30, budget=3)
    assert [found[key][0] for key in ("first", "second")] == [12, 16]


def test_what_a_finer_cell_decides_costs_the_coarser_one_nothing():
    own = [1] * 60 + [11] * 2
    found = cells([part("a", own), part("team", own, [])], 30, budget=0, least=5)
    assert [found[key][0] for key in ("a", "team")] == [12, 5]


def test_ties_leave_something_to_spend_and_a_spent_threshold_nothing():
    maxima = np.array([1] * 95 + [7] * 5)
    points, certificate = threshold(maxima.tolist(), ALPHA, DELTA)
    assert spare(maxima, certificate, points) == certificate.k - 1 - 5 * int(points <= 7)
    assert spare(maxima, certificate, 1) == 0
