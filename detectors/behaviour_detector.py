"""What a behaviour detector is: features per action against a fitted baseline; it never decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Example

#: A fitted baseline is one small table; `None` means that nothing is known yet.
Fit = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class BehaviourDetector:
    """One behaviour detector. `id` is its file's name.

    `features(batch, baseline)` returns `action_id` and `columns`, at most one row per action; an action
    without a row, and a null, mean "not known". Features are one-sided (more is riskier) and an action's
    features depend on its own session and the baseline alone, never on the rest of the batch.
    `fit(history)` takes past actions with the columns of `HISTORY` and returns the baseline; it is `None`
    for detectors that need none. `column.where` columns hold words that complete a reason.
    `odd` tells of `columns` when an example's action counts as firing; it decides nothing else. `past` makes
    up the past that the examples are measured against, as `HISTORY` rows.
    """

    id: str
    summary: str
    misses: str
    standards: tuple[str, ...]
    columns: Mapping[str, pl.DataType]
    features: Callable[[SessionBatch, pl.DataFrame | None], pl.DataFrame]
    fit: Fit | None = None
    odd: pl.Expr | None = field(default=None, repr=False)
    past: Callable[[], pl.DataFrame] | None = field(default=None, repr=False)
    firing: tuple[Example, ...] = field(default=(), repr=False)
    silent: tuple[Example, ...] = field(default=(), repr=False)


#: What `fit` reads of past actions: facts without content, as the public `actions` table has them, and
#: `args_chars`, the number of characters of the arguments. Leave out what is under review.
HISTORY: Mapping[str, pl.DataType] = {
    "tenant": pl.String(),
    "agent_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "tool": pl.String(),
    "operation": pl.String(),
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


def thirty_mails() -> pl.DataFrame:
    """A past for examples: thirty made-up sessions of one short mail each, all to one partner (`HISTORY`)."""
    facts = {
        "tenant": "default",
        "agent_id": "agent",
        "event_date": "2026-01-01",
        "tool": "send_email",
        "operation": "send",
        "destination": "lee@partner.example",
        "destination_class": "unknown",
        "args_chars": 60,
    }
    return pl.DataFrame([{**facts, "session_key": str(row)} for row in range(30)], schema=dict(HISTORY))
