"""Thresholds of one agent, team or tenant: from how many points a ticket opens, by who acts."""

from __future__ import annotations

from afteraction_hook.rules import glob
from afteraction_hook.shape import ShapeError, integer, items, members, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Team = tuple[tuple[str, ...], "int | None"]

MAX_CELLS = 100_000
#: Ids that are longer have no cell of their own.
MAX_ID = 400
_KNOWN = 4096


class Cells:
    """The cells of `thresholds.ticket`; the finest one that holds an action decides.

    Each cell names a `tenant` and either an `agent` (its exact id), a `team` with its `agents` (globs; the
    first team of the list that names an agent is its team), or neither: then it is the tenant's own. Points
    of null say that a team has no threshold of its own and falls back to its tenant.
    """

    __slots__ = ("_known", "agents", "teams", "tenants")

    def __init__(self, document: object = None, where: str = "cells") -> None:
        self.agents: dict[tuple[str, str], int] = {}
        self.teams: dict[str, list[Team]] = {}
        self.tenants: dict[str, int] = {}
        self._known: dict[tuple[str | None, str | None], int | None] = {}
        found = [] if document is None else items(document, where)
        if len(found) > MAX_CELLS:
            raise ShapeError(f"{where}: found {len(found)} cells, expected at most {MAX_CELLS}")
        for index, item in enumerate(found):
            self._add(item, f"{where}[{index}]")

    def __bool__(self) -> bool:
        return bool(self.agents or self.teams or self.tenants)

    def points(self, tenant: str | None, agent: str | None) -> int | None:
        """The points of the finest cell that holds `agent` of `tenant`; None where none does."""
        who = (tenant, agent)
        if who not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[who] = self._look_up(tenant, agent)
        return self._known[who]

    def _look_up(self, tenant: str | None, agent: str | None) -> int | None:
        if tenant is None:
            return None
        own = self.tenants.get(tenant)
        if agent is None:
            return own
        if (tenant, agent) in self.agents:
            return self.agents[tenant, agent]
        for names, points in self.teams.get(tenant, ()):
            if any(glob(name, agent) for name in names):
                return own if points is None else points
        return own

    def _add(self, item: object, where: str) -> None:
        fields = members(item, where, {"tenant", "points"}, {"agent", "team", "agents", "certificate"})
        tenant = text(fields["tenant"], f"{where}.tenant", MAX_ID)
        if "team" in fields:
            self._add_team(fields, tenant, where)
            return
        points = integer(fields["points"], f"{where}.points", -(10**9), 10**9)
        known: dict[Any, int] = self.agents if "agent" in fields else self.tenants
        key: Any = (tenant, text(fields["agent"], f"{where}.agent", MAX_ID)) if "agent" in fields else tenant
        if "agents" in fields or key in known:
            raise ShapeError(f"{where}: expected one cell for each agent, team and tenant")
        known[key] = points

    def _add_team(self, fields: dict[str, Any], tenant: str, where: str) -> None:
        text(fields["team"], f"{where}.team", MAX_ID)
        if "agent" in fields:
            raise ShapeError(f"{where}: found agent and team, expected one of them")
        names = items(fields.get("agents"), f"{where}.agents")
        globs = tuple([text(name, f"{where}.agents", MAX_ID) for name in names])
        points = fields["points"]
        if points is not None:
            points = integer(points, f"{where}.points", -(10**9), 10**9)
        self.teams.setdefault(tenant, []).append((globs, points))
