"""The probability of harm after verdicts: the calibration that was there, bent as far as they reach.

Few verdicts bend the risk that each score already has (beta calibration, Kull et al. 2017, held to the
identity); many add an isotonic curve of their own. The result never falls and never reaches 0 or 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.influence import ANCHOR
from afteraction.scoring.scorecard import Calibration
from afteraction.scoring.training import calibrate

Floats = NDArray[np.float64]

#: Verdicts (effective) from which an isotonic curve is worth half of the result.
ENOUGH: Final = 1_500
#: No verdict counts more than this many times the least one, however rarely its like was drawn.
MOST_WEIGHT: Final = 20.0
#: A risk that moved by less than this share of itself (or of what is left to 1) stays as it is.
_STEP: Final = 0.05
_LOWEST: Final = 1e-4
_HIGHEST: Final = 0.999
_FOLDS: Final = 5
_LEAST: Final = 20
_GROUPS: Final = 10


class Reliability(msgspec.Struct, frozen=True):
    """How well probabilities agreed with verdicts. `ece` is the mean distance over groups of equal weight
    (0 to 1), `skill` the share of log-loss saved against always saying the mean; None: too few, or all alike.
    """

    ece: float | None = None
    skill: float | None = None
    diagram: tuple[Mapping[str, float], ...] = ()


def importance(propensity: Sequence[float], weights: Floats) -> Floats:
    """`weights` times one over the propensity, kept within `MOST_WEIGHT` and scaled to the sum they had.

    `propensity` is the chance (above 0, at most 1) with which each row was chosen for a verdict.
    """
    if not len(weights):
        return weights
    rare = 1 / np.clip(np.asarray(propensity, np.float64), 1e-9, 1.0)
    raised = weights * np.minimum(rare / rare.min(), MOST_WEIGHT)
    return np.asarray(raised * (weights.sum() / max(float(raised.sum()), 1e-300)))


def effective(weights: Floats) -> float:
    """How many equal verdicts these are worth (Kish), at most their sum."""
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    shares = weights / total
    return min(total, 1 / float(shares @ shares))


def method(weights: Floats) -> str:
    """How these weights are calibrated: `shipped`, `beta` or `beta and isotonic`."""
    if not weights.sum() > 0:
        return "shipped"
    return "beta and isotonic" if effective(weights) >= ENOUGH else "beta"


def recalibrated(
    base: Calibration,
    points: NDArray[np.int64],
    harmful: Floats,
    weights: Floats,
    *,
    anchor: float = ANCHOR,
) -> Calibration:
    """`base` after these verdicts: `harmful` is 0 to 1 per row, `weights` how many verdicts it counts.

    `anchor` is how many verdicts `base` counts. Without any weight `base` comes back as it is.
    """
    if not weights.sum() > 0:
        return base
    bend = _bent(base.of(points), harmful, weights, anchor)
    edges, risk = base.edges, bend(np.asarray(base.risk, np.float64))
    if method(weights) != "beta":
        own = calibrate(points, harmful, weights)
        edges = tuple(sorted({*base.edges, *own.edges}))
        places = np.array([edges[0] - 1, *edges] if edges else [0.0])
        risk = (bend(base.of(places)) + own.of(places)) / 2
        return Calibration(edges=edges, risk=_settled(risk, risk))
    return Calibration(edges=edges, risk=_settled(risk, np.asarray(base.risk, np.float64)))


def reliability(risk: Floats, harmful: Floats, weights: Floats) -> Reliability:
    """Figures of given probabilities; nothing below 20 rows, or where all verdicts are the same."""
    total, mean = float(weights.sum()), float(np.average(harmful, weights=weights)) if len(weights) else 0.0
    if len(weights) < _LEAST or total <= 0 or not 0 < mean < 1:
        return Reliability()
    levels, place = np.unique(risk, return_inverse=True)
    held = np.bincount(place, weights=weights)
    middle = np.cumsum(held) - held / 2
    group = np.minimum((middle / total * _GROUPS).astype(int), _GROUPS - 1)[place]
    rows = pl.DataFrame({"group": group, "risk": levels[place], "harm": harmful, "weight": weights})
    share = pl.col("weight") / pl.col("weight").sum()
    told = rows.group_by("group").agg(
        said=(pl.col("risk") * share).sum(),
        found=(pl.col("harm") * share).sum(),
        weight=pl.col("weight").sum(),
    )
    told = told.sort("group").with_columns(pl.col("weight") / total)
    apart = (told["said"] - told["found"]).abs()
    return Reliability(
        ece=round(float((apart * told["weight"]).sum()), 4),
        skill=round(
            1 - _log_loss(risk, harmful, weights) / _log_loss(np.full_like(risk, mean), harmful, weights), 4
        ),
        diagram=tuple(
            {name: round(value, 4) for name, value in row.items()}
            for row in told.select("said", "found", "weight").iter_rows(named=True)
        ),
    )


def unseen_risk(
    base: Calibration,
    points: NDArray[np.int64],
    harmful: Floats,
    weights: Floats,
    groups: Sequence[str],
) -> Floats:
    """Each row's probability from the verdicts of the other folds; rows of one group share a fold."""
    names, coded = np.unique(list(groups), return_inverse=True)
    fold = (np.arange(len(names)) % _FOLDS)[coded] if len(names) else coded
    risk = np.zeros(len(points))
    for one in range(_FOLDS):
        held = fold == one
        told: Calibration = recalibrated(base, points[~held], harmful[~held], weights[~held])
        risk[held] = told.of(points[held])
    return risk


def _bent(risk: Floats, harmful: Floats, weights: Floats, anchor: float) -> Any:
    """Beta calibration as a function of the risk that was: both slopes at least 0, held to the identity."""
    from scipy.optimize import minimize  # noqa: PLC0415 -- heavy, and only needed where there are verdicts

    design = _sides(risk)
    start = np.array([0.0, 1.0, 1.0])
    reach = np.array([1.0, -np.log(_LOWEST), -np.log1p(-_HIGHEST)])

    def loss(at: Floats) -> tuple[float, Floats]:
        odds = design @ at
        slope = weights * (1 / (1 + np.exp(-odds)) - harmful)
        held = anchor * float(reach @ (at - start) ** 2)
        fit = float(weights @ (np.logaddexp(0, odds) - harmful * odds))
        return fit + held, design.T @ slope + 2 * anchor * reach * (at - start)

    done = minimize(loss, start, jac=True, bounds=[(None, None), (0, None), (0, None)], method="L-BFGS-B")
    return lambda before: 1 / (1 + np.exp(-(_sides(before) @ done.x)))


def _sides(risk: Floats) -> Floats:
    kept = np.clip(risk, _LOWEST, _HIGHEST)
    return np.column_stack([np.ones_like(kept), np.log(kept), -np.log1p(-kept)])


def _settled(risk: Floats, before: Floats) -> tuple[float, ...]:
    """Two digits, never falling, off 0 and 1; what hardly moved is what it was."""
    same = np.abs(risk - before) < _STEP * np.minimum(before, 1 - before)
    told = [
        float(old) if kept else float(f"{new:.2g}") if new < 0.5 else 1 - float(f"{1 - new:.2g}")
        for new, old, kept in zip(risk, before, same & (risk is not before), strict=True)
    ]
    rising = np.maximum.accumulate(np.clip(told, _LOWEST, _HIGHEST))
    return tuple(round(float(one), 6) for one in rising)


def _log_loss(risk: Floats, harmful: Floats, weights: Floats) -> float:
    kept = np.clip(risk, _LOWEST, _HIGHEST)
    return float(-(weights @ (harmful * np.log(kept) + (1 - harmful) * np.log1p(-kept))) / weights.sum())
