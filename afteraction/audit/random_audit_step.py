"""Random audits of an audit run: which actions without a ticket a person looks at all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.candidates import FACTS
from afteraction.lake import Lake, Vault
from afteraction.lake.tables import scan
from afteraction.records.risk import ACTION_RISK
from afteraction.scoring.random_audit import drawn

CAUSE: Final = "random_audit"
_c = pl.col


def random_audits(
    home: Path, lake: Lake, files: Sequence[str], risky: pl.DataFrame, share: float
) -> pl.DataFrame:
    """Rows for `approvals.open_retroactive`, one concern per drawn action, with their `propensity`.

    `files` of `action_risk` are those that this run looks at, `risky` the candidates among them that get a
    ticket anyway; `share` is how many audits there shall be per ticket. What cannot be scored is not drawn.
    """
    if share <= 0 or not files:
        return risky.clear().with_columns(propensity=pl.lit(None, pl.Float64))
    scored = scan("action_risk", files).filter(_c("risk").is_not_null())
    pool = (
        scored.select("action_id", "session_key", "tenant", "event_date")
        .collect()
        .unique("action_id", maintain_order=True)
    )
    pool = pool.join(risky, on="action_id", how="anti", maintain_order="left")
    held = lake.rows_per_partition("action_risk")
    known = pl.DataFrame({"event_date": list(held), "held": list(held.values())})
    opened = risky.group_by("event_date").agg(tickets=pl.struct("session_key", "cause").n_unique())
    dates = known.join(opened, on="event_date", how="left")
    chosen = drawn(pool, dates, share, Vault(home / "keys").fingerprint_key)
    return _candidates(lake, files, chosen.select("action_id", "propensity"))


def _candidates(lake: Lake, files: Sequence[str], chosen: pl.DataFrame) -> pl.DataFrame:
    wanted = _c("action_id").is_in(chosen["action_id"].implode())
    rows = scan("action_risk", files).filter(wanted).select(*ACTION_RISK).collect()
    rows = rows.unique("action_id", keep="last", maintain_order=True)
    acted = lake.read("actions", columns=FACTS, dates=rows["event_date"].unique().to_list())
    rows = rows.join(acted, on="action_id", how="left").join(chosen, on="action_id", how="left")
    return rows.with_columns(
        target=pl.coalesce("target", "destination"),
        cause=pl.format("{}:{}", pl.lit(CAUSE), "action_id"),
        title=pl.format(
            "Random audit, drawn by lot: {}", _c("tool").fill_null("unknown tool").str.slice(0, 80)
        ),
    )
