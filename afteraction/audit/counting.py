"""What is remembered of past actions: each data file of the lake is counted once, and forgotten with it.

The cost of a day is that of its own files: the days before keep their counts, and those that left the window
are dropped. Sessions that are under review, or in which harm was confirmed, count for nothing; when a
reviewer lets one pass, the days on which it acted are counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.lake import Lake, drop_small, read_small, write_small
from afteraction.lake.tables import scan

#: Days that are remembered: the newest that have actions.
WINDOW: Final = 90
#: What is read of actions: no content, only its length (`args_chars`) and whether there is any (`returned`).
SEEN: Final = (
    *("tenant", "agent_id", "session_key", "event_date", "event_time", "position", "tool", "operation"),
    *("target", "destination", "destination_class", "sensitivity"),
)
_FILES: Final = "counted-files"
_OUT: Final = "counted-without"
_PLACES: Final = {"session_key": pl.String(), "event_date": pl.String()}
#: Tickets in these states say nothing against a session.
_HARMLESS: Final = ("approved", "superseded")
_c = pl.col

#: Counts the actions of one file (`SEEN`).
Counter = Callable[[pl.DataFrame], pl.DataFrame]


def under_review(tickets: pl.DataFrame) -> pl.Series:
    """Sessions (`session_key`) of which a ticket is open, was denied, or was never decided.

    A ticket that a lot drew says nothing until somebody decides it.
    """
    against = ~_c("state").is_in(_HARMLESS)
    if "propensity" in tickets.columns:
        against &= _c("propensity").is_null() | (_c("state") != "open")
    return tickets.filter(against)["session_key"].unique().sort()


def count(
    home: Path, lake: Lake, out: pl.Series, counter: Counter, columns: Mapping[str, pl.DataType]
) -> pl.DataFrame | None:
    """The counts of the window: `columns` and `event_date`; `None` where nothing changed since the last time.

    `out` are the sessions that count for nothing; `counter` gives frames with `columns`.
    """
    files = _by_date(lake.files("actions"))
    known = _known(home)
    fresh = files.join(known, on=["event_date", "file"], how="anti")
    placed, again = _placed(home, files, fresh, out)
    gone = known.join(files, on=["event_date", "file"], how="anti")
    stale = sorted({*fresh["event_date"], *gone["event_date"], *again})
    if not stale:
        return None
    schema = {"file": pl.String(), **columns}
    for day in stale:
        present = files.filter(_c("event_date") == day)
        kept = [] if day in again else _kept(home, day, known, present, schema)
        had = {name for table in kept for name in table["file"].unique()}
        counted = _counted(present, had, placed.filter(_c("event_date") == day)["session_key"], counter)
        table = pl.concat([pl.DataFrame(schema=schema), *kept, *(one.select(*schema) for one in counted)])
        if present.is_empty():
            drop_small(home, _day(day))
        else:
            write_small(home, _day(day), table.sort(table.columns))
    write_small(home, _OUT, placed)
    write_small(home, _FILES, files.drop("path"))
    return _together(home, files["event_date"].unique().sort().to_list(), columns)


def _by_date(files: Sequence[str]) -> pl.DataFrame:
    """`path`, `file` and `event_date` of the files of the window's days."""
    rows = [(path, Path(path).name, Path(path).parent.name.partition("=")[2]) for path in files]
    table = pl.DataFrame(rows, schema=dict.fromkeys(("path", "file", "event_date"), pl.String), orient="row")
    days = table["event_date"].unique().sort().tail(WINDOW)
    return table.filter(_c("event_date").is_in(days.implode()))


def _known(home: Path) -> pl.DataFrame:
    found = read_small(home, _FILES)
    return pl.DataFrame(schema={"file": pl.String, "event_date": pl.String}) if found is None else found


def _placed(
    home: Path, files: pl.DataFrame, fresh: pl.DataFrame, out: pl.Series
) -> tuple[pl.DataFrame, set[str]]:
    """`session_key` and `event_date` of what counts for nothing, and the days to count again because of it.

    Nearly always a session is put under review in the audit that read it, so only new files are searched
    for it. A session that is nowhere in the window has an empty date.
    """
    before = read_small(home, _OUT)
    before = pl.DataFrame(schema=_PLACES) if before is None else before
    still = before.filter(_c("session_key").is_in(out.implode()))
    new = _places(fresh["path"], out)
    missing = out.filter(~out.is_in(pl.concat([still, new])["session_key"].implode()))
    old = _places(files["path"], missing)
    nowhere = missing.filter(~missing.is_in(old["session_key"].implode()))
    none = pl.DataFrame({"session_key": nowhere}).with_columns(event_date=pl.lit(""))
    released = before.filter(~_c("session_key").is_in(out.implode()))
    again = {day for day in (*old["event_date"], *released["event_date"]) if day}
    placed = pl.concat([still, new, old, none.select(*_PLACES)]).unique().sort("event_date", "session_key")
    return placed, again & set(files["event_date"])


def _places(paths: pl.Series, sessions: pl.Series) -> pl.DataFrame:
    if paths.is_empty() or sessions.is_empty():
        return pl.DataFrame(schema=_PLACES)
    wanted = _c("session_key").is_in(sessions.implode())
    return scan("actions", paths.to_list()).select(*_PLACES).filter(wanted).unique().collect()


def _kept(
    home: Path, day: str, known: pl.DataFrame, present: pl.DataFrame, schema: Mapping[str, pl.DataType]
) -> list[pl.DataFrame]:
    """The day's counts of files that were counted to the end, and are still there."""
    table = read_small(home, _day(day))
    if table is None or dict(table.schema) != dict(schema):
        return []
    sure = known.join(present, on=["event_date", "file"], how="semi").filter(_c("event_date") == day)["file"]
    return [table.filter(_c("file").is_in(sure.implode()))]


def _counted(
    present: pl.DataFrame, had: set[str], out: pl.Series, counter: Counter
) -> Iterable[pl.DataFrame]:
    lengths = {
        "args_chars": _c("args").str.len_chars().cast(pl.Int64),
        "returned": _c("result").is_not_null(),
    }
    for path, name in present.filter(~_c("file").is_in(list(had))).select("path", "file").iter_rows():
        rows = scan("actions", [path]).filter(~_c("session_key").is_in(out.implode()))
        yield counter(rows.select(*SEEN, **lengths).collect()).with_columns(file=pl.lit(name))


def _together(home: Path, days: Sequence[str], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    tables = [(day, read_small(home, _day(day))) for day in days]
    dated = [
        table.select(*columns).with_columns(event_date=pl.lit(day))
        for day, table in tables
        if table is not None
    ]
    return pl.concat([pl.DataFrame(schema={**columns, "event_date": pl.String()}), *dated])


def _day(day: str) -> str:
    return f"counts/{day}"
