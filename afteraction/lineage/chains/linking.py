"""Links writes of one session to reads of another, from touches alone; the same rows in any order of arrival.

A read is linked to the last write before it that shares a fingerprint with it: in the same place one rare
fingerprint may be enough; elsewhere a recognised secret, a telling value or several runs of words are
needed. A fingerprint is rare while few places hold it in a month and the month before: what many places hold
is boilerplate. All this depends on touches of two months only, so that history does not make it slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from afteraction.lineage.chains.prints import I64, U64
from afteraction.records.chain import CHAINS, FINGERPRINTS
from afteraction.records.digests import digest
from afteraction.records.finding import SENSITIVITIES

#: A read is linked to writes of so many days before it.
LOOKBACK_DAYS: Final = 31
#: The month of what has no date.
UNKNOWN_MONTH: Final = -9
#: A fingerprint that more places than these hold is boilerplate: (in the same place, elsewhere).
_COMMON: Final = (64, 6)
_MOST_WRITERS: Final = 8
_CLASSES: Final = ("none", "local", "internal", "partner", "unknown", "public")
_RANKS: Final = {name: rank for rank, name in enumerate(SENSITIVITIES)}
#: What one fingerprint of each kind counts: a run of words, a telling value, a recognised secret.
_WEIGHTS: Final = {"marks": 1, "values": 4, "secrets": 4}
#: The least weight of a link: (in a named place, in a collection, elsewhere).
_LEAST: Final = (2, 3, 4)
_c = pl.col


def link(touched: pl.DataFrame, sessions: pl.Series, dates: Sequence[str] | None = None) -> pl.DataFrame:
    """CHAINS of what `sessions` read, on these dates if some are given.

    `touched` (TOUCHES) must hold all sessions' touches of the months of these reads and of the month before.
    """
    mine = (_c("way") == "read") & _c("session_key").is_in(sessions.implode())
    reads = touched.filter(mine if dates is None else mine & _c("event_date").is_in(list(dates)))
    writes = touched.filter(_c("way") == "wrote")
    read = _exploded(reads, _all(writes)).unique(["action_id", "kind", "mark"], maintain_order=True)
    wrote = _exploded(writes, np.sort(read["mark"].to_numpy().view(np.uint64)))
    wrote = wrote.join(read.select("tenant", "mark").unique(), on=["tenant", "mark"], how="semi")
    if read.is_empty() or wrote.is_empty():
        return pl.DataFrame(schema=CHAINS)
    wrote = wrote.with_columns(unit=_unit())
    pairs = _pairs(_with_rarity(read, wrote), wrote)
    return _rows(_chosen(pairs), touched)


def affected(touched: pl.DataFrame, sessions: pl.Series) -> pl.Series:
    """`sessions` and those that read something that one of them wrote."""
    own = _c("session_key").is_in(sessions.implode())
    wrote = _all(touched.filter((_c("way") == "wrote") & own))
    others = _exploded(touched.filter((_c("way") == "read") & ~own), wrote)["session_key"]
    return pl.concat([sessions, others]).unique()


def _all(rows: pl.DataFrame) -> U64:
    """The fingerprints of the rows, sorted."""
    marks = [rows[kind].drop_nulls().explode(empty_as_null=False).to_numpy() for kind in FINGERPRINTS]
    return np.sort(np.concatenate(marks).view(np.uint64))


def _exploded(rows: pl.DataFrame, among: U64) -> pl.DataFrame:
    """One row per touch and fingerprint of these (sorted)."""
    numbers = [_listed(rows, kind, among) for kind in FINGERPRINTS]
    index = np.concatenate([row for row, _ in numbers])
    kinds = pl.Series(FINGERPRINTS).gather(
        np.repeat(np.arange(len(FINGERPRINTS)), [row.size for row, _ in numbers])
    )
    kept = rows.select(
        "tenant", "session_key", "action_id", "touched_at", "place_fp", "made_fp", "named",
        away=_away(), month=_month(), total=_total(),
    )[index]  # fmt: skip
    return kept.with_columns(
        mark=pl.Series(np.concatenate([mark for _, mark in numbers])),
        kind=kinds,
        weight=kinds.replace_strict(_WEIGHTS, return_dtype=pl.Int64),
    )


def _listed(rows: pl.DataFrame, kind: str, among: U64) -> tuple[I64, I64]:
    """(row, fingerprint) for each one that the rows list, as arrays: there may be millions."""
    sizes = rows[kind].list.len().fill_null(0)
    marks = rows[kind].drop_nulls().explode(empty_as_null=False).to_numpy()
    owner = np.repeat(np.arange(rows.height), sizes.to_numpy())
    inside = _held(marks.view(np.uint64), among)
    return owner[inside], marks[inside]


def _held(marks: U64, among: U64) -> npt.NDArray[np.bool_]:
    """Which fingerprints stand in a sorted array of others: a sieve first, since few do."""
    inside = np.zeros(marks.size, dtype=bool)
    if not among.size or not marks.size:
        return inside
    low = np.uint64((1 << min(24, among.size.bit_length() + 4)) - 1)
    sieve = np.zeros(int(low) + 1, dtype=bool)
    sieve[(among & low).view(np.int64)] = True
    likely = np.flatnonzero(sieve[(marks & low).view(np.int64)])
    at = np.minimum(np.searchsorted(among, marks[likely]), among.size - 1)
    inside[likely] = among[at] == marks[likely]
    return inside


def _total() -> pl.Expr:
    """How many fingerprints of its text a touch has."""
    return pl.sum_horizontal(_c(kind).list.len().fill_null(0) for kind in ("marks", "values")).cast(pl.Int64)


def _month() -> pl.Expr:
    """Months since year 0; far from all of them where the date is unknown."""
    date = _c("event_date")
    number = date.str.slice(0, 4).cast(pl.Int64, strict=False) * 12 + date.str.slice(5, 2).cast(
        pl.Int64, strict=False
    )
    return number.fill_null(UNKNOWN_MONTH)


def _away() -> pl.Expr:
    """Whether a write went to an outside host: nobody reads it again but there."""
    host = _c("destination").str.contains(r"^[^@\s/\\]+\.[^@\s/\\]+$")
    return (host & _c("destination_class").is_in(["unknown", "public"])).fill_null(value=False)


def _unit() -> pl.Expr:
    """What counts as one place: a named place, else what one session put into a collection."""
    return pl.when("named").then(_c("place_fp")).otherwise(_c("session_key").hash())


def _with_rarity(read: pl.DataFrame, wrote: pl.DataFrame) -> pl.DataFrame:
    """`read` with `places`: how many held the fingerprint in its month and the one before."""
    held = wrote.select("tenant", "mark", "unit", "month").unique()
    later = held.filter(_c("month") >= 0).with_columns(_c("month") + 1)
    both = pl.concat([held, later]).unique()
    counted = both.group_by("tenant", "mark", "month").agg(places=pl.len().cast(pl.Int64))
    return read.join(counted, on=["tenant", "mark", "month"], how="inner").filter(
        _c("places") <= max(_COMMON)
    )


def _pairs(read: pl.DataFrame, wrote: pl.DataFrame) -> pl.DataFrame:
    """One row per fingerprint of a read and the last write that it came with: in its place, and anywhere."""
    kept = ("tenant", "mark", "touched_at", "month", "away")
    end = {"writer": "session_key", "written": "action_id", "whole": "total"}
    ends = wrote.select(*kept, "place_fp", **end).sort("touched_at", "written")
    made = wrote.filter(_c("made_fp").is_not_null()).select(*kept, place_fp="made_fp", **end)
    here = pl.concat([ends, made.select(ends.columns)]).drop("away").sort("touched_at", "written")
    rare = read.filter(_c("places") <= _COMMON[1])
    return pl.concat(
        [
            _last(read, here, ["tenant", "mark", "place_fp"]).with_columns(same=pl.lit(1)),
            _last(rare, ends.filter(~_c("away")).drop("place_fp", "away"), ["tenant", "mark"]).with_columns(
                same=pl.lit(0)
            ),
        ],
        how="diagonal_relaxed",
    ).filter(_c("writer") != _c("session_key"))


def _last(read: pl.DataFrame, wrote: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Each read fingerprint with the last write before it; where times are missing, with the first by id."""
    timed = read.filter(_c("touched_at").is_not_null()).sort("touched_at")
    found = timed.join_asof(
        wrote.filter(_c("touched_at").is_not_null()).rename({"touched_at": "written_at"}).drop("month"),
        left_on="touched_at",
        right_on="written_at",
        by=by,
        strategy="backward",
        tolerance=f"{LOOKBACK_DAYS}d",
        allow_exact_matches=False,
        check_sortedness=False,
    ).drop_nulls("writer")
    untimed = read.filter(_c("touched_at").is_null())
    others = untimed.join(
        wrote.filter(_c("touched_at").is_null()).drop("touched_at", "month"), on=by, how="inner"
    ).filter(_c("writer") != _c("session_key"))
    first = others.sort("written").unique([*by, "action_id"], keep="first", maintain_order=True)
    return pl.concat([found, first], how="diagonal_relaxed")


def _chosen(pairs: pl.DataFrame) -> pl.DataFrame:
    """One row per (read, writer's session) that has weight enough, the best few of each read."""
    by = ["action_id", "session_key", "writer"]
    counted = (
        pairs.sort("written_at", "written", nulls_last=False)
        .group_by(by)
        .agg(
            _c("same").max(),
            _c("weight").filter(_c("same") == _c("same").max()).sum(),
            _c("mark").n_unique().cast(pl.Int64).alias("shared"),
            _c("written").filter(_c("same") == _c("same").max()).last(),
            _c("named").first(),
            _c("whole").filter(_c("same") == _c("same").max()).last(),
            (_c("kind") == "secrets").any().alias("secret"),
            (_c("kind") != "marks").any().alias("value"),
        )
    )
    least = (
        pl.when((_c("same") == 1) & _c("named"))
        .then(pl.min_horizontal(pl.lit(_LEAST[0], pl.Int64), _c("whole").clip(1)))
        .when(_c("same") == 1)
        .then(_LEAST[1])
        .otherwise(_LEAST[2])
    )
    return (
        counted.filter(_c("weight") >= least)
        .sort("same", "weight", "written", descending=[True, True, False])
        .group_by("action_id", maintain_order=True)
        .head(_MOST_WRITERS)
    )


def _rows(chosen: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    written = touched.filter(_c("way") == "wrote").select(
        written="action_id", written_at="touched_at", writer_agent_id="agent_id", place="place",
        sensitivity="sensitivity", origin_fps="origin_fps", origin_place="origin_place",
        origin_action_id=_c("origins").list.first(),
        total=_total(),
    )  # fmt: skip
    read = touched.filter(_c("way") == "read").select(
        "action_id", "tenant", "event_date", "agent_id", "place_fp", read_at="touched_at"
    )
    rows = chosen.join(written, on="written", how="left").join(read, on="action_id", how="left")
    known = _c("origin_fps").fill_null([]).list.contains(_c("place_fp"))
    rows = rows.filter((_c("same") == 1) | ~known)
    share = (_c("shared") / _c("total").clip(1)).clip(0.0, 1.0)
    how = (
        pl.when(_c("same") == 1).then(pl.lit("same place")).otherwise(pl.lit("same content"))
        + pl.lit(">")
        + pl.when("secret")
        .then(pl.lit("secret"))
        .when("value")
        .then(pl.lit("value"))
        .otherwise(pl.lit("words"))
    )
    named = _c("named").cast(pl.Int64)
    rows = rows.with_columns(
        how=how,
        strength=(0.5 * _c("same") * named + 0.2 * _c("value").cast(pl.Int64) + 0.3 * share).round(4),
        read_action_id="action_id",
        written_action_id="written",
        writer_session_key="writer",
    ).join(_sent(chosen, touched), on=["action_id", "written"], how="left")
    ids = [
        "chn_" + digest(*parts)[:32] for parts in rows.select("writer", "written", "action_id").iter_rows()
    ]
    return (
        rows.with_columns(chain_id=pl.Series(ids, dtype=pl.String))
        .sort("session_key", "chain_id")
        .select(_c(name).cast(kind) for name, kind in CHAINS.items())
    )


def _sent(chosen: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    """By (read, write): the reader's action that took what was written farthest out."""
    ends = touched.filter(_c("way") == "wrote").select(
        "session_key", sent_action_id="action_id", origins="origins", destination="destination",
        destination_class="destination_class",
        out=pl.concat_list(_c(kind).fill_null([]) for kind in FINGERPRINTS),
    )  # fmt: skip
    onward = (
        ends.explode("origins", empty_as_null=True).drop_nulls("origins").rename({"origins": "action_id"})
    )
    written = touched.filter(_c("way") == "wrote").select(
        written="action_id", put=pl.concat_list(_c(kind).fill_null([]) for kind in FINGERPRINTS)
    )
    rank = _c("destination_class").replace_strict(
        {name: rank for rank, name in enumerate(_CLASSES)}, default=0, return_dtype=pl.Int64
    )
    return (
        chosen.select("action_id", "session_key", "written")
        .join(onward, on=["action_id", "session_key"], how="inner")
        .join(written, on="written", how="inner")
        .filter(_c("out").list.set_intersection("put").list.len() > 0)
        .sort(rank, "sent_action_id", descending=[True, False])
        .unique(["action_id", "written"], keep="first", maintain_order=True)
        .select("action_id", "written", "sent_action_id", "destination", "destination_class")
    )
