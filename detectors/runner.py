"""Runs every detector over a batch and gives each finding its id and session columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from afteraction.records.digests import digest
from afteraction.records.finding import FINDINGS, FOUND
from afteraction.records.session_batch import SessionBatch
from detectors import registry
from detectors.detector import Detector

_SESSION: Final = ("action_id", "tenant", "session_id", "session_key", "event_date")
_ORDER: Final = ("session_key", "action_id", "detector", "part", "value_fp", "title", "evidence")


def run(batch: SessionBatch, detectors: Iterable[Detector] | None = None) -> pl.DataFrame:
    """The `FINDINGS` of a batch: deterministic, sorted, one row per id."""
    found = [
        detector.find(batch)
        .select(pl.col(name).cast(kind) for name, kind in FOUND.items())
        .with_columns(pl.lit(detector.id).alias("detector"))
        for detector in (registry() if detectors is None else detectors)
    ]
    together = pl.concat([pl.DataFrame(schema={**FOUND, "detector": pl.String()}), *found])
    joined = together.join(batch.actions.select(_SESSION).unique("action_id"), on="action_id", how="inner")
    ids = [
        "fnd_" + digest(*(part or "" for part in parts))[:32]
        for parts in joined.select("action_id", "detector", "part", "value_fp").iter_rows()
    ]
    held = [pl.lit(None, pl.String).alias(name) for name in ("suppressed_by", "suppressed_reason")]
    return (
        joined.with_columns(pl.Series("finding_id", ids, dtype=pl.String), *held)
        .sort(_ORDER, nulls_last=True)
        .unique("finding_id", keep="first", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in FINDINGS.items())
    )
