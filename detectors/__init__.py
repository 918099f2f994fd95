"""Detectors: one file each; being in a folder here is being registered.

A module of one of its folders that holds a `DETECTOR` is one; a module without is a helper.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector

_FOLDERS = ("detectors.leakage", "detectors.effects", "detectors.behaviour")


@cache
def registry() -> tuple[Detector, ...]:
    """Every detector, sorted by id."""
    found = []
    for folder in _FOLDERS:
        package = importlib.import_module(folder)
        for entry in pkgutil.iter_modules(package.__path__):
            detector = getattr(importlib.import_module(f"{folder}.{entry.name}"), "DETECTOR", None)
            if not isinstance(detector, Detector):
                continue
            if detector.id != entry.name:
                raise ValueError(f"{folder}.{entry.name}: id {detector.id!r}; name it like its file")
            found.append(detector)
    return tuple(sorted(found, key=lambda detector: detector.id))


def run(batch: SessionBatch) -> pl.DataFrame:
    """The `FINDINGS` of a batch by every registered detector."""
    from detectors.runner import run as run_all  # noqa: PLC0415  # the runner itself needs the registry

    return run_all(batch)
