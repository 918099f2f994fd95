"""Chains between sessions: brought up to date for what was analysed since the last time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit import seen
from afteraction.lake import Lake, read_small, write_small
from afteraction.lake.tables import scan
from afteraction.lineage.chains import UNKNOWN_MONTH, affected, link
from afteraction.records.action import UNDATED
from afteraction.records.chain import CHAINS, FINGERPRINTS, INHERITED
from afteraction.records.digests import digest

_STEP: Final = "chains"
_INHERITED: Final = "chains-inherited"
#: Sessions through which something is followed in one audit; the next audit goes on.
MOST_HOPS: Final = 8


def follow_chains(home: Path, lake: Lake) -> int:
    """Link the sessions that were analysed since the last call; returns how many chains were written.

    What was seen is the list of files of `sessions`, the last table to be written: after a kill at any
    moment the next call does the rest. Reads the touches of the months around these sessions only.
    """
    files = lake.files("sessions")
    fresh = seen.fresh(home, _STEP, files)
    if not fresh:
        return 0
    sessions = scan("sessions", fresh).select("session_key", "started_at", "ended_at").collect()
    written = _relink(lake, sessions)
    seen.remember(home, _STEP, files)
    return written


def all_linked(home: Path, lake: Lake) -> None:
    """Remember that the sessions in the lake are linked, whichever files they lie in now."""
    seen.remember(home, _STEP, lake.files("sessions"))


def inherited(lake: Lake) -> pl.DataFrame:
    """INHERITED: what sessions read that others wrote there, is sensitive, and was taken onwards."""
    files = lake.files("chains")
    if not files:
        return pl.DataFrame(schema=INHERITED)
    ends = ("session_key", "read_action_id", "written_action_id", "sensitivity")
    heirs = (
        scan("chains", files)
        .filter(pl.col("sensitivity").is_in(["secret", "personal"]) & pl.col("sent_action_id").is_not_null())
        .select(*ends, date=pl.col("written_at").dt.strftime("%Y-%m-%d").fill_null(UNDATED))
        .collect()
    )
    if heirs.is_empty():
        return pl.DataFrame(schema=INHERITED)
    written = (
        scan("touches", lake.files("touches", heirs["date"].unique().to_list()))
        .filter((pl.col("way") == "wrote") & pl.col("action_id").is_in(heirs["written_action_id"].implode()))
        .select(pl.col("action_id").alias("written_action_id"), *FINGERPRINTS)
        .collect()
    )
    rows = heirs.join(written, on="written_action_id", how="inner").sort(ends)
    return rows.select(pl.col(name).cast(kind) for name, kind in INHERITED.items())


def heirs(home: Path, now: pl.DataFrame) -> pl.Series:
    """The sessions that inherit other things than when they were analysed."""
    before = read_small(home, _INHERITED)
    digests = _digests(now)
    if before is None:
        return digests["session_key"]
    both = ["session_key", "digest"]
    return pl.concat([digests.join(before, on=both, how="anti"), before.join(digests, on=both, how="anti")])[
        "session_key"
    ].unique()


def inheritance_applied(home: Path, now: pl.DataFrame) -> None:
    """Remember what every session inherited when it was last analysed."""
    digests = _digests(now)
    before = read_small(home, _INHERITED)
    if before is None and digests.is_empty():
        return
    if before is None or not before.equals(digests):
        write_small(home, _INHERITED, digests)


def _digests(now: pl.DataFrame) -> pl.DataFrame:
    line = pl.concat_str("read_action_id", "written_action_id", "sensitivity", separator=" ")
    lists = now.group_by("session_key").agg(line.unique().sort()).sort("session_key")
    return lists.select(
        "session_key",
        digest=pl.Series([digest(*lines) for lines in lists["read_action_id"].to_list()], dtype=pl.String),
    )


def _relink(lake: Lake, sessions: pl.DataFrame) -> int:
    """State anew what the sessions read, and what others read in the two months from their writing on."""
    spans = sessions.select("started_at", "ended_at").iter_rows()
    months = {month for start, end in spans for month in _span(start, end)}
    known = {date: _month(date) for date in lake.dates("touches")}
    near = [date for date, month in known.items() if {month - 1, month, month + 1} & months]
    stated = [date for date, month in known.items() if {month - 1, month} & months]
    touched = lake.read("touches", dates=near) if near else lake.read("touches").clear()
    readers = affected(touched, sessions["session_key"])
    made = link(touched, readers, stated)
    old = _chains_of(lake, readers)
    kept = old.filter(~pl.col("event_date").is_in(stated))
    rows = pl.concat([kept, made.select(old.columns)]).sort("chain_id")
    if rows.equals(old.sort("chain_id")):
        return 0
    lake.replace_sessions("chains", rows, pl.concat([old["session_key"], made["session_key"]]).unique())
    return made.height


def _chains_of(lake: Lake, readers: pl.Series) -> pl.DataFrame:
    files = lake.files("chains")
    if not files:
        return lake.read("chains")
    inside = pl.col("session_key").is_in(readers.implode())
    return scan("chains", files).filter(inside).select(*CHAINS).collect()


def _span(start: datetime | None, end: datetime | None) -> Iterator[int]:
    if start is None or end is None:
        yield UNKNOWN_MONTH
        return
    yield from range(start.year * 12 + start.month, end.year * 12 + end.month + 1)


def _month(date: str) -> int:
    """Months since year 0; far from all of them where the date is unknown."""
    year, _, rest = date.partition("-")
    month = rest[:2]
    return int(year) * 12 + int(month) if year.isdigit() and month.isdigit() else UNKNOWN_MONTH
