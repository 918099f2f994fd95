"""How often the work was handed on before this action: to another agent of the session, or by a tool."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour_detector import BehaviourDetector
from detectors.examples import session

_c = pl.col
#: Tools that give work to another agent, by words of their names.
_HANDS_ON: Final = (
    r"(?i)(?:^|_)(?:sub_?agent|delegate|hand_?off|hand_?over|spawn_agent|transfer_to_agent)(?:_|$)|^task$"
)


def _features(batch: SessionBatch, _baseline: pl.DataFrame | None) -> pl.DataFrame:
    frame = batch.actions.sort("session_key", "position", maintain_order=True).select(
        "action_id", "session_key", agent=_c("agent_id").fill_null(""), tool=_c("tool").fill_null("")
    )
    names = frame.select(_c("tool").unique(maintain_order=True)).with_columns(
        hands=_c("tool").str.replace_all(r"([a-z0-9])([A-Z])", "${1}_${2}").str.contains(_HANDS_ON)
    )
    frame = frame.join(names, on="tool", how="left", maintain_order="left")
    first = (_c("agent").is_first_distinct().over("session_key")) & (
        _c("agent") != _c("agent").first().over("session_key")
    )
    gave = _c("hands").cast(pl.Int64)
    depth = first.cast(pl.Int64).cum_sum().over("session_key") + gave.cum_sum().over("session_key") - gave
    return frame.select("action_id", delegation_depth=depth.cast(pl.Float64))


_HAND = ("delegate_task", {"to": "helper", "task": "find the invoice"}, "accepted")
_FIRING = (
    session(
        "three times handed on", _HAND, _HAND, _HAND, ("send_email", {"to": "kim@partner.example"}, "sent")
    ),
)
_SILENT = (session("handed on once", _HAND, ("send_email", {"to": "kim@partner.example"}, "sent")),)

BEHAVIOUR = BehaviourDetector(
    id="delegation_depth",
    summary="The work was handed on to other agents before: nobody whom a person asked acts any more.",
    misses="Work handed on in a session of its own; tools that hand on without saying so in their names.",
    standards=("OWASP-ASI03", "OWASP-ASI07"),
    columns={"delegation_depth": pl.Float64()},
    features=_features,
    odd=_c("delegation_depth") >= 3,
    firing=_FIRING,
    silent=_SILENT,
)
