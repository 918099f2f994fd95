"""One message of a session that is not a tool call: what the person, the system or the model said."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import polars as pl

from afteraction.records.action import TIME
from afteraction.records.place import Place

Role = Literal["system", "user", "assistant"]


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a reader yields for one message; `position` shares the scale of `Action.position`."""

    tenant: str
    source_system: str
    session_id: str
    position: int
    role: Role
    text: str
    place: Place
    event_time: int | None = None
    agent_id: str | None = None


#: The raw frame of messages (never published).
MESSAGES: Final[dict[str, pl.DataType]] = {
    "tenant": pl.String(),
    "source_system": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "position": pl.Int64(),
    "role": pl.String(),
    "text": pl.String(),
    "event_time": TIME,
    "agent_id": pl.String(),
    "source_ref": pl.String(),
}
