"""Recorded calls with their raw arguments, for a replay through the hook; they stay in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES
from afteraction.lake import Lake, Vault
from afteraction.lake.originals import open_parts
from afteraction.lake.tables import ORIGINALS, scan

_SHOWN: Final = ("action_id", "tenant", "agent_id", "tool", "args", "unscorable")
#: Parts that are opened at a time: a session of enormous parts fills no memory.
_AT_ONCE: Final = 200
_c = pl.col


def newest_calls(home: Path, lake: Lake, wanted: pl.DataFrame) -> pl.DataFrame:
    """`_SHOWN` of the scorable actions among `wanted` (`action_id`, `session_key`, `event_date`, `scorable`).

    Only the sealed parts of those days are opened: an action of a session that began earlier is not found.
    """
    ids = wanted.filter("scorable").select("action_id")
    days = wanted["event_date"].unique().to_list()
    files = lake.files("originals", days)
    if not files or ids.is_empty():
        return pl.DataFrame(schema={name: STORED_ACTIONS[name] for name in _SHOWN})
    keys = wanted["session_key"].unique()
    parts = (
        scan("originals", files).filter(_c("session_key").is_in(keys.implode())).select(*ORIGINALS).collect()
    )
    vault, found = Vault(home / "keys"), list[pl.DataFrame]()
    for some in parts.sort("ingested_at", "part_id").iter_slices(_AT_ONCE):
        actions, _ = open_parts(some, vault, STORED_ACTIONS, STORED_MESSAGES)
        found.append(actions.select(*_SHOWN).join(ids, on="action_id", how="semi"))
    return pl.concat(found).unique("action_id", keep="last", maintain_order=True)


def original(
    home: Path, lake: Lake, session_key: str, action_id: str
) -> tuple[str | None, str | None] | None:
    """Raw arguments and result of one action; None where the lake does not hold it.

    The caller sees to it that somebody with the right asked, and that it is on record.
    """
    files = lake.files("originals")
    if not files:
        return None
    parts = scan("originals", files).filter(_c("session_key") == session_key).select(*ORIGINALS).collect()
    vault, found = Vault(home / "keys"), None
    for some in parts.sort("ingested_at", "part_id").iter_slices(1):
        actions, _ = open_parts(some, vault, STORED_ACTIONS, STORED_MESSAGES)
        for args, result in actions.filter(_c("action_id") == action_id).select("args", "result").iter_rows():
            found = (args, result if result is not None or found is None else found[1])
    return found
