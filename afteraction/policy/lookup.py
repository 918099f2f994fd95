"""Under which threshold and team an action falls, for whole columns: by the code that the hook runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl
from afteraction_hook.cells import MAX_ID, Cells
from afteraction_hook.rules import glob

from afteraction.records.settings import Team

__all__ = ["MAX_ID", "team_names", "ticket_points"]
_WHO: Final = ("tenant", "agent_id")


def ticket_points(rows: pl.DataFrame, thresholds: Mapping[str, Mapping[str, Any]]) -> pl.Series:
    """The points at which a ticket opens for each row (`bundle_revision`, `tenant`, `agent_id`).

    `thresholds` is what each revision's bundle holds under that name; null for a revision that is not there.
    """
    known = {
        revision: (one["ticket"]["points"], Cells(one["ticket"].get("cells")))
        for revision, one in thresholds.items()
    }
    if not any(cells for _, cells in known.values()):
        base = {revision: points for revision, (points, _) in known.items()}
        return rows["bundle_revision"].replace_strict(base, default=None, return_dtype=pl.Int64)

    def points(revision: str | None, tenant: str | None, agent: str | None) -> int | None:
        if revision not in known:
            return None
        base, cells = known[revision]
        own = cells.points(tenant, agent) if cells else None
        return base if own is None else own

    return _each(rows, ("bundle_revision", *_WHO), points, pl.Int64())


def team_names(rows: pl.DataFrame, teams: Sequence[Team]) -> pl.Series:
    """The team of each row (`tenant`, `agent_id`): the first that names the agent; null for none."""

    def team(tenant: str | None, agent: str | None) -> str | None:
        if agent is None or tenant is None or max(len(agent), len(tenant)) > MAX_ID:
            return None
        own = (one for one in teams if one.tenant in {None, tenant})
        return next((one.name for one in own if any(glob(name, agent) for name in one.agents)), None)

    if not teams:
        return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return _each(rows, _WHO, team, pl.String())


def _each(rows: pl.DataFrame, names: Sequence[str], look: Callable[..., Any], kind: pl.DataType) -> pl.Series:
    """`look` asked once for each distinct combination of `names`."""
    distinct = rows.select(names).unique(maintain_order=True)
    found = distinct.with_columns(pl.Series("found", [look(*row) for row in distinct.iter_rows()], kind))
    return rows.select(names).join(found, on=names, how="left", nulls_equal=True, maintain_order="left")[
        "found"
    ]
