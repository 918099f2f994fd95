"""What scoring saw of the actions that have a label, looked up once and then kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit import baselines
from afteraction.lake import Lake, read_small, write_small
from afteraction.scoring.risk import leaks

_TABLE: Final = "feedback-rows"
_KEPT: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "row": pl.String(),
    "leak": pl.String(),
    "exposed": pl.String(),
}
_LEAKS: Final = ("action_id", "part", "severity", "confidence", "detector", "suppressed_by")
_c = pl.col


def labelled_rows(home: Path, lake: Lake, labels: pl.DataFrame) -> pl.DataFrame:
    """`action_id` and every feature of the labelled actions, as they were when their label was first used.

    New ones are looked for day by day, the newest first, so that the cost does not grow with history; an
    action whose features are gone has no row. `labels` holds `action_id`.
    """
    wanted = labels.select("action_id").unique().sort("action_id")
    before = read_small(home, _TABLE)
    kept = pl.DataFrame(schema=_KEPT) if before is None else before
    kept = kept.join(wanted, on="action_id", how="semi", maintain_order="left")
    fresh = wanted.join(kept, on="action_id", how="anti")
    if fresh.height:
        kept = pl.concat([kept, *_found(lake, fresh)]).sort("action_id")
        write_small(home, _TABLE, kept)
    seen = kept.drop_nulls("row")
    known = seen.select("action_id", "leak", "exposed", _c("row").str.json_decode(baselines.features()))
    opened = known.unnest("row")
    return opened.select(*dict.fromkeys(opened.columns))


def _found(lake: Lake, fresh: pl.DataFrame) -> list[pl.DataFrame]:
    parts, left = list[pl.DataFrame](), fresh
    for day in sorted(lake.dates("features"), reverse=True):
        if left.is_empty():
            break
        seen = lake.read("features", columns=("action_id", "row"), dates=[day])
        held = left.join(seen, on="action_id").unique("action_id", keep="last")
        if held.is_empty():
            continue
        told = lake.read("findings", columns=_LEAKS, dates=[day]).filter(_c("suppressed_by").is_null())
        worst = leaks(told.join(held, on="action_id", how="semi"))
        parts.append(held.join(worst, on="action_id", how="left").select(*_KEPT))
        left = left.join(held, on="action_id", how="anti")
    return [
        *parts,
        left.with_columns(pl.lit(None, pl.String).alias(name) for name in _KEPT if name != "action_id"),
    ]
