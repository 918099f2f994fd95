"""Finds calls that send many persons' data outside at once."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import reads, sends
from detectors.exposure import placed

_MANY: Final = 10
_VERY_MANY: Final = 50


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per call to an outside destination with at least ten distinct personal values."""
    found = placed(batch).filter((pl.col("sensitivity") == "personal") & (pl.col("direction") == "outside"))
    counted = found.group_by("action_id").agg(
        pl.col("value_fp").n_unique().alias("distinct"),
        pl.col("label").unique().sort().alias("labels"),
        pl.col("value_fp").min(),
    )
    return (
        counted.filter(pl.col("distinct") >= _MANY)
        .select(
            "action_id",
            pl.when(pl.col("distinct") >= _VERY_MANY)
            .then(pl.lit("critical"))
            .otherwise(pl.lit("high"))
            .alias("severity"),
            pl.lit("high").alias("confidence"),
            pl.format("{} personal values in one call that goes outside", "distinct").alias("title"),
            pl.lit("args").alias("part"),
            pl.struct("distinct", "labels").struct.json_encode().alias("evidence"),
            "value_fp",
        )
        .select(pl.col(name).cast(kind) for name, kind in FOUND.items())
        .sort("action_id")
    )


_ROWS = "\n".join(f"customer{number}@example.com,+44 20 7946 {number:04}" for number in range(900, 912))

DETECTOR: Final = Detector(
    id="bulk_personal_data",
    summary="One call sends many persons' data outside.",
    severity="high",
    misses="Names and postal addresses (see `combined_personal_data`); many small calls instead of one.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0086"),
    find=find,
    firing=(sends("a customer list posted outside", _ROWS),),
    silent=(
        reads("a customer list read", _ROWS),
        sends("one customer", "ann.lee@example.com"),
    ),
)
