"""A chain: what one session wrote somewhere and another one read there; and the touches it is made of."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.action import TIME

#: One row per action that wrote to or read from a place (internal; never published). All fingerprints are
#: keyed per tenant: without the key nobody can make or compare them. `place_fp` names the place, `made_fp`
#: the place that the answer to a write named (a new id), `named` whether the place has a name of its own or
#: is a collection. `marks` are fingerprints of runs of words, `values` those of single telling values,
#: `secrets` those of recognised secrets and, of a write, of what flowed into it. Of a write, `origins` are
#: the actions that its content came from, `origin_fps` the places they read, `sensitivity` what it carries.
TOUCHES: Final[dict[str, pl.DataType]] = {
    "tenant": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "action_id": pl.String(),
    "touched_at": TIME,
    "agent_id": pl.String(),
    "way": pl.String(),
    "place": pl.String(),
    "place_fp": pl.Int64(),
    "made_fp": pl.Int64(),
    "named": pl.Boolean(),
    "marks": pl.List(pl.Int64()),
    "values": pl.List(pl.Int64()),
    "secrets": pl.List(pl.Int64()),
    "sensitivity": pl.String(),
    "origins": pl.List(pl.String()),
    "origin_fps": pl.List(pl.Int64()),
    "origin_place": pl.String(),
    "destination": pl.String(),
    "destination_class": pl.String(),
}

#: The columns of fingerprints, from runs of words to recognised secrets.
FINGERPRINTS: Final = ("marks", "values", "secrets")

#: What a session inherits: what another session wrote where this one read it, and took it onwards.
INHERITED: Final[dict[str, pl.DataType]] = {
    "session_key": pl.String(),
    "read_action_id": pl.String(),
    "written_action_id": pl.String(),
    "sensitivity": pl.String(),
    **{name: pl.List(pl.Int64()) for name in FINGERPRINTS},
}

#: The public `chains` table: one row per (read, writer's session). `session_key`, `agent_id`,
#: `read_action_id` and `read_at` are of the reader, `writer_…` and `written_…` of the writer;
#: `origin_action_id` and `origin_place` say where the writer had it from, `sent_action_id`, `destination` and
#: `destination_class` where the reader took it to (null where it did not). `how` is `same place` or
#: `same content`, `>` and what was recognised there: `secret`, `value` or `words`. `strength` is 0 to 1,
#: `shared` how many fingerprints agree, `sensitivity` that of what was written. `event_date` is the reader's.
CHAINS: Final[dict[str, pl.DataType]] = {
    "chain_id": pl.String(),
    "tenant": pl.String(),
    "event_date": pl.String(),
    "sensitivity": pl.String(),
    "origin_action_id": pl.String(),
    "origin_place": pl.String(),
    "writer_session_key": pl.String(),
    "writer_agent_id": pl.String(),
    "written_action_id": pl.String(),
    "written_at": TIME,
    "place": pl.String(),
    "session_key": pl.String(),
    "agent_id": pl.String(),
    "read_action_id": pl.String(),
    "read_at": TIME,
    "sent_action_id": pl.String(),
    "destination": pl.String(),
    "destination_class": pl.String(),
    "how": pl.String(),
    "strength": pl.Float64(),
    "shared": pl.Int64(),
}
