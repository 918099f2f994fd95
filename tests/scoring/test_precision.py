"""The bound on ticket precision: never above what was seen, and rarely wrong at any of many looks."""

import numpy as np
import pytest

from afteraction.scoring.precision import least_precision


@pytest.mark.parametrize(("harmful", "judged"), [(0, 0), (0, 50), (1, 1), (3, 10), (50, 50), (900, 1_000)])
def test_it_stays_below_what_was_seen(harmful, judged):
    found = least_precision(harmful, judged, 0.05)
    assert 0 <= found < 1
    assert found <= (harmful / judged if judged else 0)
    assert least_precision(harmful, judged, 0.2) >= found


def test_more_of_the_same_tells_more():
    bounds = [least_precision(n * 3, n * 10, 0.05) for n in (1, 10, 100, 1_000)]
    assert bounds == sorted(bounds)
    assert bounds[-1] == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_looked_at_after_every_verdict_it_is_wrong_in_at_most_delta_of_all_histories(share):
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(300):
        seen = np.cumsum(rng.random(120) < share)
        wrong += any(
            least_precision(int(harmful), count, 0.05) > share
            for count, harmful in enumerate(seen, start=1)
            if harmful / count > share * 1.2
        )
    assert wrong <= 300 * 0.05 + 2 * np.sqrt(300 * 0.05 * 0.95)


@pytest.mark.parametrize("given", [(2, 1, 0.05), (-1, 1, 0.05), (1, 2, 0.0), (1, 2, 1.0)])
def test_what_cannot_be_is_refused(given):
    with pytest.raises(ValueError, match="found"):
        least_precision(*given)
