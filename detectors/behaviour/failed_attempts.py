"""How often the agent failed, was refused, or tried the very same before in the session."""

from __future__ import annotations

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour_detector import BehaviourDetector
from detectors.examples import session

_c = pl.col


def _features(batch: SessionBatch, _baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions.sort("session_key", "position", maintain_order=True)
    own: list[str | pl.Expr] = ["session_key", _c("agent_id").fill_null("").alias("agent")]
    failed = (_c("status") == "error").fill_null(value=False)
    denied = ((_c("status") == "denied") | (_c("approval") == "denied")).fill_null(value=False)
    same = (_c("args_sha256").is_not_null()).cum_sum().over([*own, "tool", "args_sha256"])
    return frame.select(
        "action_id",
        failed_before=_before(failed, own),
        denied_before=_before(denied, own),
        repeated=(same.cast(pl.Float64) - 1).clip(0),
    )


def _before(flag: pl.Expr, own: list[str | pl.Expr]) -> pl.Expr:
    """How many earlier calls of the agent in this session the flag holds for."""
    return (flag.cast(pl.Int64).cum_sum().over(own) - flag.cast(pl.Int64)).cast(pl.Float64)


_SEARCH = ("search", {"query": "rent"}, "nothing")
_FIRING = (session("the very same call four times", _SEARCH, _SEARCH, _SEARCH, _SEARCH),)
_SILENT = (
    session("four calls that differ", *(("search", {"query": f"rent {row}"}, "nothing") for row in range(4))),
)

BEHAVIOUR = BehaviourDetector(
    id="failed_attempts",
    summary="Earlier calls of the agent in the session failed, were refused, or were the very same.",
    misses="Failures that the log does not tell; the same attempt in other words; other sessions.",
    standards=("OWASP-ASI02", "OWASP-ASI10"),
    columns={"failed_before": pl.Float64(), "denied_before": pl.Float64(), "repeated": pl.Float64()},
    features=_features,
    odd=_c("repeated") >= 3,
    firing=_FIRING,
    silent=_SILENT,
)
