"""What a behaviour detector is: features per action against a fitted baseline; it never decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Example

#: What is counted of past actions: so many `seen` under a name (null: all of the kind), or in a bin of sizes.
COUNTS: Final[Mapping[str, pl.DataType]] = {
    "kind": pl.String(),
    "tenant": pl.String(),
    "agent_id": pl.String(),
    "name": pl.String(),
    "bin": pl.Int64(),
    "seen": pl.Int64(),
}
#: The counts of many days together; `days` says on how many of them there was anything.
MERGED: Final[Mapping[str, pl.DataType]] = {**COUNTS, "days": pl.Int64()}

#: Counts of some past actions (`HISTORY` to `COUNTS`); those of separate sessions add up.
Count = Callable[[pl.DataFrame], pl.DataFrame]
#: `MERGED` rows of the detector's own kinds to its baseline, one small table.
Fit = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class BehaviourDetector:
    """One behaviour detector. `id` is its file's name.

    `features(batch, baseline)` returns `action_id` and `columns`, at most one row per action; an action
    without a row, and a null, mean "not known". Features are one-sided (more is riskier) and an action's
    features depend on its own session and the baseline alone, never on the rest of the batch.
    `count` says what to remember of past actions, under the names in `kinds`; `fit` makes the baseline of
    what was counted on many days. Both are `None` for detectors that need no past. A baseline with a column
    `usual` is held to step limits (`scoring.guard`). `column.where` columns complete a reason in words.
    `odd` tells of `columns` when an example's action counts as firing; it decides nothing else. `past` makes
    up the past that the examples are measured against, as `HISTORY` rows.
    """

    id: str
    summary: str
    misses: str
    standards: tuple[str, ...]
    columns: Mapping[str, pl.DataType]
    features: Callable[[SessionBatch, pl.DataFrame | None], pl.DataFrame]
    kinds: tuple[str, ...] = ()
    count: Count | None = None
    fit: Fit | None = None
    odd: pl.Expr | None = field(default=None, repr=False)
    past: Callable[[], pl.DataFrame] | None = field(default=None, repr=False)
    firing: tuple[Example, ...] = field(default=(), repr=False)
    silent: tuple[Example, ...] = field(default=(), repr=False)

    def baseline(self, history: pl.DataFrame) -> pl.DataFrame | None:
        """The baseline of past actions (`HISTORY`) in one go; `None` for a detector that needs none."""
        if self.count is None or self.fit is None:
            return None
        days = history.partition_by("event_date", maintain_order=True)
        return self.fit(merged(self.count(day) for day in days))


#: What `count` reads of past actions: facts without content, as the public `actions` table has them, and
#: `args_chars`, the number of characters of the arguments. Leave out what is under review.
HISTORY: Final[Mapping[str, pl.DataType]] = {
    "tenant": pl.String(),
    "agent_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "event_time": pl.Datetime("us", "UTC"),
    "position": pl.Int64(),
    "tool": pl.String(),
    "operation": pl.String(),
    "target": pl.String(),
    "destination": pl.String(),
    "destination_class": pl.String(),
    "args_chars": pl.Int64(),
}


def history(actions: pl.DataFrame) -> pl.DataFrame:
    """Past actions as `HISTORY` rows, from any frame with the public columns of `actions`."""
    chars = (
        pl.col("args_chars")
        if "args_chars" in actions.columns
        else pl.col("args").str.len_chars().cast(pl.Int64)
    )
    return actions.with_columns(args_chars=chars).select(*HISTORY)


def merged(days: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The `COUNTS` of one day each, added up (`MERGED`)."""
    together = pl.concat([pl.DataFrame(schema=dict(COUNTS)), *days])
    return together.group_by("kind", "tenant", "agent_id", "name", "bin").agg(
        pl.col("seen").sum(), days=pl.len().cast(pl.Int64)
    )


def thirty_mails() -> pl.DataFrame:
    """A past for examples: thirty made-up sessions of one short mail each, all to one partner (`HISTORY`)."""
    facts = {
        "tenant": "default",
        "agent_id": "agent",
        "event_date": "2026-01-01",
        "event_time": datetime(2026, 1, 1, 10, tzinfo=UTC),
        "position": 1,
        "tool": "send_email",
        "operation": "send",
        "target": "lee@partner.example",
        "destination": "lee@partner.example",
        "destination_class": "unknown",
        "args_chars": 60,
    }
    return pl.DataFrame([{**facts, "session_key": str(row)} for row in range(30)], schema=dict(HISTORY))
