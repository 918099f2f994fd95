"""How much an action sends, and how many calls, destinations and calls a minute its session made so far."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _names as names
from detectors.behaviour import _rarity as rarity
from detectors.behaviour import _sizes as sizes
from detectors.behaviour._context import reaches
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
_KINDS: Final = ("chars", "calls", "fanout", "rate")
_NOTHING: Final = pl.lit(None, pl.String)


def _count(history: pl.DataFrame) -> pl.DataFrame:
    """Characters by tool; calls, places and the busiest minute's calls of each agent's part of a session."""
    to = names.named(history["destination"], names.place)
    parts = history.with_columns(to=to, minute=_c("event_time").dt.truncate("1m")).group_by(
        "tenant", "agent_id", "session_key"
    )
    part = parts.agg(
        calls=pl.len(),
        fanout=_c("to").drop_nulls().n_unique(),
        rate=_c("minute").drop_nulls().unique_counts().max(),
    )
    return pl.concat(
        [
            sizes.count(history, "chars", _c("tool"), _c("args_chars")),
            *(sizes.count(part, kind, _NOTHING, _c(kind)) for kind in _KINDS[1:]),
        ]
    )


def _so_far(batch: SessionBatch) -> pl.DataFrame:
    """In order of sessions: `action_id`, and what the agent's part of a session came to so far."""
    to = names.named(names.shown(batch.actions, "destination"), names.place).alias("to")
    ordered = batch.actions.with_columns(to).sort("session_key", "position", maintain_order=True)
    frame = ordered.select(
        "action_id",
        "tenant",
        "agent_id",
        "session_key",
        "tool",
        "operation",
        "destination_class",
        own=_c("agent_id").fill_null(""),
        to="to",
        minute=_c("event_time").dt.truncate("1m"),
        chars=_c("args").str.len_chars().fill_null(0),
    )
    part = ["session_key", "own"]
    new = pl.struct("session_key", "own", "to").is_first_distinct() & _c("to").is_not_null()
    return frame.with_columns(
        calls=pl.int_range(1, pl.len() + 1).over(part),
        fanout=new.cast(pl.Int64).cum_sum().over(part),
        rate=pl.when(_c("minute").is_not_null()).then(pl.int_range(1, pl.len() + 1).over([*part, "minute"])),
    )


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = _so_far(batch)
    found = frame.select("action_id", reaching=reaches())
    for kind in _KINDS:
        name = _c("tool") if kind == "chars" else _NOTHING
        over = sizes.over_usual(frame, kind, name, _c(kind), baseline)
        column = f"{kind}_over_usual"
        found = found.hstack(
            over.select(**{column: _c("doublings"), f"{column}.where": rarity.said(_c("level"))})
        )
    sends = pl.when("reaching").then("chars_over_usual").alias("chars_over_usual")
    return found.with_columns(sends).drop("reaching")


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
    summary="The action sends more than usual, or its session makes more calls, faster, or to more places.",
    misses="Slow leaks in many small pieces below the usual size; what the log gives no time for.",
    standards=("OWASP-LLM10", "ATLAS-AML.T0086"),
    columns={
        f"{kind}_over_usual{tail}": dtype
        for kind in _KINDS
        for tail, dtype in (("", pl.Float64()), (".where", pl.String()))
    },
    features=_features,
    kinds=_KINDS,
    count=_count,
    fit=sizes.fit,
    odd=_c("chars_over_usual") >= 1,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
