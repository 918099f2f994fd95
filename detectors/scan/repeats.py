"""Other places of a session where a secret stands again, there without the words that gave it away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from afteraction.records.session_batch import SessionBatch

#: Shorter values repeat by chance; below `_ANY_CHARS` only what mixes letters with something else counts.
_MIN_CHARS: Final = 6
_ANY_CHARS: Final = 8
_KEPT: Final = ("detector", "rule", "label", "sensitivity", "value")


def with_repeats(found: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """`found` with one row more for each place where a secret of the same session is repeated verbatim.

    `found` has a match's columns, its `value` and `row`; `places` has `row`, `text` and where it stands.
    """
    secrets = found.filter((pl.col("sensitivity") == "secret") & _telling(pl.col("value")))
    if secrets.is_empty():
        return found
    texts = places.filter(pl.col("session_key").is_in(secrets["session_key"].unique().implode()))
    held = _spans(found)
    rows = [
        {**place, **again}
        for (session,), group in secrets.unique(["session_key", "value"], maintain_order=True).group_by(
            "session_key", maintain_order=True
        )
        for place in texts.filter(pl.col("session_key") == session).iter_rows(named=True)
        for again in _again(place, group.select(_KEPT).to_dicts(), held.get(place["row"], []))
    ]
    if not rows:
        return found
    more = pl.DataFrame(rows, infer_schema_length=None).with_columns(encoding=pl.lit(""))
    return pl.concat([found, more.select(pl.col(name).cast(kind) for name, kind in found.schema.items())])


def _telling(value: pl.Expr) -> pl.Expr:
    chars = value.str.len_chars()
    mixed = value.str.contains("[A-Za-z]") & value.str.contains("[^A-Za-z]")
    return (chars >= _ANY_CHARS) | ((chars >= _MIN_CHARS) & mixed)


def _spans(found: pl.DataFrame) -> dict[int, list[tuple[int, int]]]:
    held: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in found.select("row", "start", "end").iter_rows():
        held.setdefault(row, []).append((start, end))
    return held


def _again(
    place: dict[str, Any], values: list[dict[str, Any]], held: list[tuple[int, int]]
) -> Iterator[dict[str, Any]]:
    text: str = place["text"]
    for value in values:
        start = text.find(value["value"])
        while start >= 0:
            end = start + len(value["value"])
            if not any(start < other_end and other_start < end for other_start, other_end in held):
                yield {**value, "start": start, "end": end}
            start = text.find(value["value"], end)


def mask_known(texts: pl.Series, sessions: pl.Series, batch: SessionBatch) -> pl.Series:
    """`texts` with every secret masked that the scan found in the arguments and results of its session.

    `sessions` holds each text's session key. For texts that were taken out of a session and are shown alone.
    """
    known = _known(batch)
    if not known:
        return texts
    shown = [
        _hidden(text, known.get(session, ()))
        for text, session in zip(texts.to_list(), sessions.to_list(), strict=True)
    ]
    return pl.Series(texts.name, shown, dtype=pl.String)


def _known(batch: SessionBatch) -> dict[str, list[tuple[str, str]]]:
    """Per session the secrets in the clear with their masks, the longest first."""
    secrets = batch.matches.filter((pl.col("sensitivity") == "secret") & (pl.col("encoding") == ""))
    value = pl.col("text").str.slice("start", pl.col("end") - pl.col("start")).alias("value")
    parts = [
        secrets.filter(pl.col("part") == part)
        .join(batch.actions.select("action_id", text=part), on="action_id")
        .select("session_key", value, pl.format("[{}:{}]", "label", "value_fp").alias("mask"))
        for part in ("args", "result")
    ]
    known: dict[str, list[tuple[str, str]]] = {}
    rows = pl.concat(parts).filter(_telling(pl.col("value"))).unique(maintain_order=True)
    for session, secret, mask in rows.sort(pl.col("value").str.len_chars(), descending=True).iter_rows():
        known.setdefault(session, []).append((secret, mask))
    return known


def _hidden(text: str | None, known: Sequence[tuple[str, str]]) -> str | None:
    if text is None:
        return None
    for secret, mask in known:
        text = text.replace(secret, mask)
    return text
