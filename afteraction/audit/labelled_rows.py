"""What scoring saw of the actions that have a label, looked up once and then kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.scored_rows import looked_up, unpacked
from afteraction.lake import Lake, read_small, write_small

_TABLE: Final = "feedback-rows"
_KEPT: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "row": pl.String(),
    "leak": pl.String(),
    "exposed": pl.String(),
    "effect": pl.String(),
}


def labelled_rows(home: Path, lake: Lake, labels: pl.DataFrame) -> pl.DataFrame:
    """`action_id` and every feature of the labelled actions, as they were when their label was first used.

    New ones are looked for day by day, the newest first, so that the cost does not grow with history; an
    action whose features are gone has no row. `labels` holds `action_id`.
    """
    wanted = labels.select("action_id").unique().sort("action_id")
    before = read_small(home, _TABLE)
    kept = pl.concat([pl.DataFrame(schema=_KEPT), *([] if before is None else [before])], how="diagonal")
    kept = kept.join(wanted, on="action_id", how="semi", maintain_order="left")
    fresh = wanted.join(kept, on="action_id", how="anti")
    if fresh.height:
        found = looked_up(lake, fresh).select(*_KEPT)
        gone = fresh.join(found, on="action_id", how="anti")
        kept = pl.concat([kept, found, gone], how="diagonal").sort("action_id")
        write_small(home, _TABLE, kept)
    opened = unpacked(kept.drop_nulls("row"))
    return opened.select(*dict.fromkeys(opened.columns))
