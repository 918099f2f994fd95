"""The rows of the casebook as frozen types; times are microseconds since the Unix epoch in UTC."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from afteraction.records.ticket import TicketKind, TicketState, Verdict


def now_us() -> int:
    """The wall clock, in microseconds since the Unix epoch in UTC."""
    return time.time_ns() // 1000


def storable(text: str) -> str:
    """Text as every database can hold it: NUL becomes U+2400 (PostgreSQL has none), a lone surrogate `?`."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The audit entry that every change carries: who did what and when.

    `details` is JSON: ids, digests and reasons, never raw evidence.
    """

    event: str
    actor: str
    at: int
    details: dict[str, Any] = msgspec.field(default_factory=dict)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One concern about one session, as it was put before a person; only its state ever changes.

    `concern` names (session, cause) over all `version`s; `agents` and `requesters` are everybody whose
    actions stand in the ticket, `owners` who answered for those agents when it opened. `target` is masked.
    `propensity` is set on random audits: the chance with which the action was drawn.
    """

    ticket_id: str
    concern: str
    version: int
    kind: TicketKind
    tenant: str
    session_id: str
    session_key: str
    action_id: str
    action_ids: tuple[str, ...]
    cause: str
    title: str
    opened_at: int
    due_at: int
    state: TicketState = "open"
    closed_at: int | None = None
    agent_id: str | None = None
    on_behalf_of: str | None = None
    agents: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tool: str | None = None
    target: str | None = None
    risk: float | None = None
    level: str | None = None
    args_sha256: str | None = None
    bundle_revision: str | None = None
    propensity: float | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What one person decided on one ticket, and why."""

    decision_id: str
    ticket_id: str
    verdict: Verdict
    reviewer: str
    person: str
    reason: str
    channel: str
    args_sha256: str | None
    decided_at: int
    reason_code: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval allows, exactly once; `digest` binds it (see `afteraction.approvals.binding`)."""

    grant_id: str
    ticket_id: str
    digest: str
    nonce: str
    minted_at: int
    expires_at: int
    consumed_at: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit trail, as it is stored."""

    event_id: int
    ticket_id: str | None
    event: str
    state: str | None
    actor: str
    at: int
    details: str
