"""Verdicts move the scorecard: one multiplier per step of each feature, never below zero, held to the start.

Logistic regression on the points that each step gives, after Das et al. 2016 (feedback on tail scores). The
scorecard that nobody answered for counts as evidence of its own, so that few answers move little; no answer
can turn a reason for a ticket into a reason against one, nor change the order of a feature's bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.influence import ANCHOR
from afteraction.scoring.scorecard import Calibration, CategoryFeature, Feature, Scorecard, checked

Floats = NDArray[np.float64]

#: No step gives more than this many times what it started with.
MOST: Final = 2.0
#: How freely the base rate follows the verdicts, beside the multipliers.
_LEVEL: Final = 0.2
_DIGITS: Final = 2


@dataclass(frozen=True)
class Reweighted:
    """The scorecard after verdicts, calibrated as before. `moved`: most points then and now, by feature."""

    scorecard: Scorecard
    moved: dict[str, tuple[int, int]]


def reweighted(
    start: Scorecard, rows: pl.DataFrame, harmful: Floats, weights: Floats, *, anchor: float = ANCHOR
) -> Reweighted:
    """`start` with its steps multiplied so that points tell `harmful` (0 to 1) rows from the others.

    `rows` holds the features, `weights` how many verdicts each row counts, `anchor` how many the start
    does. Without any weight the very same scorecard comes back. Points are rounded to integers; points
    below zero stay as they are.
    """
    level, slope = line(start.calibration)
    tall = [_levels(feature) for feature in start.features]
    if rows.is_empty() or not weights.sum() > 0 or slope <= 0 or not any(tall):
        return Reweighted(start, {})
    given = [points for _, points in start.contributions(rows)]
    climbs = [np.diff([0, *levels]) for levels in tall]
    design = np.hstack([
        (points[:, None] >= np.array(levels, np.int64)) * climb
        for points, levels, climb in zip(given, tall, climbs, strict=True)
    ]).astype(float)  # fmt: skip
    found = _fitted(slope * design, harmful, weights, slope * np.concatenate(climbs), level, anchor)
    parts = np.split(np.round(found, _DIGITS), np.cumsum([len(levels) for levels in tall])[:-1])
    features = tuple(
        _moved(feature, dict(zip(levels, np.cumsum(by * climb), strict=True)))
        for feature, levels, climb, by in zip(start.features, tall, climbs, parts, strict=True)
    )
    told = {
        before.name: (before.most(), after.most())
        for before, after in zip(start.features, features, strict=True)
        if before != after
    }
    if not told:
        return Reweighted(start, {})
    return Reweighted(checked(Scorecard(features=features, calibration=start.calibration)), told)


def line(calibration: Calibration) -> tuple[float, float]:
    """The calibration as a straight line in log-odds: its value at 0 points, and its slope per point."""
    if len(calibration.edges) < 2:
        return 0.0, 0.0
    odds = np.log(np.clip(calibration.risk, 1e-6, None)) - np.log1p(-np.clip(calibration.risk, 0, 1 - 1e-6))
    slope, level = np.polyfit(np.asarray(calibration.edges), (odds[1:] + odds[:-1]) / 2, 1)
    return float(level), float(slope)


def _fitted(  # noqa: PLR0917 - one row of a problem
    design: Floats, harmful: Floats, weights: Floats, reach: Floats, level: float, anchor: float
) -> Floats:
    """The multipliers. One row of weight w alone moves none of them by more than w / (2 anchor)."""
    from scipy.optimize import minimize  # noqa: PLC0415 -- heavy, and only needed where there are verdicts

    def loss(at: Floats) -> tuple[float, Floats]:
        odds, apart = at[0] + design @ at[1:], at[1:] - 1
        slope = weights * (1 / (1 + np.exp(-np.clip(odds, -500, 500))) - harmful)
        fit = weights @ (np.logaddexp(0, odds) - harmful * odds)
        held = anchor * (reach @ apart**2 + _LEVEL * (at[0] - level) ** 2)
        gradient = design.T @ slope + 2 * anchor * reach * apart
        return float(fit + held), np.r_[slope.sum() + 2 * anchor * _LEVEL * (at[0] - level), gradient]

    start = np.r_[level, np.ones(len(reach))]
    bounds = [(None, None), *[(0.0, MOST)] * len(reach)]
    done = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(done.x[1:], float)


def _levels(feature: Feature) -> list[int]:
    """The points above zero that a feature gives, each once, rising."""
    if isinstance(feature, CategoryFeature):
        return sorted(
            {point for point in (*feature.points.values(), feature.other, feature.missing) if point > 0}
        )
    return sorted({point for point in (*feature.points, feature.missing) if point > 0})


def _moved(feature: Feature, levels: Mapping[int, float]) -> Feature:
    """The feature with other points for each of its levels."""

    def now(point: int) -> int:
        return round(float(levels[point])) if point > 0 else point

    if isinstance(feature, CategoryFeature):
        points = {name: now(point) for name, point in feature.points.items()}
        return msgspec.structs.replace(
            feature, points=points, other=now(feature.other), missing=now(feature.missing)
        )
    return msgspec.structs.replace(
        feature, points=tuple(map(now, feature.points)), missing=now(feature.missing)
    )
