"""Opens tickets for risky actions that already ran: one per session and cause, once, whoever asks again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.approvals.binding import content_digest
from afteraction.approvals.directory import Directory
from afteraction.approvals.states import step
from afteraction.casebook import Casebook, Entry, Ticket, Writing, now_us, storable
from afteraction.records.digests import digest
from afteraction.records.risk import ACTION_RISK
from afteraction.records.settings import Settings

#: What `open_retroactive` reads; columns that are missing count as null. `target` must be masked.
CANDIDATES: Final[dict[str, pl.DataType]] = {
    **ACTION_RISK,
    "agent_id": pl.String(),
    "on_behalf_of": pl.String(),
    "tool": pl.String(),
    "target": pl.String(),
    "args_sha256": pl.String(),
    "cause": pl.String(),
    "title": pl.String(),
    "status": pl.String(),
    "propensity": pl.Float64(),
}
#: The share of the configured time that a level gets.
HASTE: Final[Mapping[str, float]] = {"critical": 0.25, "high": 0.5, "medium": 1.0, "low": 2.0, "none": 2.0}
_ACTOR: Final = "audit"
_HOUR_US: Final = 3_600_000_000
_FIRST: Final = ("tenant", "session_id", "action_id", "agent_id", "on_behalf_of", "tool", "target")
_FACTS: Final = (*_FIRST, "title", "risk", "level", "args_sha256", "bundle_revision", "propensity")


class TicketReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the candidates. `settled` concerns were decided by a person before, `unchanged`
    ones wait already; `never_ran` actions were stopped, so nobody has to judge them afterwards;
    `over_budget` concerns wait without a ticket. `audits` are those of `opened` that a lot drew.
    """

    opened: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    unchanged: int = 0
    settled: int = 0
    never_ran: int = 0
    over_budget: int = 0
    audits: tuple[str, ...] = ()


def concern_of(session_key: str, cause: str) -> str:
    """The name of a concern over all its versions; the first version's ticket id."""
    return "T-" + digest("retroactive", session_key, cause)[:16]


def open_retroactive(
    casebook: Casebook, candidates: pl.DataFrame, settings: Settings, now: int | None = None
) -> TicketReport:
    """Opens one ticket per (session, cause) of `candidates` (`CANDIDATES`); `now` in µs, UTC.

    Idempotent, also with two audits at once. A concern that waits or was decided is left alone unless
    it has actions that were not in the ticket: then the next version (`T-….2`) opens, and a version
    that still waits is superseded, so that nobody approves what they did not see.
    """
    complete, ran = _complete(candidates)
    directory = Directory.of(settings)
    wanted = [_ticket(row, settings, directory) for row in _concerns(ran).iter_rows(named=True)]
    at = now_us() if now is None else now
    with casebook.writing() as writing:
        report = _open(writing, wanted, settings, writing.clock(at))
    return msgspec.structs.replace(report, never_ran=complete.height - ran.height)


def _complete(candidates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All candidates that name an action, and those of them that ran."""
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in CANDIDATES.items() if name not in candidates.columns
    ]
    complete = candidates.with_columns(missing).filter(
        pl.col("action_id").is_not_null() & pl.col("session_key").is_not_null()
    )
    return complete, complete.filter(pl.col("status").fill_null("") != "denied")


def _concerns(ran: pl.DataFrame) -> pl.DataFrame:
    """One row per (session, cause): the riskiest action's facts, and everybody and everything in it."""
    return (
        ran.with_columns(pl.col("cause").fill_null("unnamed"), pl.col("risk").fill_nan(None))
        .sort("risk", "seq", "action_id", descending=[True, False, False], nulls_last=True)
        .group_by("session_key", "cause", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in _FACTS),
            pl.col("action_id").unique().sort().alias("action_ids"),
            pl.col("agent_id").drop_nulls().unique().sort().alias("agents"),
            pl.col("on_behalf_of").drop_nulls().unique().sort().alias("requesters"),
        )
    )


def _ticket(row: dict[str, Any], settings: Settings, directory: Directory) -> Ticket:
    """The first version, as yet without its times."""
    concern = concern_of(row["session_key"], row["cause"])
    filled = {
        "tenant": row["tenant"] or settings.default_tenant,
        "session_id": row["session_id"] or "",
        "title": row["title"] or row["cause"],
        "owners": directory.owners(tuple(row["agents"])),
    }
    fixed = {"ticket_id": concern, "concern": concern, "version": 1, "kind": "retroactive"}
    values = {**row, **filled, **fixed, "opened_at": 0, "due_at": 0}
    clean = {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
    return msgspec.convert(clean, Ticket)


def _open(writing: Writing, wanted: list[Ticket], settings: Settings, at: int) -> TicketReport:
    before: dict[str, list[Ticket]] = {}
    for ticket in writing.tickets_of([one.concern for one in wanted]):
        before.setdefault(ticket.concern, []).append(ticket)
    opened: list[Ticket] = []
    superseded: list[Ticket] = []
    unchanged = settled = 0
    for one in wanted:
        versions = before.get(one.concern, [])
        waiting = next((ticket for ticket in versions if ticket.state == "open"), None)
        if set(one.action_ids) <= _seen(versions):
            unchanged += waiting is not None
            settled += waiting is None
            continue
        if waiting is not None:
            superseded.append(waiting)
        opened.append(_next(one, versions, waiting, settings, at))
    for ticket in superseded:
        writing.move(
            ticket, step("superseded", ticket.state, ticket.kind).target, _entry("superseded", ticket, at)
        )
    writing.open((ticket, _entry(step("opened", None, ticket.kind).event, ticket, at)) for ticket in opened)
    return TicketReport(
        opened=tuple(one.ticket_id for one in opened if one.version == 1),
        reopened=tuple(one.ticket_id for one in opened if one.version > 1),
        superseded=tuple(one.ticket_id for one in superseded),
        audits=tuple(one.ticket_id for one in opened if one.propensity is not None),
        unchanged=unchanged,
        settled=settled,
    )


def _seen(versions: list[Ticket]) -> set[str]:
    """The actions that wait for a person or were decided by one."""
    return {
        action for one in versions if one.state in {"open", "approved", "denied"} for action in one.action_ids
    }


def _next(one: Ticket, versions: list[Ticket], waiting: Ticket | None, settings: Settings, at: int) -> Ticket:
    """The version that opens now; it takes over what a waiting version held."""
    version = max((ticket.version for ticket in versions), default=0) + 1
    held = waiting or one
    return msgspec.structs.replace(
        one,
        ticket_id=one.concern if version == 1 else f"{one.concern}.{version}",
        version=version,
        action_ids=_joined(one.action_ids, held.action_ids),
        agents=_joined(one.agents, held.agents),
        requesters=_joined(one.requesters, held.requesters),
        owners=_joined(one.owners, held.owners),
        opened_at=at,
        due_at=min(due(one.level, settings, at), held.due_at or due(one.level, settings, at)),
    )


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def due(level: str | None, settings: Settings, at: int) -> int:
    """When a ticket of this level that opens at `at` is due; both in µs, UTC."""
    return at + int(settings.retro_sla_hours * HASTE.get(level or "", 1.0) * _HOUR_US)


def _entry(event: str, ticket: Ticket, at: int) -> Entry:
    details = {
        "actions": len(ticket.action_ids),
        "content_sha256": content_digest(ticket),
        "due_at": ticket.due_at,
    }
    return Entry(event=event, actor=_ACTOR, at=at, details=details)
