"""Input that could not be accepted, with its place and the reason; nothing is dropped silently."""

from __future__ import annotations

from typing import Final

import msgspec
import polars as pl

from afteraction.records.action import TIME
from afteraction.records.place import Place


class Quarantined(msgspec.Struct, frozen=True):
    """One refused record. `reason` says what was found, what was expected and never the content."""

    place: Place
    reason: str
    code: str


#: The public `quarantine` table.
QUARANTINE: Final[dict[str, pl.DataType]] = {
    "quarantine_id": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "offset": pl.Int64(),
    "digest": pl.String(),
    "code": pl.String(),
    "reason": pl.String(),
    "quarantined_at": TIME,
}
