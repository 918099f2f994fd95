"""One risk per action: findings and behaviour features through the scorecard, with reasons."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from afteraction.records.finding import SEVERITIES
from afteraction.records.risk import ACTION_RISK, Level
from afteraction.records.session_batch import SessionBatch
from afteraction.scoring.reasons import reasons
from afteraction.scoring.scorecard import Scorecard

#: The lowest risk of each level; `none` is below all of them.
LEVELS: Final[tuple[tuple[Level, float], ...]] = (
    ("low", 0.02),
    ("medium", 0.2),
    ("high", 0.5),
    ("critical", 0.85),
)
#: Deterministic evidence gives at least this risk, whatever else speaks for the action.
FLOOR: Final = {"critical": 0.95}

#: The detector whose findings decide wherever they stand.
_PLANTED: Final = "canary"
_IDENTITY: Final = ("action_id", "tenant", "session_id", "session_key", "event_date", "seq")


def score(
    batch: SessionBatch,
    findings: pl.DataFrame,
    features: pl.DataFrame,
    scorecard: Scorecard,
    *,
    revision: str | None = None,
) -> pl.DataFrame:
    """The `action_risk` rows of a batch, in its order; `ticketed` is false until somebody opens tickets.

    `features` is what `detectors.behaviour.features` gives, `findings` the leak findings (`FINDINGS` or
    `FOUND` columns). Unscorable actions keep their row: `risk` null, no points, level `unscorable`.
    """
    rows = batch.actions.select(*_IDENTITY, scorable=pl.col("unscorable").is_null())
    rows = rows.join(features, on="action_id", how="left", maintain_order="left")
    rows = rows.join(leaks(findings), on="action_id", how="left", maintain_order="left")
    given = list(scorecard.contributions(rows))
    points = sum((part for _, part in given), np.zeros(rows.height, np.int64))
    risk = np.maximum(scorecard.calibration.of(points), _floor(rows))
    told = reasons(rows, given)
    scorable = rows["scorable"].to_numpy()
    frame = rows.select(*_IDENTITY).with_columns(
        risk=pl.Series(risk, dtype=pl.Float64),
        points=pl.Series(points, dtype=pl.Int64),
        scorable=pl.Series(scorable),
        reasons=told,
        ticketed=pl.lit(False),  # noqa: FBT003 -- a literal of a Polars expression
        bundle_revision=pl.lit(revision, pl.String),
    )
    known = pl.when("scorable")
    return frame.with_columns(
        risk=known.then("risk"),
        points=known.then("points"),
        reasons=known.then("reasons").otherwise(pl.lit("[]")),
        level=known.then(level(pl.col("risk"))).otherwise(pl.lit("unscorable")),
    ).select(*ACTION_RISK)


def level(risk: pl.Expr) -> pl.Expr:
    """The level of a risk."""
    named = pl.lit("none")
    for name, least in LEVELS:
        named = pl.when(risk >= least).then(pl.lit(name)).otherwise(named)
    return named


def leaks(findings: pl.DataFrame) -> pl.DataFrame:
    """One row per action with findings: the worst severity in what it sent (`leak`), read (`exposed`) and
    does to systems (`effect`); `leak.where` and `effect.where` are the titles of the worst ones, where
    `findings` has titles.

    `decisive` tells whether a finding of critical severity and high confidence stands on what it sent, or is
    a value that an owner planted, wherever it stands (`planted`).
    """
    order = {name: rank for rank, name in enumerate(SEVERITIES)}
    rank = pl.col("severity").replace_strict(order, default=0, return_dtype=pl.Int64)
    sent, read = pl.col("part") == "args", pl.col("part") == "result"
    planted = pl.col("detector") == _PLANTED if "detector" in findings.columns else pl.lit(False)  # noqa: FBT003
    decisive = (sent | planted) & (pl.col("severity") == "critical") & (pl.col("confidence") == "high")
    worst = findings.group_by("action_id").agg(
        leak=rank.filter(sent).max(),
        exposed=rank.filter(read).max(),
        effect=rank.filter(pl.col("part") == "effect").max(),
        decisive=decisive.any(),
        planted=(planted & decisive).any(),
        **_titles(findings, rank),
    )
    named = {rank: name for name, rank in order.items()}
    return worst.with_columns(
        pl.col("leak", "exposed", "effect").replace_strict(named, default=None, return_dtype=pl.String)
    )


def _titles(findings: pl.DataFrame, rank: pl.Expr) -> dict[str, pl.Expr]:
    """What the worst findings are about; titles are a detector's own words and numbers."""
    if "title" not in findings.columns:
        return {}
    return {
        f"{name}.where": pl.col("title")
        .filter(pl.col("part") == part)
        .sort_by(
            rank.filter(pl.col("part") == part),
            pl.col("title").filter(pl.col("part") == part),
            descending=[True, False],
        )
        .first()
        for name, part in (("leak", "args"), ("effect", "effect"))
    }


def _floor(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.where(rows["decisive"].fill_null(value=False).to_numpy(), FLOOR["critical"], 0.0)
