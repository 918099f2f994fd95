"""Opens the tickets that an audit asks for: looks only at what is new in the lake, and keeps to budgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from afteraction.approvals.escalation import sweep
from afteraction.approvals.retroactive import TicketReport, open_retroactive
from afteraction.audit import over_budget
from afteraction.audit.candidates import candidates
from afteraction.audit.random_audit_step import random_audits
from afteraction.casebook import Casebook
from afteraction.lake import Lake, read_small, write_small
from afteraction.lake.tables import scan
from afteraction.records.digests import digest
from afteraction.records.settings import Settings

_SEEN: Final = "seen/tickets"


def open_tickets(home: Path, lake: Lake, book: Casebook, settings: Settings, now: int) -> TicketReport:
    """Open a ticket for each concern that reaches its threshold; `now` in µs, UTC.

    A file of the lake never changes, so that only new ones are looked at; all of them where the casebook is
    another one, or older, than the one that was written to last.
    """
    files = lake.files("action_risk")
    fresh = _fresh(home, book, files)
    rows = candidates(home, lake, fresh)
    found = over_budget.budgeted(
        home, book, rows, settings, _among(fresh, over_budget.table(home)["action_id"])
    )
    kept = found.kept
    if found.returning.height:
        kept = pl.concat([kept, _returned(home, lake, found.returning)]).unique(
            ["action_id", "cause"], maintain_order=True
        )
    audits = random_audits(home, lake, fresh, rows, settings.random_audits if book.decided() else 0.0)
    report = open_retroactive(book, pl.concat([kept, audits], how="diagonal"), settings, now)
    sweep(book, settings, now)
    over_budget.remember(home, found)
    _remember(home, book, files)
    return msgspec.structs.replace(report, over_budget=found.over)


def _returned(home: Path, lake: Lake, concerns: pl.DataFrame) -> pl.DataFrame:
    """The candidates of concerns that a budget holds back no longer."""
    first, last = str(concerns["event_date"].min()), str(concerns["last_date"].max())
    dates = [day for day in lake.dates("action_risk") if first <= day <= last]
    rows = candidates(home, lake, lake.files("action_risk", dates))
    return rows.join(concerns.select("session_key", "cause"), on=["session_key", "cause"], how="semi")


def _among(files: Sequence[str], wanted: pl.Series) -> list[str]:
    """Those of the wanted action ids that stand in these files."""
    if not files or wanted.is_empty():
        return []
    held = scan("action_risk", files).select("action_id").filter(pl.col("action_id").is_in(wanted.implode()))
    return held.collect()["action_id"].to_list()


def _fresh(home: Path, book: Casebook, files: Sequence[str]) -> list[str]:
    held = read_small(home, _SEEN)
    if held is None or held.is_empty() or held["casebook"][0] != _named(book):
        return list(files)
    if book.last_event() < int(held["events"][0]):
        return list(files)
    seen = frozenset(held["file"])
    return [file for file in files if _name(file) not in seen]


def _remember(home: Path, book: Casebook, files: Sequence[str]) -> None:
    names = pl.DataFrame({"file": sorted(map(_name, files))}, schema={"file": pl.String()})
    now = names.with_columns(events=pl.lit(book.last_event(), pl.Int64), casebook=pl.lit(_named(book)))
    held = read_small(home, _SEEN)
    if held is None or not held.equals(now):
        write_small(home, _SEEN, now)


def _named(book: Casebook) -> str:
    return digest("casebook", repr(book))


def _name(file: str) -> str:
    return file.rpartition("/")[2]
