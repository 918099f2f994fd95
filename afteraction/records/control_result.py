"""The result of one control over one window: population, exceptions and the query that found them."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from afteraction.records.action import TIME

Outcome = Literal["pass", "fail", "not_applicable", "manual", "error"]

#: The public `control_results` table. `exceptions` is a count; `exception_ids` a JSON list of opaque
#: ids (capped, `exceptions` is the true count); `query` is the SQL that a reader can run again.
CONTROL_RESULTS: Final[dict[str, pl.DataType]] = {
    "control_id": pl.String(),
    "title": pl.String(),
    "outcome": pl.String(),
    "population": pl.Int64(),
    "exceptions": pl.Int64(),
    "exception_ids": pl.String(),
    "frameworks": pl.String(),
    "severity": pl.String(),
    "query": pl.String(),
    "query_sha256": pl.String(),
    "detail": pl.String(),
    "evaluated_at": TIME,
}
