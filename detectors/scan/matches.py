"""Matches of a batch of sessions: arguments, results and messages in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from afteraction.records.digests import fingerprint
from afteraction.records.match import MATCHES
from afteraction.records.session_batch import SessionBatch
from detectors.scan.engine import engine
from detectors.scan.repeats import with_repeats
from detectors.scan.texts import find_values

#: For tenants without a key of their own (plain texts, evaluation).
NO_KEY = bytes(32)


def matches(batch: SessionBatch, cache: Path | None = None) -> pl.DataFrame:
    """The `MATCHES` of a batch, sorted by session, position and place."""
    places = _places(batch)
    values = find_values(places.get_column("text"), engine(cache))
    if values.is_empty():
        return pl.DataFrame(schema=MATCHES)
    found = values.rename({"text": "value"}).join(places.drop("text"), on="row", how="left")
    found = with_repeats(found, places)
    prints = fingerprints(found.get_column("tenant"), found.get_column("value"), batch.keys)
    return (
        found.with_columns(prints)
        .select(pl.col(name).cast(kind) for name, kind in MATCHES.items())
        .sort(
            ["session_key", "position", "action_id", "part", "start", "end", "detector", "rule", "value_fp"]
        )
    )


def fingerprints(tenants: pl.Series, values: pl.Series, keys: Mapping[str, bytes]) -> pl.Series:
    """Keyed fingerprints of values, one per row."""
    made = [
        fingerprint(keys.get(tenant) or NO_KEY, value)
        for tenant, value in zip(tenants.to_list(), values.to_list(), strict=True)
    ]
    return pl.Series("value_fp", made, dtype=pl.String)


def _places(batch: SessionBatch) -> pl.DataFrame:
    """Every text of a batch with where it stands: row, tenant, session_key, action_id, part, position."""
    actions = [
        batch.actions.select(
            "tenant", "session_key", "action_id", pl.lit(part).alias("part"), pl.col(place).alias("position"),
            pl.col(part).alias("text"),
        )
        for part, place in (("args", "position"), ("result", "result_position"))
    ]  # fmt: skip
    messages = batch.messages.select(
        "tenant", "session_key", pl.lit(None, dtype=pl.String).alias("action_id"),
        pl.lit("message").alias("part"), "position", "text",
    )  # fmt: skip
    together = pl.concat([*actions, messages], how="vertical_relaxed")
    return together.filter(pl.col("text").is_not_null()).with_row_index("row").cast({"row": pl.Int64})
