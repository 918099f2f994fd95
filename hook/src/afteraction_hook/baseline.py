"""What history knows of destinations: sessions by place for each agent, blended with its tenant and all."""

from __future__ import annotations

from math import log2

from afteraction_hook.shape import ShapeError, integer, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MOST = 20.0
_LARGE = 10**12


class Level:
    """Sessions of an agent, a tenant or all: in all, and by place; each with its part in the next level."""

    __slots__ = ("places", "sessions", "within")

    def __init__(self, sessions: int, within: int, places: Mapping[str, tuple[int, int]]) -> None:
        self.sessions = sessions
        self.within = within
        self.places = places

    def share(self, place: str, inner: Level, wider: float, prior: int) -> float:
        """The place's share of the sessions without those of the level `inner`, blended with `wider`."""
        seen = max(0, self.places.get(place, _NONE)[0] - inner.places.get(place, _NONE)[1])
        whole = max(0, self.sessions - inner.within)
        return (seen + prior * wider) / (max(seen, whole) + prior)


_NONE = (0, 0)
_EMPTY = Level(0, 0, {})


class Baseline:
    """`lists.baseline` of a bundle.

    Without `tenants` it holds `sessions` and sessions by place of all, and a place is the whole address. With
    them, places are hosts and mail domains, and a level speaks once it has seen `least` sessions.
    """

    __slots__ = ("agents", "all", "least", "prior", "tenants")

    def __init__(self, document: object) -> None:
        where = "lists.baseline"
        fields = members(document, where, {"sessions", "destinations"}, {"prior", "least", "tenants"})
        self.all = _level({**fields, "within": 0}, where)
        self.prior = integer(fields.get("prior", 1), f"{where}.prior", 1, 1000)
        self.least = integer(fields.get("least", 0), f"{where}.least", 0, _LARGE)
        self.tenants: dict[str, Level] | None = None
        self.agents: dict[tuple[str, str], Level] = {}
        if "tenants" not in fields:
            return
        self.tenants = {}
        for tenant, held in _object(fields["tenants"], f"{where}.tenants").items():
            self.tenants[tenant] = _level(held, f"{where}.tenants")
            for agent, own in _object(held.get("agents", {}), f"{where}.agents").items():
                self.agents[tenant, agent] = _level(own, f"{where}.agents")

    def surprise(self, places: list[tuple[str, str]], tenant: str | None, agent: str | None) -> float | None:
        """Bits of surprise of the rarest (address, host), 0 to 20; None where none, or nothing is known."""
        if not places:
            return None
        if self.tenants is None:
            rarest = min([self.all.places.get(place, _NONE)[0] for place, _ in places])
            return min(MOST, max(0.0, log2((self.all.sessions + 1) / (rarest + 1))))
        of_tenant = self.tenants.get(tenant or "", _EMPTY)
        own = self.agents.get((tenant or "", agent or ""), _EMPTY)
        if max(self.all.sessions, of_tenant.sessions, own.sessions) < self.least:
            return None
        shares = []
        for _, host in places:
            share = self.all.share(host, of_tenant, 1.0, self.prior)
            share = of_tenant.share(host, own, share, self.prior)
            shares.append(own.share(host, _EMPTY, share, self.prior))
        return round(min(MOST, max(0.0, -log2(min(shares)))), 2)


def _level(document: Any, where: str) -> Level:
    fields = _object(document, where)
    places = {}
    for place, count in _object(fields.get("destinations"), f"{where}.destinations").items():
        seen, within = count if isinstance(count, list) and len(count) == 2 else (count, 0)
        places[place] = (
            integer(seen, f"{where}.destinations", 0, _LARGE),
            integer(within, f"{where}.destinations", 0, _LARGE),
        )
    sessions = integer(fields.get("sessions"), f"{where}.sessions", 0, _LARGE)
    return Level(sessions, integer(fields.get("within", 0), f"{where}.within", 0, _LARGE), places)


def _object(document: Any, where: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ShapeError(f"{where}: expected an object")
    return document
