"""The lists that travel in a bundle: the hook reads a call with the same words as lineage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.lake import read_small
from afteraction.lineage import commands, verbs
from afteraction.lineage.public_sites import PUBLIC_SITES
from afteraction.records.settings import Destinations
from detectors.behaviour import _names as names
from detectors.behaviour import _rarity as rarity_of
from detectors.effects import Deed, deeds

#: The lists that history teaches.
LEARNED: Final = ("baseline", "destinations", "tools")
#: The most names in all that a bundle carries of each kind, of one level, and how long they are.
_MOST: Final = 4_000
_PLACES: Final = 1_000
_LONGEST: Final = 200
_c = pl.col


def hook_lists(destinations: Destinations, learned: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The `lists` of a bundle: the owner's domains, public drop sites, words and deeds, and `learned`."""
    known = msgspec.structs.asdict(destinations)
    lexicon = {
        "plain": dict(verbs.PLAIN),
        "nounlike": dict(verbs.NOUNLIKE),
        "money": sorted(verbs.MONEY),
        "rights": sorted(verbs.RIGHTS),
        "credentials": sorted(verbs.CREDENTIALS),
        "asked": sorted(verbs.ASKED),
        "programs": dict(commands.PROGRAMS),
    }
    named = {name: sorted(map(_bare, domains)) for name, domains in known.items() if domains}
    fixed = {"paste": sorted(PUBLIC_SITES), "lexicon": lexicon, "effects": [_deed(one) for one in deeds()]}
    return {**named, **fixed, **(learned or {})}


def _deed(one: Deed) -> dict[str, Any]:
    """One row of the hook's table (`afteraction_hook.effects`)."""
    more = {"tool": one.tool, "harmless": one.harmless, "grave": one.grave}
    found = {"pattern": one.pattern, "hints": list(one.hints), "severity": one.severity}
    return {**found, **{name: value for name, value in more.items() if value}}


def learned_in(lists: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a bundle's lists that history taught."""
    return {name: lists[name] for name in LEARNED if name in lists}


def learned(home: Path) -> dict[str, Any]:
    """What history knows that hooks may know: `baseline`, familiar `destinations`, known `tools`.

    Places are hosts and mail domains; nothing that names a person leaves the lake. What does not fit is left
    out, agents with the shortest past first: the hook then judges them by their tenant's.
    """
    found: dict[str, Any] = {}
    rarity = _known(home, "destination_rarity", "destination")
    if rarity is not None:
        found["baseline"] = _baseline(rarity)
    tools = _known(home, "tool_rarity", "tool")
    if tools is not None:
        found["tools"] = _names(tools.filter((_c("level") == "tenant") & (_c("sessions") > 0))["name"])
    familiar = read_small(home, "history-familiar")
    if familiar is not None and familiar.height:
        found["destinations"] = _names(familiar.select(names.place(_c("name"))).to_series())
    return {name: lists for name, lists in found.items() if lists}


def _known(home: Path, detector: str, kind: str) -> pl.DataFrame | None:
    """A detector's rarity of one kind; `None` while nothing has seen enough to judge by."""
    table = read_small(home, f"baselines/{detector}")
    if table is None:
        return None
    own = table.filter(_c("kind") == kind)
    enough = own.filter(_c("name").is_null() & (_c("sessions") >= rarity_of.ENOUGH))
    return None if enough.is_empty() else own


def _names(found: pl.Series) -> list[str]:
    short = found.drop_nulls().filter(found.drop_nulls().str.len_chars() <= _LONGEST)
    return short.unique().sort().head(_MOST).to_list()


def _baseline(rarity: pl.DataFrame) -> dict[str, Any]:
    """The levels of `_rarity.fit` as the hook reads them (`afteraction_hook.baseline`)."""
    levels = {level: rarity.filter(_c("level") == level) for level in ("all", "tenant", "agent")}
    whole = _level(levels["all"])
    tenants = {tenant: _level(rows) for (tenant,), rows in levels["tenant"].group_by("tenant")}
    left = _MOST - sum(len(one["destinations"]) for one in (whole, *tenants.values()))
    agents = [
        (tenant, agent or "", _level(rows))
        for (tenant, agent), rows in levels["agent"].group_by("tenant", "agent_id")
    ]
    for tenant, agent, level in sorted(agents, key=lambda one: (-one[2]["sessions"], one[:2])):
        left -= 1 + len(level["destinations"])
        if left >= 0 and tenant in tenants:
            tenants[tenant].setdefault("agents", {})[agent] = level
    return {
        "sessions": whole["sessions"],
        "destinations": whole["destinations"],
        "prior": rarity_of.PRIOR,
        "least": rarity_of.ENOUGH,
        "tenants": tenants,
    }


def _level(rows: pl.DataFrame) -> dict[str, Any]:
    total = rows.filter(_c("name").is_null())
    known = rows.filter(_c("name").is_not_null()).sort("sessions", "name", descending=[True, False])
    places = known.head(_PLACES).select("name", "sessions", "within").iter_rows()
    return {
        "sessions": int(total["sessions"].sum()),
        "within": int(total["within"].sum()),
        "destinations": {place: [seen, within] for place, seen, within in places},
    }


def _bare(domain: str) -> str:
    """The domain as lineage looks it up."""
    return domain.lower().strip().lstrip("*.").strip(".")
