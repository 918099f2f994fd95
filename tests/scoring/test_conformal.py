"""Thresholds with certificates: the published least n, ties, and the promise itself."""

import numpy as np
import pytest

from afteraction.scoring.conformal import rank, threshold


@pytest.mark.parametrize(
    ("n", "alpha", "k"),
    [(300, 0.05, 9), (300, 0.01, 1), (1000, 0.01, 5), (3000, 0.01, 21), (3000, 0.05, 131)],
)
def test_the_rank_is_the_published_one(n, alpha, k):
    assert rank(n, alpha, 0.05) == k


@pytest.mark.parametrize(("alpha", "least"), [(0.1, 29), (0.05, 59), (0.02, 149), (0.01, 299)])
def test_below_the_least_n_there_is_no_threshold(alpha, least):
    assert threshold(range(least - 1), alpha, 0.05) is None
    assert threshold(range(least), alpha, 0.05) is not None


def test_the_threshold_stands_above_the_kth_largest():
    found = threshold([5] * 290 + [9] * 10, 0.05, 0.05)
    assert found is not None
    points, certificate = found
    assert (points, certificate.n, certificate.k) == (10, 300, 9)


def test_the_promise_holds_over_many_draws():
    random = np.random.default_rng(3)
    broken = 0
    for _ in range(400):
        found = threshold(random.integers(0, 10**6, 500).tolist(), 0.05, 0.05)
        assert found is not None
        broken += (10**6 - found[0]) / 10**6 > 0.05
    assert broken / 400 <= 0.09


@pytest.mark.parametrize(("alpha", "delta"), [(0.0, 0.05), (1.0, 0.05), (0.05, 0.0), (0.05, 2.0)])
def test_senseless_levels_are_refused(alpha, delta):
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank(100, alpha, delta)
