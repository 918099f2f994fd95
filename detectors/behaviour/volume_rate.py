"""How much an action sends, and how many calls its session made so far, against the agent's own past."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour._context import reaches
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
_ENOUGH: Final = 20
_HIGH: Final = 0.95


def _fit(history: pl.DataFrame) -> pl.DataFrame:
    """The 95th percentile of characters per (tenant, agent, tool) and of calls per (tenant, agent) session.

    Columns `tenant`, `agent_id`, `tool` (null: calls per session), `usual`, `seen`.
    """
    chars = history.group_by("tenant", "agent_id", "tool").agg(
        usual=_c("args_chars").quantile(_HIGH, "higher").cast(pl.Float64), seen=pl.len().cast(pl.Int64)
    )
    calls = (
        history.group_by("tenant", "agent_id", "session_key")
        .agg(calls=pl.len())
        .group_by("tenant", "agent_id")
        .agg(usual=_c("calls").quantile(_HIGH, "higher").cast(pl.Float64), seen=pl.len().cast(pl.Int64))
        .with_columns(tool=pl.lit(None, pl.String))
    )
    return pl.concat([chars, calls.select(chars.columns)])


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions.select(
        "action_id",
        "tenant",
        "agent_id",
        "tool",
        "seq",
        "operation",
        "destination_class",
        chars=_c("args").str.len_chars().fill_null(0),
    )
    if baseline is None or baseline.is_empty():
        return frame.select(
            "action_id",
            chars_over_usual=pl.lit(None, pl.Float64),
            calls_over_usual=pl.lit(None, pl.Float64),
        )
    known = baseline.filter(_c("seen") >= _ENOUGH)
    chars = known.filter(_c("tool").is_not_null()).select("tenant", "agent_id", "tool", usual_chars="usual")
    calls = known.filter(_c("tool").is_null()).select("tenant", "agent_id", usual_calls="usual")
    frame = frame.join(
        chars, on=["tenant", "agent_id", "tool"], how="left", nulls_equal=True, maintain_order="left"
    )
    frame = frame.join(calls, on=["tenant", "agent_id"], how="left", nulls_equal=True, maintain_order="left")
    over_chars = ((_c("chars") + 1) / (_c("usual_chars") + 1)).log(2).clip(0.0, 20.0)
    over_calls = ((_c("seq") + 1) / (_c("usual_calls") + 1)).log(2).clip(0.0, 20.0)
    return frame.select(
        "action_id", chars_over_usual=pl.when(reaches()).then(over_chars), calls_over_usual=over_calls
    )


_FIRING = (
    session(
        "a mail ten times as long as usual",
        ("send_email", {"to": "lee@partner.example", "body": "word " * 120}, "sent"),
    ),
)
_SILENT = (
    session(
        "a mail as long as usual", ("send_email", {"to": "lee@partner.example", "body": "hello"}, "sent")
    ),
)

BEHAVIOUR = BehaviourDetector(
    id="volume_rate",
    summary="The action sends more than the agent usually does, or its session is unusually long.",
    misses="Slow leaks in many small pieces below the usual size; agents with fewer than 20 past calls.",
    standards=("OWASP-LLM10", "ATLAS-AML.T0086"),
    columns={"chars_over_usual": pl.Float64(), "calls_over_usual": pl.Float64()},
    features=_features,
    fit=_fit,
    odd=_c("chars_over_usual") >= 1,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
