"""Masks what people type beside a ticket, as everything that is kept or shown is masked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from afteraction.audit.canary_step import canaries
from afteraction.records.settings import Settings
from detectors.scan.mask import mask_texts


def masker(home: Path, settings: Settings) -> Callable[[str], str]:
    """Takes a text and gives it with secrets, personal data and planted values masked."""

    def masked(text: str) -> str:
        planted = canaries(home, settings.canaries)
        told = mask_texts(pl.Series([text]), names=settings.mask_names, canaries=planted)
        return str(told[0])

    return masked
