"""An isolation forest over the same features, offline: where it disagrees is worth a look."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

_TREES: Final = 100
_LEAST: Final = 20
_MAX_FIT: Final = 50_000
_SEED: Final = 7


class Challenge(msgspec.Struct, frozen=True):
    """How an independent model ranks the same actions.

    `rank_correlation` (Spearman) is NaN where either ranks all actions the same. Of the `top` riskiest
    actions of each, `both` stand in both lists; `only_challenger` and `only_scorecard` are action ids.
    """

    actions: int
    rank_correlation: float
    top: int
    both: int
    only_challenger: tuple[str, ...]
    only_scorecard: tuple[str, ...]


def challenge(features: pl.DataFrame, risk: pl.DataFrame, *, top: int = 50) -> Challenge | None:
    """Fit on all scorable actions, compare ranks; `None` below 20 actions or without any feature.

    `features` has `action_id` and columns (numbers, words); `risk` is an `action_risk` frame.
    """
    scored = risk.filter(pl.col("risk").is_not_null()).select("action_id", "points")
    both = scored.join(features, on="action_id", how="inner", maintain_order="left")
    if both.height < _LEAST:
        return None
    design = _design(both.drop("action_id", "points"))
    if design.shape[1] == 0:
        return None
    odd, ours = _oddness(design), both["points"].to_numpy().astype(float)
    size = min(top, both.height // 10)
    ids = both["action_id"].to_list()
    theirs, mine = _top(odd, ids, size), _top(ours, ids, size)
    return Challenge(
        actions=both.height,
        rank_correlation=_spearman(odd, ours),
        top=size,
        both=len(set(theirs) & set(mine)),
        only_challenger=tuple(name for name in theirs if name not in mine),
        only_scorecard=tuple(name for name in mine if name not in theirs),
    )


def _design(features: pl.DataFrame) -> NDArray[np.float64]:
    """Numbers as they are and a column per word; unknown counts as zero; columns without spread dropped."""
    told = features.select(name for name in features.columns if not name.endswith(".where"))
    words = [name for name, kind in told.schema.items() if kind == pl.String]
    numbers = told.drop(words).select(pl.all().cast(pl.Float64).fill_nan(None).fill_null(0.0))
    named = told.select(words).fill_null("").to_dummies() if words else pl.DataFrame()
    wide = numbers.hstack(named.get_columns()).to_numpy().astype(np.float64)
    return np.asarray(wide[:, np.ptp(wide, axis=0) > 0])


def _oddness(design: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 -- heavy, and only this needs it

    forest = IsolationForest(n_estimators=_TREES, random_state=_SEED, n_jobs=1)
    step = max(1, len(design) // _MAX_FIT)
    return np.asarray(-forest.fit(design[::step]).score_samples(design), np.float64)


def _top(values: NDArray[np.float64], ids: list[str], size: int) -> list[str]:
    order = sorted(range(len(ids)), key=lambda row: (-values[row], ids[row]))
    return [ids[row] for row in order[:size]]


def _spearman(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    ranks = [pl.Series(side).rank("average").to_numpy() for side in (left, right)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
