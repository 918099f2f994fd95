"""How rare a name is for an agent, shrunk towards its tenant and everybody where its own past is short."""

from __future__ import annotations

from typing import Final

import polars as pl

from detectors.behaviour_detector import COUNTS

_c = pl.col
#: Sessions a level must have seen before it is said to judge; below it the next wider level speaks.
ENOUGH: Final = 20
#: How many sessions' worth the wider level counts beside a level's own.
PRIOR: Final = 2
#: The most bits of surprise.
MOST: Final = 20.0
#: The most names that are remembered of an agent, and of a tenant or all.
_NAMES: Final = {"agent": 200, "tenant": 2_000, "all": 2_000}
#: A name's share grows by at most this a day, so that a new one becomes usual over weeks (or by the share
#: of one day while there are few).
_A_DAY: Final = 0.02
#: The most of a wider level's past that one of its members supplies.
_MEMBER: Final = 0.2
_LEVELS: Final = (("agent", ("tenant", "agent_id")), ("tenant", ("tenant",)), ("all", ()))
#: One number for whom and what is asked about: quicker to join by than three texts.
KEY: Final = pl.struct("tenant", "agent_id", "name").hash()
_UNKNOWN: Final = {"bits": pl.Float64(), "level": pl.String()}
SAID: Final = {
    "agent": "judged by the agent's own past",
    "tenant": "judged by the tenant's past",
    "all": "judged by everybody's past",
}


def count(history: pl.DataFrame, kind: str, name: pl.Expr | pl.Series) -> pl.DataFrame:
    """Sessions by name and in all (name null) of each agent: `COUNTS`."""
    seen = (
        history.select("tenant", "agent_id", "session_key", name=name)
        .filter(_c("name").is_not_null())
        .unique()
    )
    each = seen.group_by("tenant", "agent_id", "name").agg(seen=pl.len())
    total = seen.group_by("tenant", "agent_id").agg(
        name=pl.lit(None, pl.String), seen=_c("session_key").n_unique()
    )
    rows = pl.concat([each, total]).with_columns(kind=pl.lit(kind), bin=pl.lit(None, pl.Int64))
    return rows.select(_c(column).cast(dtype) for column, dtype in COUNTS.items())


def fit(counts: pl.DataFrame) -> pl.DataFrame:
    """One row per level and name (null: all of the level): `sessions`, and `within`, what the next level has.

    Columns `level`, `tenant`, `agent_id`, `name`, `sessions`, `within`. No name grows by more than its days
    allow, no member of a level supplies more than a fifth of it; numbers are rounded down to four binary
    digits, so that a baseline changes only where it matters.
    """
    rows = counts.select("tenant", "agent_id", "name", "seen", "days")
    tables = []
    for place, (level, keys) in enumerate(_LEVELS):
        held = _held(rows, keys)
        wider = _LEVELS[place + 1][1] if place + 1 < len(_LEVELS) else None
        held = held.with_columns(within=_c("seen") * (pl.lit(0.0) if wider is None else _weight(wider)))
        tables.append(_kept(held, level, keys))
        if wider is not None:
            rows = held.group_by(*wider, "name").agg(_c("within").sum().alias("seen"), _c("days").sum())
    return (
        pl.concat(tables, how="diagonal")
        .select(
            "level",
            *(_named(tables, column) for column in ("tenant", "agent_id", "name")),
            *(_rounded(_c(column)) for column in ("sessions", "within")),
        )
        .sort("level", "tenant", "agent_id", "name")
    )


def _named(tables: list[pl.DataFrame], column: str) -> pl.Expr:
    known = any(column in table.columns for table in tables)
    return _c(column).cast(pl.String) if known else pl.lit(None, pl.String).alias(column)


def _held(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Counts of one level, with `total` of the level, and no name above what its days allow."""
    total = rows.filter(_c("name").is_null()).select(*keys, total="seen", all_days="days")
    held = (
        rows.join(total, on=list(keys), how="left", nulls_equal=True)
        if keys
        else rows.with_columns(
            total=pl.lit(total["total"].sum(), pl.Float64), all_days=pl.lit(total["all_days"].sum(), pl.Int64)
        )
    )
    share = pl.max_horizontal(pl.lit(_A_DAY), 1.0 / _c("all_days").clip(1)) * _c("days")
    allowed = pl.min_horizontal(_c("seen").cast(pl.Float64), _c("total") * share)
    return held.with_columns(seen=pl.when(_c("name").is_null()).then(_c("seen")).otherwise(allowed))


def _weight(wider: tuple[str, ...]) -> pl.Expr:
    """How much of a member's count goes into the level above."""
    members = _c("total").filter(_c("name").is_null()).sum()
    whole = members.over(list(wider)) if wider else members
    return (pl.max_horizontal(pl.lit(float(ENOUGH)), whole * _MEMBER) / _c("total")).clip(0.0, 1.0)


def _kept(held: pl.DataFrame, level: str, keys: tuple[str, ...]) -> pl.DataFrame:
    """The names seen most of each part of the level; totals always stay."""
    order = ["seen", "name"]
    top = held.filter(_c("name").is_not_null() & (_c("seen") >= 1)).sort(order, descending=[True, False])
    rank = pl.int_range(pl.len()).over(list(keys)) if keys else pl.int_range(pl.len())
    top = top.filter(rank < _NAMES[level])
    rows = pl.concat([held.filter(_c("name").is_null()), top])
    return rows.select(*keys, "name", "within", sessions="seen", level=pl.lit(level))


def _rounded(value: pl.Expr) -> pl.Expr:
    """Down to four binary digits: 0 to 16, then 18, 20 and so on."""
    step = pl.lit(2.0).pow((value.cast(pl.Float64).clip(8.0).log(2) + 1e-9).floor() - 3)
    return ((value / step).floor() * step).cast(pl.Int64).alias(value.meta.output_name())


def surprises(frame: pl.DataFrame, name: pl.Expr | pl.Series, baseline: pl.DataFrame | None) -> pl.DataFrame:
    """`bits` of surprise (0 to 20) and the `level` that judges, row by row; null where nothing is known.

    `frame` has `tenant` and `agent_id`. Each level's share is blended with that of the wider level without
    it: (n + prior x wider) / (N + prior).
    """
    asked = frame.select("tenant", "agent_id", name=name)
    if baseline is None or baseline.is_empty():
        return pl.DataFrame(schema=_UNKNOWN).clear(asked.height)
    keyed = asked.with_columns(key=KEY)
    distinct = keyed.unique("key").filter(_c("name").is_not_null())
    known = _judged(distinct, baseline).select("key", "bits", "level")
    return keyed.select("key").join(known, on="key", how="left", maintain_order="left").drop("key")


def _judged(asked: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    frame = asked
    for level, keys in _LEVELS:
        table = baseline.filter(_c("level") == level)
        each = {"sessions": f"{level}_seen", "within": f"{level}_given"}
        whole = {"sessions": f"{level}_all", "within": f"{level}_all_given"}
        total = table.filter(_c("name").is_null()).select(*keys, "sessions", "within").rename(whole)
        names = (
            table.filter(_c("name").is_not_null()).select(*keys, "name", "sessions", "within").rename(each)
        )
        frame = (
            frame.join(total, on=list(keys), how="left", nulls_equal=True)
            if keys
            else frame.join(total, how="cross")
            if total.height
            else frame.with_columns(pl.lit(0, pl.Int64).alias(column) for column in whole.values())
        )
        frame = frame.join(names, on=[*keys, "name"], how="left", nulls_equal=True)
        frame = frame.with_columns(_c(*whole.values(), *each.values()).fill_null(0))
    share, judge = pl.lit(1.0), pl.lit(None, pl.String)
    inner = {"all": "tenant", "tenant": "agent", "agent": None}
    for level, _ in reversed(_LEVELS):
        member = inner[level]
        seen, whole_seen = _c(f"{level}_seen"), _c(f"{level}_all")
        if member is not None:
            seen = (seen - _c(f"{member}_given")).clip(0)
            whole_seen = (whole_seen - _c(f"{member}_all_given")).clip(0)
        share = (seen + PRIOR * share) / (pl.max_horizontal(seen, whole_seen) + PRIOR)
        judge = pl.when(_c(f"{level}_all") >= ENOUGH).then(pl.lit(level)).otherwise(judge)
    bits = (-share.log(2)).clip(0.0, MOST).round(2)
    return frame.select("key", bits=pl.when(judge.is_not_null()).then(bits), level=judge)


def said(level: pl.Expr) -> pl.Expr:
    """The level as words that complete a reason."""
    return level.replace_strict(SAID, default=None, return_dtype=pl.String)
