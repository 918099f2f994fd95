"""How far agents and tools that proved themselves may go without a question, as their owner signed it off."""

from __future__ import annotations

from afteraction_hook.shape import ShapeError, integer, items, members, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MOST_LEVEL = 2
MAX_ID = 400
MAX_NAMES = 100_000
#: What is as grave as this is asked whatever the trust.
_GRAVE = frozenset(("high", "critical"))
#: What may be anything is asked, too.
_UNCLEAR = frozenset((None, "other"))


class Trust:
    """A checked `lists.trust`: `points` by level, operations that are `never` lifted, levels by tenant."""

    __slots__ = ("_levels", "_never", "_points")

    def __init__(self, document: object) -> None:
        fields = members(document, "lists.trust", {"points", "never", "tenants"})
        points = items(fields["points"], "lists.trust.points")
        self._points = [integer(one, "lists.trust.points", 0, 10**6) for one in points]
        if len(points) != MOST_LEVEL + 1 or points[0] != 0 or points != sorted(points):
            raise ShapeError("lists.trust.points: expected three numbers that rise from 0")
        never = items(fields["never"], "lists.trust.never")
        self._never = frozenset([text(one, "lists.trust.never", 40) for one in never])
        tenants = fields["tenants"]
        if not isinstance(tenants, dict):
            raise ShapeError("lists.trust.tenants: expected an object")
        self._levels: dict[tuple[str, str, str], int] = {}
        for tenant, known in tenants.items():
            parts = members(known, "lists.trust.tenants", {"agents", "tools"})
            for kind, names in parts.items():
                self._add(text(tenant, "lists.trust.tenants", MAX_ID), kind, names)

    def _add(self, tenant: str, kind: str, names: object) -> None:
        if not isinstance(names, dict) or len(names) > MAX_NAMES:
            raise ShapeError(f"lists.trust.tenants.{kind}: expected an object of at most {MAX_NAMES} names")
        for name, level in names.items():
            where = f"lists.trust.tenants.{kind}"
            self._levels[tenant, kind, text(name, where, MAX_ID)] = integer(level, where, 0, MOST_LEVEL)

    def lift(
        self, tenant: str | None, agent: str | None, tool: str, row: Mapping[str, Any]
    ) -> tuple[int, int]:
        """(points above the edge, level) of one call: of agent and tool the less trusted one decides."""
        if tenant is None or agent is None or row.get("operation") in self._never:
            return 0, 0
        if row.get("operation") in _UNCLEAR or row.get("destination_class") == "public":
            return 0, 0
        if not _GRAVE.isdisjoint((row.get("leak"), row.get("effect"))):
            return 0, 0
        level = min(
            self._levels.get((tenant, "agents", agent), 0), self._levels.get((tenant, "tools", tool), 0)
        )
        return self._points[level], level
