"""What a run leaves beside the lake: ledger entries, and the small tables of the published database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from afteraction.audit import over_budget
from afteraction.audit.reports import IngestReport
from afteraction.audit.suppression_step import entries
from afteraction.casebook import Casebook
from afteraction.lake import LAKE, Lake, manifest, read_small
from afteraction.ledger import Checkpoint, Ledger, partition_changes
from afteraction.policy import list_bundles
from afteraction.records.control_result import CONTROL_RESULTS
from afteraction.records.settings import PlantedValue, Suppression
from afteraction.records.tables import PUBLIC


def record(
    home: Path,
    lake: Lake,
    ledger: Ledger,
    casebook: Casebook,
    *,
    suppressions: Sequence[Suppression] = (),
    day: date | None = None,
) -> Checkpoint:
    """Append what changed since the last run: partitions, bundles, events, control results, suppressions.

    `day` (UTC) says which `suppressions` hold; without it none of them is recorded.
    """
    versions = {name: lake.version(name) for name in LAKE}
    rows = {name: lake.rows_per_partition(name) for name in LAKE}
    changes = partition_changes(ledger.latest("partition"), manifest(home), versions, rows)
    held = [] if day is None else entries(suppressions, ledger.latest("suppression"), day)
    return ledger.append_once(
        [*changes, *_bundles(home), *_events(ledger, casebook), *_controls(home), *_trust(home), *held]
    )


def run_entry(at: int, report: IngestReport) -> dict[str, Any]:
    """The counts of one ingest; `at` in µs since the epoch names it."""
    counts = {name: getattr(report, name) for name in ("read", "accepted", "duplicate", "quarantined")}
    return {"kind": "run", "key": str(at), "files": report.files, "records": report.records, **counts}


def record_events(ledger: Ledger, casebook: Casebook) -> Checkpoint:
    """Append the casebook's events that the ledger does not hold yet."""
    return ledger.append_once(list(_events(ledger, casebook)))


def record_suppressions(ledger: Ledger, suppressions: Sequence[Suppression], day: date) -> Checkpoint:
    """Append what changed of the suppressions; `day` (UTC) says which of them hold."""
    return ledger.append_once(entries(suppressions, ledger.latest("suppression"), day))


def record_canaries(ledger: Ledger, planted: Sequence[PlantedValue]) -> Checkpoint:
    """Append which canaries there are: name, owner and where the value is kept, never the value."""
    return ledger.append_once(
        [
            {
                "kind": "canary",
                "key": one.name,
                "owner": one.owner,
                "kept": "environment" if one.value_env else "file" if one.value_file else "sealed",
            }
            for one in planted
        ]
    )


def _bundles(home: Path) -> Iterator[dict[str, Any]]:
    for revision, digest, state in (
        list_bundles(home / "bundles").select("revision", "digest", "state").iter_rows()
    ):
        yield {"kind": "bundle", "key": revision, "digest": digest, "state": state}


def _events(ledger: Ledger, casebook: Casebook) -> Iterator[dict[str, Any]]:
    seen = max((int(key) for key in ledger.latest("ticket_event")), default=0)
    for event in casebook.events_after(seen):
        content = msgspec.json.encode(event, order="deterministic")
        yield {
            "kind": "ticket_event",
            "key": str(event.event_id),
            "event": event.event,
            "ticket": event.ticket_id,
            "digest": hashlib.sha256(content).hexdigest(),
        }


def _controls(home: Path) -> Iterator[dict[str, Any]]:
    results = read_small(home, "control_results")
    if results is None:
        return
    kept = ("control_id", "outcome", "population", "exceptions", "query_sha256")
    for row in results.select(kept).iter_rows(named=True):
        yield {"kind": "control_result", "key": row["control_id"], **row}


def _trust(home: Path) -> Iterator[dict[str, Any]]:
    for one in (
        _kept(home, "trust").select("tenant", "kind", "name", "level", "because").iter_rows(named=True)
    ):
        key = "/".join((one["tenant"], one["kind"], one["name"]))
        yield {"kind": "trust", "key": key, "level": one["level"], "because": one["because"]}


def small_tables(home: Path, casebook: Casebook, ledger: Ledger) -> dict[str, pl.DataFrame]:
    """The tables of the published database that do not come from the lake."""
    results = read_small(home, "control_results")
    desk = casebook.ticket_actions()
    # An action that a lot drew is like any other until somebody says something of it.
    desk = desk.filter(pl.col("propensity").is_null() | (pl.col("state") != "open"))
    return {
        "tickets": casebook.tickets(),
        "decisions": casebook.decisions(),
        "grants": casebook.grants(),
        "labels": _kept(home, "labels"),
        "reliability": _kept(home, "reliability"),
        "trust": _kept(home, "trust"),
        "over_budget": over_budget.table(home),
        "ticket_events": casebook.ticket_events(),
        "ticket_actions": desk,
        "agents": casebook.agents(),
        "principals": casebook.principals(),
        "delegations": casebook.delegations(),
        "control_results": pl.DataFrame(schema=CONTROL_RESULTS) if results is None else results,
        "bundles": list_bundles(home / "bundles"),
        "ledger_checkpoints": ledger.checkpoints(),
    }


def _kept(home: Path, name: str) -> pl.DataFrame:
    held = read_small(home, name)
    return pl.DataFrame(schema=PUBLIC[name]) if held is None else held
