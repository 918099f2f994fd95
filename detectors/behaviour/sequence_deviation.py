"""How unusual it is for the agent, its tenant, or everybody to call this tool after the one before."""

from __future__ import annotations

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _names as names
from detectors.behaviour import _rarity as rarity
from detectors.behaviour_detector import BehaviourDetector, thirty_mails
from detectors.examples import session

_c = pl.col
_STEP = "step"


def _count(history: pl.DataFrame) -> pl.DataFrame:
    return rarity.count(history.sort("session_key", "position"), _STEP, names.step())


def _features(batch: SessionBatch, baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions.sort("session_key", "position", maintain_order=True)
    known = rarity.surprises(frame, names.step(), baseline)
    told = known.select(step_surprise="bits", where=rarity.said(_c("level")))
    return frame.select("action_id").hstack(told).rename({"where": "step_surprise.where"})


_MAIL = ("send_email", {"to": "lee@partner.example", "body": "hello"}, "sent")
_FIRING = (session("a second mail where there was always one", _MAIL, _MAIL),)
_SILENT = (session("one mail, as always", _MAIL),)

BEHAVIOUR = BehaviourDetector(
    id="sequence_deviation",
    summary="The agent (else its tenant, else all) rarely or never called this tool after the one before.",
    misses="Deviations over more than two calls; agents whose plans differ from one session to the next.",
    standards=("OWASP-ASI01", "OWASP-ASI10"),
    columns={"step_surprise": pl.Float64(), "step_surprise.where": pl.String()},
    features=_features,
    kinds=(_STEP,),
    count=_count,
    fit=rarity.fit,
    odd=_c("step_surprise") >= 4,
    past=thirty_mails,
    firing=_FIRING,
    silent=_SILENT,
)
