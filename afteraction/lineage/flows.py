"""Flows: links from a result (or a person's sensitive words) to an argument, too telling to be chance."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from afteraction.lineage.origins import Traced
from afteraction.records.flow import FLOWS


def flows_of(
    traced: Traced, actions: pl.DataFrame, matches: pl.DataFrame, keys: Mapping[str, bytes]
) -> pl.DataFrame:
    """FLOWS of one pass: the best link per (action, argument, origin)."""
    return pl.DataFrame(schema=FLOWS)
