"""A ticket: one concern about one session that waits for a person; its decisions and grants."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from afteraction.records.action import TIME

TicketKind = Literal["retroactive", "live"]
TicketState = Literal["open", "approved", "denied", "expired", "superseded"]
Verdict = Literal["approved", "denied"]

#: The public `tickets` table. One per (session, cause); `action_id` is the riskiest action, `action_ids`
#: (JSON list) all that share the cause. `args_sha256` binds it to the exact arguments.
TICKETS: Final[dict[str, pl.DataType]] = {
    "ticket_id": pl.String(),
    "kind": pl.String(),
    "state": pl.String(),
    "tenant": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "action_id": pl.String(),
    "action_ids": pl.String(),
    "agent_id": pl.String(),
    "on_behalf_of": pl.String(),
    "cause": pl.String(),
    "title": pl.String(),
    "risk": pl.Float64(),
    "args_sha256": pl.String(),
    "bundle_revision": pl.String(),
    "opened_at": TIME,
    "due_at": TIME,
    "closed_at": TIME,
}

#: The public `decisions` table.
DECISIONS: Final[dict[str, pl.DataType]] = {
    "decision_id": pl.String(),
    "ticket_id": pl.String(),
    "verdict": pl.String(),
    "reviewer": pl.String(),
    "person": pl.String(),
    "reason": pl.String(),
    "channel": pl.String(),
    "args_sha256": pl.String(),
    "decided_at": TIME,
}

#: The public `grants` table: what an approval allows, exactly once.
GRANTS: Final[dict[str, pl.DataType]] = {
    "grant_id": pl.String(),
    "ticket_id": pl.String(),
    "digest": pl.String(),
    "minted_at": TIME,
    "expires_at": TIME,
    "consumed_at": TIME,
}

#: The public `ticket_events` table: append-only, `event_id` counts from 1 without a gap. `ticket_id` is
#: null where the event is about identities (`identities_changed`). `state` is the ticket's state after
#: the event; `details` is JSON text without any raw evidence.
TICKET_EVENTS: Final[dict[str, pl.DataType]] = {
    "event_id": pl.Int64(),
    "ticket_id": pl.String(),
    "event": pl.String(),
    "state": pl.String(),
    "actor": pl.String(),
    "at": TIME,
    "details": pl.String(),
}
