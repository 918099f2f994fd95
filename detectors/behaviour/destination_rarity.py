"""How rare a destination is for the agent, its tenant, or everybody, whichever is known first."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
#: Sessions a level must have seen before its counts are trusted; below it the next wider level speaks.
_ENOUGH: Final = 20
_LEVELS: Final = (("agent", ("tenant", "agent_id")), ("tenant", ("tenant",)), ("all", ()))


def _fit(history: pl.DataFrame) -> pl.DataFrame:
    """Columns `level`, `tenant`, `agent_id`, `destination` (null: all of the level) and `sessions`."""
    seen = history.filter(_c("destination").is_not_null())
    tables = []
    for level, keys in _LEVELS:
        for by in ([*keys, "destination"], list(keys)):
            counted = seen if by else seen.with_columns(destination=pl.lit(None, pl.String))
            table = counted.group_by(by or ["destination"]).agg(sessions=_c("session_key").n_unique())
            tables.append(table.with_columns(level=pl.lit(level)))
    return pl.concat(tables, how="diagonal").select(
        "level",
        *(
            _c(name).cast(pl.String)
            if any(name in t.columns for t in tables)
            else pl.lit(None, pl.String).alias(name)
            for name in ("tenant", "agent_id", "destination")
        ),
        _c("sessions").cast(pl.Int64),
    )


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    actions = batch.actions.select("action_id", "tenant", "agent_id", "destination")
    if baseline is None or baseline.is_empty():
        unknown = pl.lit(None)
        return actions.select(
            "action_id",
            destination_surprise=unknown.cast(pl.Float64),
            **{"destination_surprise.where": unknown.cast(pl.String)},
        )
    frame = actions
    for level, keys in _LEVELS:
        table = baseline.filter(_c("level") == level)
        total = table.filter(_c("destination").is_null()).select(*keys, **{f"{level}_all": "sessions"})
        each = table.filter(_c("destination").is_not_null()).select(
            *keys, "destination", **{f"{level}_seen": "sessions"}
        )
        frame = (
            frame.join(total, on=list(keys), how="left", nulls_equal=True, maintain_order="left")
            if keys
            else frame.with_columns(pl.lit(total["all_all"].sum()).alias("all_all"))
        )
        frame = frame.join(
            each, on=[*keys, "destination"], how="left", nulls_equal=True, maintain_order="left"
        )
    surprise, level_name = pl.lit(None, pl.Float64), pl.lit(None, pl.String)
    for level, _ in reversed(_LEVELS):
        enough = _c(f"{level}_all") >= (_ENOUGH if level != "all" else 1)
        bits = ((_c(f"{level}_all") + 1) / (_c(f"{level}_seen").fill_null(0) + 1)).log(2)
        surprise = pl.when(enough).then(bits).otherwise(surprise)
        level_name = pl.when(enough).then(pl.lit(level)).otherwise(level_name)
    known = pl.when(_c("destination").is_not_null())
    scope = level_name.replace_strict(
        {
            "agent": "judged by the agent's own past",
            "tenant": "judged by the tenant's past",
            "all": "judged by everybody's past",
        },
        default=None,
        return_dtype=pl.String,
    )
    return frame.select(
        "action_id",
        destination_surprise=known.then(surprise.clip(0.0, 20.0)),
        **{"destination_surprise.where": known.then(scope)},
    )


_FIRING = (session("a new address", ("send_email", {"to": "new@stranger.example", "body": "hello"}, "sent")),)
_SILENT = (
    session("the usual address", ("send_email", {"to": "lee@partner.example", "body": "hello"}, "sent")),
)

BEHAVIOUR = BehaviourDetector(
    id="destination_rarity",
    summary="The destination was rarely or never reached before by the agent (else its tenant, else all).",
    misses="Known destinations that an attacker also reads (a shared mailbox, a public repository).",
    standards=("OWASP-ASI02", "ATLAS-AML.T0086"),
    columns={"destination_surprise": pl.Float64(), "destination_surprise.where": pl.String()},
    features=_features,
    fit=_fit,
    odd=_c("destination_surprise") >= 4,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
