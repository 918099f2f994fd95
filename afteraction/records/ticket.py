"""A ticket: one concern about one session that waits for a person; its decisions and grants."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from afteraction.records.action import TIME

TicketKind = Literal["retroactive", "live"]
TicketState = Literal["open", "approved", "denied", "expired", "superseded"]
Verdict = Literal["approved", "denied"]

#: The public `tickets` table. One per (session, cause); `action_id` is the riskiest action, `action_ids`
#: (JSON list) all that share the cause. `args_sha256` binds it to the exact arguments. `propensity` is the
#: chance with which a random audit drew its action, and null where risk or a rule opened the ticket.
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
    "propensity": pl.Float64(),
    "opened_at": TIME,
    "due_at": TIME,
    "closed_at": TIME,
}

#: The public `decisions` table. `reason_code` and its `disposition` (see `records.reason_code`) are null
#: where the reviewer named none.
DECISIONS: Final[dict[str, pl.DataType]] = {
    "decision_id": pl.String(),
    "ticket_id": pl.String(),
    "verdict": pl.String(),
    "reviewer": pl.String(),
    "person": pl.String(),
    "reason_code": pl.String(),
    "disposition": pl.String(),
    "reason": pl.String(),
    "channel": pl.String(),
    "args_sha256": pl.String(),
    "decided_at": TIME,
}

#: The public `labels` table: what verdicts teach, one row per action and reviewer. `label` is `harmful` or
#: `harmless`; `weight` is how many verdicts it counts when weights are learned, after nobody's share is too
#: large; `source` is `ticket` or `random_audit`, `propensity` the chance with which the action was drawn.
LABELS: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "ticket_id": pl.String(),
    "label": pl.String(),
    "weight": pl.Float64(),
    "reviewer": pl.String(),
    "agent_id": pl.String(),
    "reason_code": pl.String(),
    "decided_at": TIME,
    "source": pl.String(),
    "propensity": pl.Float64(),
}

#: The public `reliability` table: how well the probability of harm agreed with verdicts, each time that it
#: was learned; one row per revision of the labels. Figures of the learned and of the shipped calibration on
#: verdicts that neither saw: `ece` (expected calibration error, 0 to 1) and `skill` (share of log-loss saved
#: against always saying the mean), null where the verdicts are too few or all the same. `diagram` is JSON
#: text: [{"said", "found", "weight"}] of up to ten groups of equal weight. `tickets` is how many from risk or
#: rules were judged, `precision` the share of them that was harmful, `least_precision` what it is at least,
#: with the confidence of the settings, however often one looks.
RELIABILITY: Final[dict[str, pl.DataType]] = {
    "learned_from": pl.String(),
    "until": TIME,
    "labels": pl.Int64(),
    "harmful": pl.Int64(),
    "reviewers": pl.Int64(),
    "agents": pl.Int64(),
    "weight": pl.Float64(),
    "method": pl.String(),
    "ece": pl.Float64(),
    "skill": pl.Float64(),
    "shipped_ece": pl.Float64(),
    "shipped_skill": pl.Float64(),
    "diagram": pl.String(),
    "tickets": pl.Int64(),
    "precision": pl.Float64(),
    "least_precision": pl.Float64(),
    "note": pl.String(),
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
