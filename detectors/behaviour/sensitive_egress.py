"""Something sensitive was read earlier in the session and this action reaches outside."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour_detector import BehaviourDetector

_c = pl.col
_WEIGHT: Final = {"secret": 3, "personal": 2, "internal": 1}
_OUTSIDE: Final = ("unknown", "public", "partner")


def _features(batch: SessionBatch, _baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions.select(
        "action_id", "session_key", "position", "result_position", "operation", "destination_class"
    )
    weight = _c("sensitivity").replace_strict(_WEIGHT, default=0, return_dtype=pl.Int64)
    read = (
        batch.matches.filter((_c("part") == "result") & _c("action_id").is_not_null())
        .with_columns(weight=weight)
        .group_by("action_id")
        .agg(_c("weight").max())
        .join(frame.select("action_id", "session_key", "result_position"), on="action_id")
        .group_by("session_key", "weight")
        .agg(since=_c("result_position").min())
    )
    seen = (
        frame.select("action_id", "session_key", "position")
        .join(read, on="session_key")
        .filter(_c("since") < _c("position"))
        .group_by("action_id")
        .agg(_c("weight").max())
    )
    carried = (
        batch.flows.filter(_c("origin") == "result")
        .with_columns(weight=_c("sensitivity").replace_strict(_WEIGHT, default=0, return_dtype=pl.Int64))
        .group_by("action_id")
        .agg(carried=_c("weight").max())
    )
    both = frame.join(seen, on="action_id", how="left", maintain_order="left")
    both = both.join(carried, on="action_id", how="left", maintain_order="left")
    outside = _c("destination_class").is_in(_OUTSIDE).fill_null(value=False)
    leaves = outside & (_c("operation") != "search").fill_null(value=True)
    return both.select(
        "action_id",
        sensitive_before=pl.when(leaves).then(_c("weight").fill_null(0).cast(pl.Float64)).otherwise(0.0),
        sensitive_carried=pl.when(leaves).then(_c("carried").fill_null(0).cast(pl.Float64)).otherwise(0.0),
    )


BEHAVIOUR = BehaviourDetector(
    id="sensitive_egress",
    summary="A secret or personal value was read earlier and the action reaches an outside destination.",
    misses="Sensitive content that no rule recognises; reading in one session and sending in another.",
    standards=("OWASP-LLM02", "ATLAS-AML.T0086"),
    columns={"sensitive_before": pl.Float64(), "sensitive_carried": pl.Float64()},
    features=_features,
)
