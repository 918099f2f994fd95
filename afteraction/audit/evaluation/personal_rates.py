"""How many findings of personal data an audit of agent runs writes, per thousand actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import polars as pl

from afteraction.audit.evaluation.sources import Analysed

#: The detectors of personal data that has no shape of its own, and the one that adds them up.
DETECTORS: Final = (
    "person_name",
    "postal_address",
    "birth_date",
    "medical_detail",
    "financial_detail",
    "identity_document",
    "combined_personal_data",
)
_c = pl.col


class Rate(msgspec.Struct, frozen=True):
    """Findings of one detector in one source, per thousand actions; `outside` is what left in arguments."""

    source: str
    actions: int
    detector: str
    read: float
    sent: float
    outside: float


def rates(source: str, analysed: Analysed) -> Iterable[Rate]:
    """The detectors that found anything; whether it is there, nobody has labelled."""
    actions = analysed.actions.height
    found = analysed.findings.filter(_c("detector").is_in(list(DETECTORS))).join(
        analysed.actions.select("action_id"), on="action_id", how="semi"
    )
    counts = found.group_by("detector").agg(
        read=(_c("part") == "result").sum(),
        sent=(_c("part") == "args").sum(),
        outside=((_c("part") == "args") & (_c("severity") != "info")).sum(),
    )
    order = {name: place for place, name in enumerate(DETECTORS)}
    for row in sorted(counts.iter_rows(named=True), key=lambda row: order[row["detector"]]):
        per = {name: 1000 * row[name] / actions for name in ("read", "sent", "outside")}
        yield Rate(source, actions, row["detector"], **per)
