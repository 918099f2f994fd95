"""Runs controls over the public tables and writes one result row per control."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import polars as pl

from afteraction.compliance.control import SUBJECTS, Control, Parameter
from afteraction.compliance.registry import all_controls
from afteraction.records.control_result import CONTROL_RESULTS, Outcome
from afteraction.records.settings import Settings

#: Runs SQL over the public tables and returns its rows.
Query: TypeAlias = Callable[[str, Mapping[str, Any] | None], pl.DataFrame]
#: Parameter overrides by control id.
Overrides: TypeAlias = Mapping[str, Mapping[str, Parameter]]

CAP: Final = 100
_OPAQUE = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")


@dataclass(frozen=True)
class Period:
    """From `start` (included) to `end` (not included), in UTC; `None` is without a bound."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Evaluation:
    """What one control found: `exceptions` is the true count, `ids` as many as the cap allows."""

    outcome: Outcome
    population: int
    exceptions: int
    ids: tuple[str, ...]
    query: str
    detail: str


def run(
    query: Query,
    *,
    controls: Sequence[Control] | None = None,
    parameters: Overrides | None = None,
    evaluated_at: datetime | None = None,
) -> pl.DataFrame:
    """Evaluate controls (default: all) one after the other; a control that fails to run is an `error` row.

    Returns the columns of `CONTROL_RESULTS`.
    """
    at = evaluated_at or datetime.now(UTC)
    chosen = all_controls() if controls is None else controls
    rows = [_row(control, evaluate(control, query, parameters), at) for control in chosen]
    return pl.DataFrame(rows, schema=CONTROL_RESULTS, orient="row")


def parameters_of(settings: Settings) -> Overrides:
    """The parameters that an owner's settings set."""
    return {"CM-3.2": {"decide_hours": settings.retro_sla_hours}}


def evaluate(
    control: Control,
    query: Query,
    parameters: Overrides | None = None,
    *,
    period: Period | None = None,
    cap: int | None = CAP,
) -> Evaluation:
    """Run one control. An error inside the query shows only its class: messages may quote data."""
    values = (parameters or {}).get(control.id)
    sql = within(control, control.render(control.exception_sql, values), period)
    looked_at = within(control, control.render(control.population_sql, values), period)
    try:
        population = _number(query, f"SELECT count(DISTINCT id) FROM (\n{looked_at}\n)")
        found = query(_counted(sql, cap), None)
        noted = _number(query, control.render(control.note_sql, values)) if control.note_sql else 0
    except Exception as error:  # noqa: BLE001  (whatever the query engine raises ends as an error row)
        return Evaluation("error", 0, 0, (), sql, f"the query did not run: {type(error).__name__}")
    exceptions = int(found["total"][0]) if found.height else 0
    ids = opaque(found["id"])
    outcome = _outcome(control, population, exceptions)
    return Evaluation(
        outcome, population, exceptions, ids, sql, _detail(control, outcome, population, exceptions, noted)
    )


def within(control: Control, sql: str, period: Period | None) -> str:
    """Keep the ids whose rows stand in the period; the rest of the tables stays in view of the query."""
    if period is None:
        return sql
    column, at = SUBJECTS[control.subject]
    bounds = " AND ".join(
        f"{at} {sign} TIMESTAMPTZ '{edge.astimezone(UTC).isoformat()}'"
        for sign, edge in ((">=", period.start), ("<", period.end))
        if edge is not None
    )
    inside = f"SELECT {column} AS id FROM {control.subject} WHERE {bounds or 'true'}"
    return f"SELECT id FROM (\n{sql}\n) JOIN ({inside}) USING (id)"


def opaque(ids: pl.Series) -> tuple[str, ...]:
    """Ids are ours; anything that does not look like one becomes its digest."""
    return tuple(_opaque(value) for value in ids.to_list())


def _counted(sql: str, cap: int | None) -> str:
    limit = "" if cap is None else f" LIMIT {cap}"
    names = "SELECT DISTINCT CAST(id AS VARCHAR) AS id"
    return f"SELECT id, count(*) OVER () AS total FROM ({names} FROM (\n{sql}\n)) ORDER BY id{limit}"


def _number(query: Query, sql: str) -> int:
    return int(query(sql, None).row(0)[0] or 0)


def _opaque(value: object) -> str:
    text = str(value)
    if _OPAQUE.fullmatch(text):
        return text
    return "id_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _outcome(control: Control, population: int, exceptions: int) -> Outcome:
    if exceptions:
        return "pass" if control.advisory else "fail"
    return "pass" if population else "not_applicable"


def _detail(control: Control, outcome: Outcome, population: int, exceptions: int, noted: int) -> str:
    if outcome == "not_applicable":
        return f"There are no {control.population} yet, so this control had nothing to look at."
    said = f"{exceptions:,} of {population:,} {control.population}"
    sentence = (
        f"{said} are exceptions."
        if exceptions
        else f"None of {population:,} {control.population} is an exception."
    )
    if control.advisory and exceptions:
        sentence = f"For a person to look at, not a failure: {said}."
    return f"{sentence} {control.note.format(count=f'{noted:,}')}" if control.note and noted else sentence


def _row(control: Control, found: Evaluation, at: datetime) -> dict[str, Any]:
    return {
        "control_id": control.id,
        "title": control.title,
        "outcome": found.outcome,
        "population": found.population,
        "exceptions": found.exceptions,
        "exception_ids": json.dumps(found.ids),
        "frameworks": json.dumps(
            {name: list(ids) for name, ids in control.frameworks.items()}, sort_keys=True
        ),
        "severity": control.severity,
        "query": found.query,
        "query_sha256": hashlib.sha256(found.query.encode()).hexdigest(),
        "detail": found.detail,
        "evaluated_at": at,
    }
