"""Models of other kinds over the same features, offline: where they disagree is worth a look.

The champion is the table of what is usual (`tails`), which the hook could score; an isolation forest and the
distance to the fiftieth neighbour challenge it, and all three the scorecard. On labelled tabular data
(`benchmarks/adbench.py`) neighbours were the strongest that scikit-learn has, and the slowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.tails import fit_tails
from afteraction.scoring.training import uncalibrated

_TREES: Final = 100
_LEAST: Final = 20
_MAX_FIT: Final = 20_000
#: Rows that distances are measured to, and which neighbour counts.
_MAX_NEIGHBOURS: Final = 5_000
_NEIGHBOUR: Final = 50
_SEED: Final = 7
_Floats = NDArray[np.float64]


class Rival(msgspec.Struct, frozen=True):
    """How one model ranks the actions: against the scorecard, and against verdicts.

    `rank_correlation` (Spearman) is NaN where either ranks all the same. Of the `top` of model and scorecard,
    `both` stand in both. `verdict_auroc` is the chance that an action confirmed harmful stands above one that
    was let pass; `None` without both kinds among the judged.
    """

    model: str
    role: str
    rank_correlation: float
    both: int
    verdict_auroc: float | None


class Challenge(msgspec.Struct, frozen=True):
    """How independent models rank the same actions.

    `rank_correlation` (Spearman) is that of the isolation forest and the scorecard, NaN where either ranks
    all actions the same. Of the `top` riskiest actions of each, `both` stand in both lists; `only_challenger`
    and `only_scorecard` are action ids. `rivals` are all models, champion first, and the scorecard.
    """

    actions: int
    rank_correlation: float
    top: int
    both: int
    only_challenger: tuple[str, ...]
    only_scorecard: tuple[str, ...]
    rivals: tuple[Rival, ...] = ()


def challenge(
    features: pl.DataFrame, risk: pl.DataFrame, *, top: int = 50, verdicts: pl.DataFrame | None = None
) -> Challenge | None:
    """Fit on all scorable actions, compare ranks; `None` below 20 actions or without any feature.

    `features` has `action_id` and columns (numbers, words); `risk` is an `action_risk` frame; `verdicts` has
    `action_id` and `harmful` of the actions that a person judged.
    """
    scored = risk.filter(pl.col("risk").is_not_null()).select("action_id", "points")
    both = scored.join(features, on="action_id", how="inner", maintain_order="left")
    if both.height < _LEAST:
        return None
    design = _design(both.drop("action_id", "points"))
    if design.shape[1] == 0:
        return None
    ours = both["points"].to_numpy().astype(float)
    ranked = {
        "table": ("champion", table(both)),
        "isolation forest": ("challenger", forest(design, design)),
        "neighbours": ("challenger", neighbours(design, design)),
        "scorecard": ("in force", ours),
    }
    size = min(top, both.height // 10)
    ids = both["action_id"].to_list()
    mine = _top(ours, ids, size)
    judged = _judged(both, verdicts)
    theirs = _top(ranked["isolation forest"][1], ids, size)
    return Challenge(
        actions=both.height,
        rank_correlation=_spearman(ranked["isolation forest"][1], ours),
        top=size,
        both=len(set(theirs) & set(mine)),
        only_challenger=tuple(name for name in theirs if name not in mine),
        only_scorecard=tuple(name for name in mine if name not in theirs),
        rivals=tuple(
            Rival(
                name,
                role,
                _spearman(odd, ours),
                len(set(_top(odd, ids, size)) & set(mine)),
                _auroc(odd, judged),
            )
            for name, (role, odd) in ranked.items()
        ),
    )


def _judged(rows: pl.DataFrame, verdicts: pl.DataFrame | None) -> pl.Series:
    """Whether each action was confirmed harmful; null where nobody judged it."""
    if verdicts is None:
        return pl.Series("harmful", [None], dtype=pl.Boolean).new_from_index(0, rows.height)
    told = verdicts.group_by("action_id").agg(pl.col("harmful").any())
    return rows.select("action_id").join(told, on="action_id", how="left", maintain_order="left")["harmful"]


def _auroc(odd: _Floats, judged: pl.Series) -> float | None:
    known = judged.is_not_null().to_numpy()
    harmful = judged.fill_null(value=False).to_numpy()[known]
    above, below = int(harmful.sum()), int((~harmful).sum())
    if not above or not below:
        return None
    ranks = pl.Series(odd[known]).rank("average").to_numpy()
    return float((ranks[harmful].sum() - above * (above + 1) / 2) / (above * below))


def _design(features: pl.DataFrame) -> _Floats:
    """Numbers as they are and a column per word; unknown counts as zero; columns without spread dropped."""
    told = features.select(name for name in features.columns if not name.endswith(".where"))
    words = [name for name, kind in told.schema.items() if kind == pl.String]
    numbers = told.drop(words).select(pl.all().cast(pl.Float64).fill_nan(None).fill_null(0.0))
    named = told.select(words).fill_null("").to_dummies() if words else pl.DataFrame()
    wide = numbers.hstack(named.get_columns()).to_numpy().astype(np.float64)
    return np.asarray(wide[:, np.ptp(wide, axis=0) > 0])


def table(features: pl.DataFrame) -> _Floats:
    """How far out each row's numbers are among all of them (`tails`)."""
    names = [name for name, kind in features.schema.items() if kind == pl.Float64]
    known = features.select(pl.col(names).fill_nan(None).fill_null(0.0))
    card = uncalibrated(fit_tails(known, dict.fromkeys(names, "high")))
    return np.asarray(card.points(known), np.float64)


def forest(past: _Floats, rows: _Floats) -> _Floats:
    """The isolation forest's oddness of `rows`, learned from at most so many of `past`."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 -- heavy, and only this needs it

    fitted = IsolationForest(n_estimators=_TREES, random_state=_SEED, n_jobs=1)
    return np.asarray(-fitted.fit(_thinned(past, _MAX_FIT)).score_samples(rows), np.float64)


def neighbours(past: _Floats, rows: _Floats) -> _Floats:
    """The distance of `rows` to their fiftieth neighbour in `past`, each column by its own spread."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 -- heavy, and only this needs it

    known = _thinned(past, _MAX_NEIGHBOURS)
    spread = known.std(axis=0)
    spread[spread == 0] = 1.0
    near = NearestNeighbors(n_neighbors=min(_NEIGHBOUR, len(known)), n_jobs=1).fit(known / spread)
    distances, _ = near.kneighbors(rows / spread)
    return np.asarray(distances[:, -1], np.float64)


def _thinned(rows: _Floats, most: int) -> _Floats:
    return rows[:: max(1, -(-len(rows) // most))]


def _top(values: _Floats, ids: Sequence[str], size: int) -> list[str]:
    order = sorted(range(len(ids)), key=lambda row: (-values[row], ids[row]))
    return [ids[row] for row in order[:size]]


def _spearman(left: _Floats, right: _Floats) -> float:
    ranks = [pl.Series(side).rank("average").to_numpy() for side in (left, right)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
