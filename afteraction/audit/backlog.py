"""Which sessions wait to be analysed, and their sealed parts in batches of whole sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit import seen
from afteraction.audit.analysis import VERSION, session_digests
from afteraction.lake import Lake
from afteraction.lake.tables import ORIGINALS, scan

#: At most about how many actions a batch holds: large enough to spread what each batch costs by itself.
BATCH_ACTIONS: Final = 8_000
_STEP: Final = f"analysis-{VERSION}"
_INDEX: Final = ("session_key", "event_date", "part_id", "action_ids", "result_digests", "message_ids")


def waiting(
    home: Path, lake: Lake, dates: Sequence[str] | None = None, *, again: bool = False
) -> pl.DataFrame:
    """`session_key`, `event_date` (of its first part), `parts`, `actions` of sessions to analyse.

    A session waits while its sealed parts are not those that its row in `sessions` was made from. Only
    those with a part in a new file are looked at, so that the cost does not grow with history. `again`
    takes the sessions of `dates` whether they wait or not.
    """
    files = lake.files("originals")
    index = _indexed(files, files if again else seen.fresh(home, _STEP, files))
    sessions = index.group_by("session_key").agg(
        pl.col("event_date").min(),
        pl.col("part_id").n_unique().alias("parts"),
        pl.col("action_ids").list.len().sum().cast(pl.Int64).alias("actions"),
    )
    if not again:
        stored = lake.read("sessions", columns=("session_key", "analysed_digest"))
        fresh = session_digests(index).join(stored, on=["session_key", "analysed_digest"], how="anti")
        sessions = sessions.join(fresh, on="session_key", how="semi")
    if dates is not None:
        touched = index.filter(pl.col("event_date").is_in(list(dates)))
        sessions = sessions.join(touched, on="session_key", how="semi")
    return sessions.sort("event_date", "session_key")


def none_waits(home: Path, lake: Lake) -> None:
    """Remember that every session in the lake is analysed."""
    seen.remember(home, _STEP, lake.files("originals"))


def _indexed(files: Sequence[str], fresh: Sequence[str]) -> pl.DataFrame:
    """The clear columns of every part of the sessions that have one in a fresh file."""
    if not fresh:
        return pl.DataFrame(schema={name: ORIGINALS[name] for name in _INDEX})
    every = scan("originals", files).select(_INDEX)
    if len(fresh) < len(files):
        keys = scan("originals", fresh).select(pl.col("session_key").unique()).collect()["session_key"]
        every = every.filter(pl.col("session_key").is_in(keys.implode()))
    return every.collect()


def batches(lake: Lake, sessions: pl.DataFrame, size: int = BATCH_ACTIONS) -> Iterator[pl.DataFrame]:
    """Sealed parts (`ORIGINALS`) of whole sessions, about `size` actions each."""
    held, actions, until = list[pl.DataFrame](), 0, size
    for parts in _read(lake, sessions):
        for some in _cut(parts, size):
            held.append(some)
            actions += int(some["action_ids"].list.len().sum())
            if actions >= until:
                yield pl.concat(held)
                held, until = [], until + size
    if held:
        yield pl.concat(held)


def _read(lake: Lake, sessions: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """File by file the sessions that stand in one part, then those that came in several."""
    alone = sessions.filter(pl.col("parts") == 1)["session_key"].implode()
    grown = sessions.filter(pl.col("parts") > 1)["session_key"]
    files = lake.files("originals")
    for file in files:
        yield (
            scan("originals", [file]).filter(pl.col("session_key").is_in(alone)).select(*ORIGINALS).collect()
        )
    if grown.len():
        every = scan("originals", files).filter(pl.col("session_key").is_in(grown.implode()))
        yield every.select(*ORIGINALS).collect()


def _cut(parts: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """Whole sessions in pieces of about an eighth of `size`: they add up to about `size`."""
    if parts.is_empty():
        return
    ordered = parts.sort("session_key", "ingested_at", "part_id")
    size_of = ordered.group_by("session_key", maintain_order=True).agg(
        pl.col("action_ids").list.len().cast(pl.Int64).sum().alias("actions")
    )
    before = pl.col("actions").cum_sum() - pl.col("actions")
    pieces = size_of.select("session_key", (before // max(1, size // 8)).alias("piece"))
    yield from ordered.join(pieces, on="session_key", maintain_order="left").partition_by(
        "piece", maintain_order=True, include_key=False
    )
