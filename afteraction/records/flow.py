"""A flow: one value followed from where it was read to where it was sent."""

from __future__ import annotations

from typing import Final

import polars as pl

#: Where an argument value came from, nearest to the person first.
ORIGINS: Final = ("user", "system", "result", "assistant", "own")

#: The public `flows` table: one row per (origin, argument) link of an action.
#: `how` names the change that was followed (`exact`, `case`, `base64`, `base32`, `hex`, `url`, `json`,
#: `gzip`, `space`, `slice`, `chunk`, `reverse`, `shift`, …; joined with `>` when nested); `strength` (0 to 1)
#: is the share of the argument value that the origin explains. `chars` is the length of the linked text. No
#: raw value is kept: `value_fp` is a keyed fingerprint.
FLOWS: Final[dict[str, pl.DataType]] = {
    "flow_id": pl.String(),
    "tenant": pl.String(),
    "session_id": pl.String(),
    "session_key": pl.String(),
    "event_date": pl.String(),
    "action_id": pl.String(),
    "seq": pl.Int64(),
    "arg_path": pl.String(),
    "origin": pl.String(),
    "origin_action_id": pl.String(),
    "origin_position": pl.Int64(),
    "how": pl.String(),
    "strength": pl.Float64(),
    "chars": pl.Int64(),
    "value_fp": pl.String(),
    "sensitivity": pl.String(),
    "destination": pl.String(),
    "destination_class": pl.String(),
}

#: One row per leaf argument value of an action (in memory only, between lineage and scoring).
#: `role`: `destination` (who or where it goes to), `locator` (path, id, query: what it is about),
#: `content` (the payload), `setting` (flags, small numbers). `origin` is the best-trusted origin that
#: explains the value; `coverage` 0 to 1 how much of it. `user_share` and `result_share` are the shares
#: of the value's tokens that the person's words and earlier results explain; `told_share` the share that
#: stands in instruction-like sentences of earlier results and not in the person's words; `encoded` says
#: that a base64, hex or packed text was found in the value; `origin_position` is where the origin was read.
#: Paths that begin with `#` are no arguments: `#destination` is the place parsed out of a URL or command;
#: `#tool` (role `setting`) the words of the tool's name, compared by their stems; `#operation` (role
#: `setting`) the verbs of its kind of operation.
ARGUMENTS: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "session_key": pl.String(),
    "arg_path": pl.String(),
    "role": pl.String(),
    "value": pl.String(),
    "origin": pl.String(),
    "origin_action_id": pl.String(),
    "coverage": pl.Float64(),
    "user_share": pl.Float64(),
    "result_share": pl.Float64(),
    "told_share": pl.Float64(),
    "encoded": pl.Boolean(),
    "origin_position": pl.Int64(),
}
