"""A finding: what one detector says of one action, with masked evidence."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high", "critical")
SENSITIVITIES: Final = ("none", "internal", "personal", "secret")

#: The public `findings` table. `evidence` is a masked sentence or JSON text: types, keyed
#: fingerprints and places, never a raw value. `part` says where the evidence stands:
#: `args`, `result` or `action`; `effect` where it is about what the call does to systems.
#: `suppressed_by` names the suppression that holds it back (see `records.suppression`): such a
#: finding counts no points and opens no ticket.
FINDINGS: Final[dict[str, pl.DataType]] = {
    "finding_id": pl.String(),
    "action_id": pl.String(),
    "tenant": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "detector": pl.String(),
    "severity": pl.String(),
    "confidence": pl.String(),
    "title": pl.String(),
    "part": pl.String(),
    "evidence": pl.String(),
    "value_fp": pl.String(),
    "suppressed_by": pl.String(),
    "suppressed_reason": pl.String(),
}

#: What a detector itself returns; the runner adds ids and session columns.
FOUND: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "severity": pl.String(),
    "confidence": pl.String(),
    "title": pl.String(),
    "part": pl.String(),
    "evidence": pl.String(),
    "value_fp": pl.String(),
}
