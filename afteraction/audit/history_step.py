"""What earlier audits taught of destinations and of tools' results, from the counts of past actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.lake import read_small, write_small

_SOURCES: Final = "history-sources"
_FAMILIAR: Final = "history-familiar"
#: A destination is familiar once so many harmless sessions reached it, on so many days.
_SESSIONS: Final = 20
_DAYS: Final = 3
#: A tool's results are taken to be sensitive from so many, and from this share of all of them.
_LEAST: Final = {"secret": (3, 0.3), "personal": (5, 0.5)}
_READS: Final = ("read", "search", "execute", "other")
_c = pl.col


@dataclass(frozen=True)
class History:
    """(tenant, tool) → the sensitivity of its results; (tenant, destination) of those that are familiar."""

    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    familiar: frozenset[tuple[str, str]] = frozenset()


def known(home: Path) -> History:
    """What was learned until the last audit; nothing before the first."""
    sources, familiar = read_small(home, _SOURCES), read_small(home, _FAMILIAR)
    if sources is None or familiar is None:
        return History()
    told = sources.select("tenant", "name", "sensitivity").iter_rows()
    return History({(tenant, tool): label for tenant, tool, label in told}, frozenset(_pairs(familiar)))


def count(actions: pl.DataFrame, risky: pl.Series) -> pl.DataFrame:
    """`kind`, `tenant`, `name`, `seen` of some actions (`counting.SEEN`).

    From `risky` sessions no destination is learned.
    """
    read = actions.filter(_c("operation").is_in(_READS) & _c("returned"))
    labelled = {f"source {label}": read.filter(_c("sensitivity") == label) for label in _LEAST}
    returned = [
        rows.group_by("tenant", name="tool").agg(seen=pl.len()).with_columns(kind=pl.lit(kind))
        for kind, rows in ({"source": read} | labelled).items()
    ]
    reached = (
        actions.filter(
            (_c("destination_class") == "unknown")
            & _c("destination").is_not_null()
            & ~_c("session_key").is_in(risky.implode())
        )
        .group_by("tenant", name="destination")
        .agg(seen=_c("session_key").n_unique())
        .with_columns(kind=pl.lit("reached"))
    )
    return pl.concat([*returned, reached]).select("kind", "tenant", "name", _c("seen").cast(pl.Int64))


def learn(home: Path, counts: pl.DataFrame) -> None:
    """Learn from the counts of the window (`event_date`, `kind`, `tenant`, `name`, `seen`)."""
    write_small(home, _SOURCES, _sources(counts))
    write_small(home, _FAMILIAR, _familiar(counts))


def _sources(counts: pl.DataFrame) -> pl.DataFrame:
    """`tenant`, `name`, `sensitivity`."""
    seen = (
        counts.filter(_c("kind").str.starts_with("source"))
        .group_by("tenant", "name", "kind")
        .agg(_c("seen").sum())
    )
    table = seen.filter(_c("kind") == "source").select("tenant", "name", "seen")
    told = pl.lit(None, pl.String)
    for label in ("personal", "secret"):
        least, share = _LEAST[label]
        own = seen.filter(_c("kind") == f"source {label}").select("tenant", "name", **{label: "seen"})
        table = table.join(own, on=["tenant", "name"], how="left", nulls_equal=True)
        told = (
            pl.when((_c(label) >= least) & (_c(label) >= share * _c("seen")))
            .then(pl.lit(label))
            .otherwise(told)
        )
    found = table.select("tenant", "name", sensitivity=told).drop_nulls()
    return found.sort("tenant", "name")


def _familiar(counts: pl.DataFrame) -> pl.DataFrame:
    """`tenant`, `name`."""
    reached = (
        counts.filter(_c("kind") == "reached")
        .group_by("tenant", "name")
        .agg(_c("seen").sum(), days=_c("event_date").n_unique())
    )
    enough = reached.filter((_c("seen") >= _SESSIONS) & (_c("days") >= _DAYS))
    return enough.select("tenant", "name").drop_nulls().sort("tenant", "name")


def _pairs(rows: pl.DataFrame) -> Sequence[tuple[str, str]]:
    return list(rows.select("tenant", "name").iter_rows())
