"""What lineage followed into arguments, as matches: pieces and codings of values that no scan can know."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.match import MATCHES
from afteraction.records.session_batch import SessionBatch
from detectors.scan.matches import texts_of
from detectors.scan.repeats import repeats, telling

_PLACE: Final = ["session_key", "action_id", "part"]
_VALUE: Final = ("label", "sensitivity", "value_fp")
_c = pl.col


def with_carried(batch: SessionBatch) -> SessionBatch:
    """`batch` with `carried` among its `matches`, and what the session's results and arguments repeat of it.

    For masking only: a piece of a secret is no finding of its own.
    """
    carried = _unknown(batch)
    if carried.is_empty():
        return batch
    sessions = carried["session_key"].unique().implode()
    texts = texts_of(batch).filter(_c("session_key").is_in(sessions) & (_c("part") != "message"))
    texts = texts.drop("row").with_row_index("row").cast({"row": pl.Int64})
    known, pieces = (_standing(frame, texts) for frame in (batch.matches, carried))
    telling_ones = pieces.filter((_c("sensitivity") == "secret") & telling(_c("value")))
    values = pl.concat([telling_ones, telling_ones.with_columns(_c("value").str.to_lowercase())])
    values = values.select("session_key", "value", *_VALUE).unique(
        ["session_key", "value"], keep="first", maintain_order=True
    )
    columns = ("row", "start", "end", "value", "sensitivity")
    found = pl.concat([known.select(columns), pieces.select(columns)])
    again = repeats(texts, values, found).join(texts.drop("text", "tenant"), on="row", maintain_order="left")
    more = again.with_columns(detector=pl.lit(""), rule=pl.lit(""))
    return batch.with_(
        matches=pl.concat([batch.matches, carried, more.select(_c(n).cast(k) for n, k in MATCHES.items())])
    )


def _unknown(batch: SessionBatch) -> pl.DataFrame:
    """What was carried and does not stand within a match."""
    known = batch.matches.filter((_c("part") == "args") & _c("sensitivity").is_in(["secret", "personal"]))
    pairs = batch.carried.with_row_index("n").join(
        known.select("action_id", low="start", high="end"), on="action_id"
    )
    within = pairs.filter((_c("low") <= _c("start")) & (_c("end") <= _c("high")))["n"]
    return batch.carried.with_row_index("n").filter(~_c("n").is_in(within.implode())).drop("n")


def _standing(matches: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Matches of these texts with `row` and `value` (as it stands there)."""
    held = matches.join(texts.select("row", "text", *_PLACE), on=_PLACE, maintain_order="left")
    return held.with_columns(value=_c("text").str.slice("start", _c("end") - _c("start"))).drop("text")
