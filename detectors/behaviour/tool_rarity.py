"""How rare the tool, the resource it works on and the hour are for the agent, its tenant, or everybody."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _names as names
from detectors.behaviour import _rarity as rarity
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
_KINDS: Final = ("tool", "resource", "hour")


def _name(kind: str, target: pl.Series) -> pl.Expr | pl.Series:
    if kind == "resource":
        return names.named(target, names.resource)
    return _c("tool") if kind == "tool" else names.hour(_c("event_time"))


def _count(history: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rarity.count(history, kind, _name(kind, history["target"])) for kind in _KINDS])


def _fit(counts: pl.DataFrame) -> pl.DataFrame:
    """`kind` and the columns of `_rarity.fit`."""
    tables = [
        rarity.fit(counts.filter(_c("kind") == kind)).with_columns(kind=pl.lit(kind)) for kind in _KINDS
    ]
    return pl.concat(tables)


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions
    found = frame.select("action_id")
    for kind in _KINDS:
        past = None if baseline is None else baseline.filter(_c("kind") == kind)
        known = rarity.surprises(frame, _name(kind, names.shown(frame, "target")), past)
        found = found.hstack(
            known.select(
                **{f"{kind}_surprise": _c("bits"), f"{kind}_surprise.where": rarity.said(_c("level"))}
            )
        )
    return found


_FIRING = (session("a tool that it never used", ("delete_user", {"user": "kim"}, "deleted")),)
_SILENT = (session("the usual tool", ("send_email", {"to": "lee@partner.example", "body": "hello"}, "sent")),)

BEHAVIOUR = BehaviourDetector(
    id="tool_rarity",
    summary="The agent (else its tenant, else all) rarely or never used the tool, the resource or the hour.",
    misses="Usual tools put to other use; resources that differ only in their numbers; time zones.",
    standards=("OWASP-ASI02", "OWASP-ASI10"),
    columns={
        f"{kind}_surprise{tail}": dtype
        for kind in _KINDS
        for tail, dtype in (("", pl.Float64()), (".where", pl.String()))
    },
    features=_features,
    kinds=_KINDS,
    count=_count,
    fit=_fit,
    odd=_c("tool_surprise") >= 4,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
