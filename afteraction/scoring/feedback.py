"""Verdicts move the scorecard: one multiplier per feature, never below zero, held to where it started.

Logistic regression on the points that each feature gives, after Das et al. 2016 (feedback on tail scores).
The scorecard that nobody answered for counts as evidence of its own, so that few answers move little, and
no answer can turn a reason for a ticket into a reason against one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.influence import ANCHOR
from afteraction.scoring.scorecard import Calibration, CategoryFeature, Feature, Scorecard, checked

Floats = NDArray[np.float64]

#: No feature gives more than this many times what it started with.
MOST: Final = 2.0
#: How freely the base rate follows the verdicts, beside the multipliers.
_LEVEL: Final = 0.2
_DIGITS: Final = 2


@dataclass(frozen=True)
class Reweighted:
    """The scorecard after the verdicts (calibrated as before) and by how much each feature moved."""

    scorecard: Scorecard
    multipliers: dict[str, float]

    @property
    def moved(self) -> dict[str, float]:
        """The multipliers that are not 1."""
        return {name: by for name, by in self.multipliers.items() if by != 1.0}


def reweighted(
    start: Scorecard, rows: pl.DataFrame, harmful: Floats, weights: Floats, *, anchor: float = ANCHOR
) -> Reweighted:
    """`start` with its features' points multiplied so that they tell `harmful` (0 to 1) rows from others.

    `rows` holds the features, `weights` how many verdicts each row counts, `anchor` how many the start
    does. Without any weight the very same scorecard comes back. Points are rounded to integers.
    """
    names = [feature.name for feature in start.features]
    same = Reweighted(start, dict.fromkeys(names, 1.0))
    level, slope = line(start.calibration)
    if not names or rows.is_empty() or not weights.sum() > 0 or slope <= 0:
        return same
    design = slope * np.column_stack([given for _, given in start.contributions(rows)]).astype(float)
    reach = slope * np.array([_reach(feature) for feature in start.features], float)
    found = _fitted(design, harmful, weights, reach, level, anchor)
    moved = {name: round(float(by), _DIGITS) for name, by in zip(names, found, strict=True)}
    if all(by == 1.0 for by in moved.values()):
        return same
    features = tuple(_multiplied(feature, moved[feature.name]) for feature in start.features)
    return Reweighted(checked(Scorecard(features=features, calibration=start.calibration)), moved)


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


def _reach(feature: Feature) -> int:
    """The most points that a feature gives or takes."""
    if isinstance(feature, CategoryFeature):
        return max(abs(points) for points in (*feature.points.values(), feature.other, feature.missing))
    return max(abs(points) for points in (*feature.points, feature.missing))


def _multiplied(feature: Feature, by: float) -> Feature:
    if isinstance(feature, CategoryFeature):
        points = {name: round(given * by) for name, given in feature.points.items()}
        return msgspec.structs.replace(
            feature, points=points, other=round(feature.other * by), missing=round(feature.missing * by)
        )
    return msgspec.structs.replace(
        feature,
        points=tuple(round(given * by) for given in feature.points),
        missing=round(feature.missing * by),
    )
