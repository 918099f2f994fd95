"""Recorded actions with their raw arguments and points, batch by batch, for a replay through the hook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.backlog import batches, waiting
from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES
from afteraction.lake import Lake, Vault
from afteraction.lake.originals import open_parts

_SHOWN: Final = ("action_id", "session_key", "tool", "args", "unscorable")


def recorded(home: Path) -> Iterator[pl.DataFrame]:
    """Frames of analysed actions: `_SHOWN`, `event_date` and `points`; raw, so keep them in memory only."""
    lake, vault = Lake(home), Vault(home / "keys")
    risk = lake.read("action_risk", columns=("action_id", "event_date", "points"))
    for parts in batches(lake, waiting(home, lake, again=True)):
        actions, _ = open_parts(parts, vault, STORED_ACTIONS, STORED_MESSAGES)
        rows = actions.unique("action_id", keep="last", maintain_order=True).select(*_SHOWN)
        yield rows.join(risk, on="action_id", how="inner", maintain_order="left")
