"""How large something usually is for an agent, blended with its tenant and everybody: counts of sizes."""

from __future__ import annotations

from typing import Final

import polars as pl

from detectors.behaviour._rarity import ENOUGH, KEY
from detectors.behaviour_detector import COUNTS

_c = pl.col
#: Bins to a doubling.
PER_DOUBLING: Final = 4
#: Below this share of the past is usual.
_HIGH: Final = 0.95
_MEMBER: Final = 0.2
_LEVELS: Final = (("agent", ("tenant", "agent_id")), ("tenant", ("tenant",)), ("all", ()))
#: Sizes that a level must have seen to weigh as much as the wider level.
_HALF: Final = 20
_UNKNOWN: Final = {"doublings": pl.Float64(), "level": pl.String()}


def count(history: pl.DataFrame, kind: str, name: pl.Expr, size: pl.Expr) -> pl.DataFrame:
    """How many things of each size (0 or more), and of all (bin null), by agent and name: `COUNTS`."""
    fine = PER_DOUBLING * (size.cast(pl.Float64) + 1).log(2) + 1e-9
    sized = history.select("tenant", "agent_id", name=name, bin=fine.floor().cast(pl.Int64))
    sized = sized.filter(_c("bin").is_not_null())
    each = sized.group_by("tenant", "agent_id", "name", "bin").agg(seen=pl.len().cast(pl.Int64))
    total = each.group_by("tenant", "agent_id", "name").agg(bin=pl.lit(None, pl.Int64), seen=_c("seen").sum())
    rows = pl.concat([each, total]).with_columns(kind=pl.lit(kind))
    return rows.select(_c(column).cast(dtype) for column, dtype in COUNTS.items())


def fit(counts: pl.DataFrame) -> pl.DataFrame:
    """What is usual, by level: the upper end of the bin in which the 95th percentile lies.

    Columns `kind`, `level`, `tenant`, `agent_id`, `name`, `usual`, `seen`, `days`, and `mean` and `spread` in
    doublings. No member supplies more than a fifth of a wider level (or 20 things).
    """
    rows = counts.with_columns(_c("seen").cast(pl.Float64))
    tables = []
    for level, keys in _LEVELS:
        by = ["kind", *keys, "name"]
        if level != "agent":
            rows = _shared(rows, by, ["kind", "tenant", "name", *(["agent_id"] if level == "tenant" else [])])
        tables.append(_usual(rows, by).with_columns(level=pl.lit(level)))
    named = ("kind", "level", "tenant", "agent_id", "name")
    table = pl.concat(tables, how="diagonal")
    missing = [pl.lit(None, pl.String).alias(name) for name in named if name not in table.columns]
    table = table.with_columns(missing).with_columns(_c(*named).cast(pl.String))
    return table.select(*named, "usual", "seen", "days", "mean", "spread").sort(*named)


def _shared(rows: pl.DataFrame, by: list[str], member: list[str]) -> pl.DataFrame:
    """Rows in which no member supplies more than its share of what `by` names."""
    all_of = _c("bin").is_null()
    whole, own = (_c("seen").filter(all_of).sum().over(keys) for keys in (by, member))
    limit = pl.max_horizontal(pl.lit(float(ENOUGH)), _MEMBER * whole)
    return rows.with_columns(_c("seen") * (limit / own).clip(0.0, 1.0))


def _usual(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    total = rows.filter(_c("bin").is_null()).group_by(by).agg(_c("seen").sum(), days=_c("days").max())
    binned = rows.filter(_c("bin").is_not_null()).group_by(*by, "bin").agg(_c("seen").sum()).sort("bin")
    share = _c("seen").cum_sum().over(by) / _c("seen").sum().over(by)
    high = binned.filter(share >= _HIGH - 1e-9).group_by(by).agg(_c("bin").min())
    both = total.join(high, on=by, how="inner", nulls_equal=True).join(
        moments(binned, by), on=by, nulls_equal=True
    )
    usual = pl.lit(2.0).pow((_c("bin") + 1) / PER_DOUBLING) - 1
    return both.select(
        *by, "mean", "spread", usual=usual, seen=_c("seen").round(0).cast(pl.Int64), days="days"
    )


def moments(binned: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """`mean` and `spread` (standard deviation) of sizes in doublings, and how many (`of`), by `by`."""
    size, weight = (_c("bin") + 0.5) / PER_DOUBLING, _c("seen") / _c("seen").sum()
    square = (size.pow(2) * weight).sum() - (size * weight).sum().pow(2)
    return binned.group_by(by).agg(
        mean=(size * weight).sum(), spread=square.clip(0.0).sqrt(), of=_c("seen").sum().cast(pl.Float64)
    )


def daily(counts: pl.DataFrame) -> pl.DataFrame:
    """Of counts with `event_date`: each day's `mean` size in doublings and how many (`of`), by level."""
    rows = counts.filter(_c("bin").is_not_null()).with_columns(_c("seen").cast(pl.Float64))
    tables = [
        moments(rows, ["event_date", "kind", *keys, "name"]).with_columns(level=pl.lit(level))
        for level, keys in _LEVELS
    ]
    table = pl.concat(tables, how="diagonal")
    return table.select("event_date", "kind", "level", "tenant", "agent_id", "name", "mean", "of")


def over_usual(
    frame: pl.DataFrame, kind: str, name: pl.Expr, size: pl.Expr, baseline: pl.DataFrame | None
) -> pl.DataFrame:
    """`doublings` of `size` over the usual (0 to 20) and the `level` that judges; null where none can.

    `frame` has `tenant` and `agent_id`.
    """
    asked = frame.select("tenant", "agent_id", name=name, size=size.cast(pl.Float64))
    if baseline is None or baseline.is_empty():
        return pl.DataFrame(schema=_UNKNOWN).clear(asked.height)
    keyed = asked.with_columns(key=KEY)
    known = _known(keyed.unique("key"), baseline.filter(_c("kind") == kind))
    both = keyed.select("key", "size").join(known, on="key", how="left", maintain_order="left")
    return both.select(doublings=((_c("size") + 1).log(2) - _c("usual")).clip(0.0, 20.0), level="level")


def _known(asked: pl.DataFrame, baseline: pl.DataFrame) -> pl.DataFrame:
    """`usual` in doublings, each level blended with the wider one by how much it saw."""
    frame, usual, judge = asked, pl.lit(None, pl.Float64), pl.lit(None, pl.String)
    for level, keys in reversed(_LEVELS):
        own = ((_c("usual") + 1).log(2).alias(f"{level}_usual"), _c("seen").alias(f"{level}_seen"))
        table = baseline.filter(_c("level") == level).select(*keys, "name", *own)
        frame = frame.join(table, on=[*keys, "name"], how="left", nulls_equal=True)
        weight = _c(f"{level}_seen") / (_c(f"{level}_seen") + _HALF)
        blend = weight * _c(f"{level}_usual") + (1 - weight) * usual
        usual = pl.coalesce(blend, _c(f"{level}_usual"), usual)
        judge = pl.when(_c(f"{level}_seen") >= ENOUGH).then(pl.lit(level)).otherwise(judge)
    return frame.select("key", usual=pl.when(judge.is_not_null()).then(usual), level=judge)
