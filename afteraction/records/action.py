"""One agent action: a tool call with its arguments, its result and where the log said so."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import polars as pl

from afteraction.records.place import Place

Status = Literal["ok", "error", "denied", "pending"]
TIME: Final = pl.Datetime("us", "UTC")


class Action(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a reader yields for one tool call.

    `call` is the source's own call id, or its position where the source has none; it must be
    unique within (tenant, source_system, session_id). `args` and `result` are JSON or plain text,
    verbatim values; `None` means that the log does not hold them (not that they were empty).
    `position` orders what happened in the session as the source tells it; `result_position` is
    when the result came back (`None`: it never did). `event_time` is microseconds since the Unix
    epoch in UTC, `None` where the source carries no time. `approval` is what the log itself says
    a person or gate decided. `unscorable` says why no score can be given (arguments missing or
    truncated); such an action is reported and never counted as clean. `hook_verdict` is JSON of what our
    own hook said before the call ran: decision, path, points, bundle_revision, and rollout where one was.
    """

    tenant: str
    source_system: str
    session_id: str
    call: str
    tool: str
    position: int
    place: Place
    args: str | None
    result: str | None = None
    result_position: int | None = None
    status: Status = "pending"
    event_time: int | None = None
    result_time: int | None = None
    agent_id: str | None = None
    on_behalf_of: str | None = None
    model: str | None = None
    approval: Literal["approved", "denied"] | None = None
    unscorable: str | None = None
    hook_verdict: str | None = None


#: The raw frame that lineage, detectors and scoring work on (one row per action; never published).
#: `args_sha256` is over the verbatim argument text, `call_digest` over tool, arguments and identities.
#: `seq` counts an agent's tool calls from 0 in each session; `position` is dense within a session.
ACTIONS_RAW: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "tenant": pl.String(),
    "source_system": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "seq": pl.Int64(),
    "position": pl.Int64(),
    "result_position": pl.Int64(),
    "event_time": TIME,
    "event_date": pl.String(),
    "ingested_at": TIME,
    "agent_id": pl.String(),
    "on_behalf_of": pl.String(),
    "model": pl.String(),
    "tool": pl.String(),
    "args": pl.String(),
    "result": pl.String(),
    "status": pl.String(),
    "approval": pl.String(),
    "unscorable": pl.String(),
    "hook_verdict": pl.String(),
    "source_ref": pl.String(),
    "source_offset": pl.Int64(),
    "source_digest": pl.String(),
    "args_sha256": pl.String(),
    "call_digest": pl.String(),
    "result_digest": pl.String(),
}

#: What lineage adds about where an action points (see `afteraction.lineage.destinations`), and how sensitive
#: what it returns is by where it comes from, whatever stands in it (see `afteraction.lineage.sources`).
#: `destination_familiar`: nobody classed it, but many harmless sessions of the tenant reached it before.
ACTIONS_TARGETED: Final[dict[str, pl.DataType]] = {
    "operation": pl.String(),
    "target": pl.String(),
    "destination": pl.String(),
    "destination_class": pl.String(),
    "source_sensitivity": pl.String(),
    "destination_familiar": pl.Boolean(),
}

#: The public `actions` table. `args` and `result` are masked here.
ACTIONS: Final[dict[str, pl.DataType]] = {
    **ACTIONS_RAW,
    **ACTIONS_TARGETED,
    "sensitivity": pl.String(),
    "approval_state": pl.String(),
}

#: Partition of actions whose source carries no time.
UNDATED: Final = "undated"
