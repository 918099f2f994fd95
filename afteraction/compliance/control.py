"""What a control is: a statement, the SQL that looks for exceptions, its population, and both examples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import polars as pl

from afteraction.records.finding import SEVERITIES, Severity
from afteraction.records.identity import AGENTS, DELEGATIONS, PRINCIPALS
from afteraction.records.tables import PUBLIC
from afteraction.records.ticket import TICKET_EVENTS

Parameter: TypeAlias = int | float | str | tuple[str, ...]
Rows: TypeAlias = Sequence[Mapping[str, Any]]

#: The tables that a control may read.
TABLES: Final[dict[str, dict[str, pl.DataType]]] = {
    **{
        name: PUBLIC[name] for name in ("actions", "action_risk", "tickets", "decisions", "grants", "bundles")
    },
    "agents": AGENTS,
    "principals": PRINCIPALS,
    "delegations": DELEGATIONS,
    "ticket_events": TICKET_EVENTS,
}
#: What a control's ids are ids of: table to (id column, the time that places a row in a period).
SUBJECTS: Final[dict[str, tuple[str, str]]] = {
    "actions": ("action_id", "coalesce(event_time, ingested_at)"),
    "tickets": ("ticket_id", "opened_at"),
    "decisions": ("decision_id", "decided_at"),
    "grants": ("grant_id", "minted_at"),
}
_NOON: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


def hour(count: float) -> datetime:
    """A time for examples: so many hours after 2 November 2026, noon UTC."""
    return _NOON + timedelta(hours=count)


@dataclass(frozen=True)
class Example:
    """Tables (only the columns that matter; the rest is null) and the ids that must be found in them."""

    tables: Mapping[str, Rows]
    exceptions: tuple[str, ...] = ()

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every table that a control may read, filled with the example's rows."""
        return {
            name: pl.DataFrame([_full(row, schema) for row in self.tables.get(name, ())], schema=schema)
            for name, schema in TABLES.items()
        }


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control. Its `id` names its file: `AC-5.1b` is `ac_5_1b.py`.

    `exception_sql` returns a column `id` of opaque ids, one per violation; `population_sql` the ids of
    all that was looked at (`population` names it in words); both are ids of the table `subject`. `{name}`
    in the SQL stands for a parameter. An `advisory` control reports and does not fail. `note_sql`
    counts something worth saying in `note` (`{count}`). `cannot_show` says what a pass does not prove.
    """

    id: str
    title: str
    statement: str
    severity: Severity
    frameworks: Mapping[str, tuple[str, ...]]
    subject: str
    population: str
    population_sql: str
    exception_sql: str
    cannot_show: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    advisory: bool = False
    note: str | None = None
    note_sql: str | None = None
    passing: Example = field(repr=False)
    failing: Example = field(repr=False)

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"{self.id}: found severity {self.severity!r}, expected one of {SEVERITIES}")
        if self.subject not in SUBJECTS:
            raise ValueError(f"{self.id}: found subject {self.subject!r}, expected one of {sorted(SUBJECTS)}")
        if not self.failing.exceptions or self.passing.exceptions:
            raise ValueError(
                f"{self.id}: the failing example names what must be found, the passing one nothing"
            )

    @property
    def file_name(self) -> str:
        """The name of the control's file, without `.py`."""
        return re.sub(r"[^a-z0-9]+", "_", self.id.lower())

    @property
    def rule(self) -> str:
        """The statement with its parameters in place."""
        return self.render(self.statement)

    def render(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> str:
        """SQL with every parameter in place, ready to run again by anybody."""
        values = {**self.parameters, **(parameters or {})}
        return _PLACE.sub(lambda found: literal(values[found.group(1)]), sql).strip()


def literal(value: Parameter) -> str:
    """A parameter as SQL."""
    if isinstance(value, tuple):
        return f"({', '.join(literal(one) for one in value) or 'NULL'})"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def _full(row: Mapping[str, Any], schema: Mapping[str, pl.DataType]) -> dict[str, Any]:
    if unknown := set(row) - set(schema):
        raise ValueError(f"found columns {sorted(unknown)}, expected some of {sorted(schema)}")
    return {name: row.get(name) for name in schema}
