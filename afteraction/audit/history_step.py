"""What earlier audits taught of destinations and of tools' results: counted once per file of the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.lake import Lake, read_small, write_small
from afteraction.lake.tables import scan

_TABLE: Final = "history"
_SCHEMA: Final[dict[str, pl.DataType]] = {
    "file": pl.String(),
    "kind": pl.String(),
    "tenant": pl.String(),
    "name": pl.String(),
    "seen": pl.Int64(),
    "personal": pl.Int64(),
    "secret": pl.Int64(),
}
#: A destination is familiar once so many harmless sessions reached it, on so many days.
_SESSIONS: Final = 20
_DAYS: Final = 3
#: A tool's results are taken to be sensitive from so many, and from this share of all of them.
_LEAST: Final = {"secret": (3, 0.3), "personal": (5, 0.5)}
#: A session of this risk or more teaches nothing: a destination does not become familiar by attacks.
_RISKY: Final = 0.5
_READS: Final = ("read", "search", "execute", "other")
_c = pl.col


@dataclass(frozen=True)
class History:
    """(tenant, tool) → the sensitivity of its results; (tenant, destination) of those that are familiar."""

    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    familiar: frozenset[tuple[str, str]] = frozenset()


def known(home: Path) -> History:
    """What was learned until the last audit; nothing before the first."""
    rows = read_small(home, _TABLE)
    if rows is None or rows.is_empty():
        return History()
    return History(_sources(rows), _familiar(rows))


def learn(home: Path, lake: Lake) -> None:
    """Count the files of `actions` that are new and forget those that are gone."""
    files = {Path(file).name: file for file in lake.files("actions")}
    before = read_small(home, _TABLE)
    kept = pl.DataFrame(schema=_SCHEMA) if before is None else before.filter(_c("file").is_in(list(files)))
    fresh = [file for name, file in files.items() if name not in set(kept["file"])]
    if not fresh and before is not None and kept.height == before.height:
        return
    risky = _risky_sessions(lake) if fresh else pl.Series([], dtype=pl.String)
    counted = [_counted(file, risky) for file in fresh]
    rows = pl.concat([kept, *counted]).sort("file", "kind", "tenant", "name")
    write_small(home, _TABLE, rows)


def _risky_sessions(lake: Lake) -> pl.Series:
    files = lake.files("sessions")
    if not files:
        return pl.Series([], dtype=pl.String)
    risky = scan("sessions", files).filter(_c("max_risk") >= _RISKY).select("session_key")
    return risky.collect()["session_key"]


def _counted(file: str, risky: pl.Series) -> pl.DataFrame:
    """The rows of one file: it never changes. One of kind `file` says that it was counted."""
    actions = (
        scan("actions", [file])
        .select(
            "tenant", "tool", "operation", "session_key", "event_date", "destination", "destination_class",
            "sensitivity", returned=_c("result").is_not_null(),
        )
        .collect()
    )  # fmt: skip
    sources = (
        actions.filter(_c("operation").is_in(_READS) & _c("returned"))
        .group_by("tenant", name="tool")
        .agg(seen=pl.len(), **{label: (_c("sensitivity") == label).sum() for label in _LEAST})
        .with_columns(kind=pl.lit("source"))
    )
    reached = (
        actions.filter(
            (_c("destination_class") == "unknown")
            & _c("destination").is_not_null()
            & ~_c("session_key").is_in(risky.implode())
        )
        .group_by("tenant", "event_date", name="destination")
        .agg(seen=_c("session_key").n_unique())
        .with_columns(kind=pl.format("destination {}", "event_date"))
    )
    mark = pl.DataFrame({"kind": ["file"], "tenant": [""], "name": [""], "seen": [actions.height]})
    rows = pl.concat([sources, reached, mark], how="diagonal_relaxed").with_columns(
        file=pl.lit(Path(file).name)
    )
    return rows.select(_c(name).cast(kind) for name, kind in _SCHEMA.items())


def _sources(rows: pl.DataFrame) -> dict[tuple[str, str], str]:
    counted = (
        rows.filter(_c("kind") == "source")
        .group_by("tenant", "name")
        .agg(_c("seen").sum(), *(_c(label).sum() for label in _LEAST))
    )
    found: dict[tuple[str, str], str] = {}
    for label in ("personal", "secret"):
        least, share = _LEAST[label]
        told = counted.filter((_c(label) >= least) & (_c(label) >= share * _c("seen")))
        found |= dict.fromkeys(_pairs(told), label)
    return found


def _familiar(rows: pl.DataFrame) -> frozenset[tuple[str, str]]:
    counted = (
        rows.filter(_c("kind").str.starts_with("destination "))
        .group_by("tenant", "name")
        .agg(_c("seen").sum(), days=_c("kind").n_unique())
    )
    return frozenset(_pairs(counted.filter((_c("seen") >= _SESSIONS) & (_c("days") >= _DAYS))))


def _pairs(rows: pl.DataFrame) -> Sequence[tuple[str, str]]:
    return list(rows.select("tenant", "name").drop_nulls().iter_rows())
