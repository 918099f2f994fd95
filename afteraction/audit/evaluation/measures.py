"""Measures of ranking and of tickets, with intervals that respect how runs resemble each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_DRAWS: Final = 200
_SEED: Final = 20260101


class Measured(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; `low` and `high` are `None` where no interval was drawn."""

    value: float
    low: float | None = None
    high: float | None = None


def auroc(scores: Floats, positive: Bools) -> float:
    """The chance that a positive scores above a negative, ties counted half; NaN without both kinds."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return float("nan")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    ranks = middle[place][positive].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def share(flags: Bools) -> float:
    """The share of true values; NaN of nothing."""
    return float(flags.mean()) if flags.size else float("nan")


def least_threshold(negatives: Floats, allowed: float) -> float:
    """The lowest threshold (flag from it upwards) that flags at most `allowed` of the negatives."""
    if not negatives.size:
        return float("inf")
    falling = np.sort(negatives)[::-1]
    return float(np.floor(falling[min(int(allowed * falling.size), falling.size - 1)]) + 1)


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def interval(
    groups: Sequence[str], measure: Callable[[NDArray[np.int64]], float], *, draws: int = _DRAWS
) -> Measured:
    """`measure` over all row numbers, and its spread when whole groups are drawn with replacement."""
    names, place = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    rows = [np.flatnonzero(place == index) for index in range(len(names))]
    everything = np.arange(len(place))
    random = np.random.default_rng(_SEED)
    seen = []
    for _ in range(draws if len(names) > 1 else 0):
        drawn = np.concatenate([rows[index] for index in random.integers(0, len(names), len(names))])
        value = measure(drawn)
        if not np.isnan(value):
            seen.append(value)
    if not seen:
        return Measured(measure(everything))
    low, high = np.quantile(seen, [0.025, 0.975])
    return Measured(measure(everything), float(low), float(high))
