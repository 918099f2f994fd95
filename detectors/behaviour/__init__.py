"""Models that find odd behaviour against a fitted baseline: one file each, features only, no decisions.

A file here that holds a `BEHAVIOUR` is registered by being here. `fit` learns the baselines of all of
them from past actions, `features` computes all of them for a batch.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour_detector import COUNTS, BehaviourDetector

Baselines = Mapping[str, pl.DataFrame]


@cache
def all_detectors() -> tuple[BehaviourDetector, ...]:
    """Every behaviour detector, by id."""
    names = sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )
    found = (importlib.import_module(f"{__name__}.{name}").BEHAVIOUR for name in names)
    return tuple(found)


def fit(history: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The baseline of each detector that has one, from past actions (`behaviour_detector.HISTORY`)."""
    found = {detector.id: detector.baseline(history) for detector in all_detectors() if history.height}
    return {name: table for name, table in found.items() if table is not None}


def count(history: pl.DataFrame) -> pl.DataFrame:
    """What all detectors remember of past actions (`behaviour_detector.COUNTS`); separate sessions add up."""
    empty = pl.DataFrame(schema=dict(COUNTS))
    return pl.concat([empty, *(one.count(history) for one in all_detectors() if one.count)])


def fit_counts(counts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The baseline of each detector that has one, from what was counted (`behaviour_detector.MERGED`)."""
    return {
        one.id: one.fit(counts.filter(pl.col("kind").is_in(one.kinds))) for one in all_detectors() if one.fit
    }


def features(batch: SessionBatch, baselines: Baselines | None = None) -> pl.DataFrame:
    """All features of every action: `action_id` and the detectors' columns, in the order of the batch.

    `batch` has been enriched and followed by lineage. A feature is null where it is not known.
    """
    frame = batch.actions.select("action_id")
    for detector in all_detectors():
        table = detector.features(batch, (baselines or {}).get(detector.id))
        columns = [pl.col(name).cast(kind) for name, kind in detector.columns.items()]
        table = table.select("action_id", *columns)
        if table["action_id"].equals(frame["action_id"]):
            frame = frame.hstack(table.drop("action_id"))
        else:
            frame = frame.join(table, on="action_id", how="left", maintain_order="left")
    return frame
