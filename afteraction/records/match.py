"""A match: a verified secret or personal value at a place in an action's text."""

from __future__ import annotations

from typing import Final

import polars as pl

#: One row per verified match (in memory only). `part` is `args`, `result` or `message`; `action_id` is
#: null for messages. `start`/`end` are character offsets of the outermost (as logged) text that holds
#: the value; `encoding` is empty or the decoding path (`base64`, `url>base64`, …). `label` is what the
#: mask shows (`AWS_ACCESS_KEY`), `value_fp` its keyed fingerprint.
MATCHES: Final[dict[str, pl.DataType]] = {
    "session_key": pl.String(),
    "action_id": pl.String(),
    "part": pl.String(),
    "position": pl.Int64(),
    "detector": pl.String(),
    "rule": pl.String(),
    "label": pl.String(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "encoding": pl.String(),
    "sensitivity": pl.String(),
    "value_fp": pl.String(),
}
