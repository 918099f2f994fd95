"""How rare a destination is for the agent, its tenant, or everybody: the place, and exactly who."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _names as names
from detectors.behaviour import _rarity as rarity
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
_PLACE, _RECIPIENT = "destination", "recipient"
_RULES: Final = {_PLACE: names.place, _RECIPIENT: names.recipient}


def _count(history: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [
            rarity.count(history, kind, names.named(history["destination"], rule))
            for kind, rule in _RULES.items()
        ]
    )


def _fit(counts: pl.DataFrame) -> pl.DataFrame:
    """`kind` and the columns of `_rarity.fit`."""
    return pl.concat(
        [
            rarity.fit(counts.filter(_c("kind") == kind)).with_columns(kind=pl.lit(kind))
            for kind in (_PLACE, _RECIPIENT)
        ]
    )


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions
    to = names.shown(frame, "destination")
    place, who = (
        rarity.surprises(
            frame,
            names.named(to, rule),
            None if baseline is None else baseline.filter(_c("kind") == kind),
        )
        for kind, rule in _RULES.items()
    )
    told = place.select(destination_surprise="bits", where=rarity.said(_c("level")))
    other = who.select(recipient_surprise="bits", who=rarity.said(_c("level")))
    both = frame.select("action_id").hstack(told).hstack(other)
    return both.rename({"where": "destination_surprise.where", "who": "recipient_surprise.where"})


_FIRING = (session("a new address", ("send_email", {"to": "new@stranger.example", "body": "hello"}, "sent")),)
_SILENT = (
    session("the usual address", ("send_email", {"to": "lee@partner.example", "body": "hello"}, "sent")),
)

BEHAVIOUR = BehaviourDetector(
    id="destination_rarity",
    summary="The destination was rarely or never reached before by the agent (else its tenant, else all).",
    misses="Known destinations that an attacker also reads (a shared mailbox, a public repository).",
    standards=("OWASP-ASI02", "ATLAS-AML.T0086"),
    columns={
        "destination_surprise": pl.Float64(),
        "destination_surprise.where": pl.String(),
        "recipient_surprise": pl.Float64(),
        "recipient_surprise.where": pl.String(),
    },
    features=_features,
    kinds=(_PLACE, _RECIPIENT),
    count=_count,
    fit=_fit,
    odd=_c("destination_surprise") >= 4,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
