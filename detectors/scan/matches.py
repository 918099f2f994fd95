"""Matches of a batch of sessions: arguments, results and messages in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import polars as pl

from afteraction.records.digests import fingerprinter
from afteraction.records.match import MATCHES
from afteraction.records.session_batch import SessionBatch
from detectors.scan.canaries import watching, with_pieces
from detectors.scan.engine import engine
from detectors.scan.repeats import with_repeats
from detectors.scan.texts import find_values

#: For tenants without a key of their own (plain texts, evaluation).
NO_KEY = bytes(32)


def matches(batch: SessionBatch, cache: Path | None = None) -> pl.DataFrame:
    """The `MATCHES` of a batch, sorted by session, position and place."""
    places = texts_of(batch)
    values = find_values(places.get_column("text"), watching(engine(cache), batch.canaries))
    values = with_pieces(values, places, batch.canaries)
    if values.is_empty():
        return pl.DataFrame(schema=MATCHES)
    found = with_repeats(values.rename({"text": "value"}), places)
    stood = places.drop("row", "text")[found.get_column("row")]
    prints = fingerprints(stood.get_column("tenant"), found.get_column("value"), batch.keys)
    return (
        found.hstack(stood)
        .with_columns(prints, _ranks(stood))
        .sort("rank", "start", "end", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in MATCHES.items())
    )


def _ranks(stood: pl.DataFrame) -> pl.Series:
    """Where each row's text comes among all: by session, position, action and part."""
    names = ["session_key", "position", "action_id", "part"]
    first = stood.select((pl.struct(names) != pl.struct(names).shift()).fill_null(value=True)).to_series()
    order = stood.filter(first).select(names).with_row_index("run").sort(names, maintain_order=True)
    rank = order.with_row_index("rank").sort("run").get_column("rank")
    return rank[first.cast(pl.UInt32).cum_sum() - 1].alias("rank")


def fingerprints(tenants: pl.Series, values: pl.Series, keys: Mapping[str, bytes]) -> pl.Series:
    """Keyed fingerprints of values, one per row."""
    makers = {
        tenant: lru_cache(None)(fingerprinter(keys.get(tenant) or NO_KEY)) for tenant in tenants.unique()
    }
    pairs = zip(tenants.to_list(), values.to_list(), strict=True)
    return pl.Series("value_fp", [makers[tenant](value) for tenant, value in pairs], dtype=pl.String)


def texts_of(batch: SessionBatch) -> pl.DataFrame:
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
