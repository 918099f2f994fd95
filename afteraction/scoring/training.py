"""Fits a scorecard: non-negative integer points for bins that rise with risk, and its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.scorecard import (
    Calibration,
    CategoryFeature,
    Feature,
    NumberFeature,
    Scorecard,
    checked,
)

Floats = NDArray[np.float64]
#: The most points that all fitted features give together: one scale for every fit.
TOTAL: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a feature's table looks like before it is fitted.

    `edges` (numbers) or `values` (categories; those not listed give nothing). `prior` are the points used
    where `fitted` is false: evidence that the training data cannot judge, set by hand and kept.
    """

    name: str
    reason: str
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    prior: tuple[int, ...] = ()
    fitted: bool = field(default=True)

    def design(self, frame: pl.DataFrame) -> Floats:
        """One 0/1 column per step up (numbers) or per listed value (categories)."""
        column = frame.get_column(self.name)
        if self.values:
            texts = column.to_list()
            return np.array([[text == value for value in self.values] for text in texts], float).reshape(
                len(texts), len(self.values)
            )
        numbers = column.cast(pl.Float64).fill_nan(None).fill_null(-np.inf).to_numpy()
        return (numbers[:, None] >= np.asarray(self.edges)[None, :]).astype(float)

    def feature(self, steps: Sequence[int]) -> Feature:
        """The table with these points: steps up for numbers, points for categories."""
        if self.values:
            points = dict(zip(self.values, steps, strict=True))
            return CategoryFeature(name=self.name, points=points, other=0, missing=0, reason=self.reason)
        rising = (0, *(int(step) for step in np.cumsum(steps)))
        return NumberFeature(name=self.name, edges=self.edges, points=rising, missing=0, reason=self.reason)


def fit_points(
    shapes: Sequence[Shape], frame: pl.DataFrame, harmful: Floats, weights: Floats, *, shrink: float = 1.0
) -> tuple[Feature, ...]:
    """The tables: logistic regression with weights that may not fall below zero, rounded to integer points.

    `harmful` is 0/1 per row, `weights` say how much each row counts, `shrink` is the L2 penalty.
    """
    used = [shape for shape in shapes if shape.fitted]
    design = np.hstack([shape.design(frame) for shape in used])
    found = _non_negative_logit(design, harmful, weights, shrink)
    widths = [len(shape.values or shape.edges) for shape in used]
    own = dict(zip((shape.name for shape in used), np.split(found, np.cumsum(widths)[:-1]), strict=True))
    most = sum(_most(shape, own[shape.name]) for shape in used)
    scale = TOTAL / most if most > 0 else 0.0
    return tuple(
        shape.feature(_rounded(shape, scale * own[shape.name]) if shape.fitted else shape.prior)
        for shape in shapes
    )


def _most(shape: Shape, weights: Floats) -> float:
    return float(weights.max(initial=0.0) if shape.values else weights.sum())


def _rounded(shape: Shape, points: Floats) -> list[int]:
    if shape.values:
        return [round(float(point)) for point in points]
    return [int(step) for step in np.diff(np.rint(np.concatenate([[0.0], np.cumsum(points)])))]


def _non_negative_logit(design: Floats, harmful: Floats, weights: Floats, shrink: float) -> Floats:
    from scipy.optimize import minimize  # noqa: PLC0415 -- heavy, and only training needs it

    share = weights / weights.sum()
    sign = 2 * harmful - 1

    def loss(at: Floats) -> tuple[float, Floats]:
        margin = sign * (design @ at[1:] + at[0])
        slope = -share * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        penalty = shrink * 1e-3
        value = float(share @ np.logaddexp(0, -margin)) + penalty * float(at[1:] @ at[1:])
        gradient = np.concatenate([[slope.sum()], design.T @ slope + 2 * penalty * at[1:]])
        return value, gradient

    start = np.zeros(design.shape[1] + 1)
    bounds = [(None, None), *[(0.0, None)] * design.shape[1]]
    done = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(done.x[1:], float)


def calibrate(points: NDArray[np.int64], harmful: Floats, weights: Floats | None = None) -> Calibration:
    """Risk by points: isotonic regression, pooled to few steps; the ends stay off 0 and 1.

    Give points that the scorecard under test was not trained on, else the risk flatters itself.
    """
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 -- heavy, and only training needs it

    count = np.ones_like(harmful) if weights is None else weights
    levels, place = np.unique(points, return_inverse=True)
    total = np.bincount(place, weights=count)
    # Half a harmful and half a harmless row more at each level keep the ends off 0 and 1.
    mean = (np.bincount(place, weights=count * harmful) + 0.5 * harmful.mean()) / (total + 0.5)
    curve = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(
        levels.astype(float), mean, sample_weight=total
    )
    starts = [0]
    for index in range(1, len(levels)):
        if curve[index] > curve[starts[-1]] * 1.15 + 1e-4:
            starts.append(index)
    risks = [
        float(np.average(curve[first:last], weights=total[first:last]))
        for first, last in zip(starts, [*starts[1:], len(levels)], strict=True)
    ]
    return Calibration(
        edges=tuple(float(levels[start]) for start in starts[1:]),
        risk=tuple(round(min(max(float(risk), 1e-4), 0.999), 4) for risk in np.maximum.accumulate(risks)),
    )


def uncalibrated(tables: tuple[Feature, ...]) -> Scorecard:
    """A scorecard for its points alone."""
    return checked(Scorecard(features=tables, calibration=Calibration(edges=(), risk=(0.0,))))
