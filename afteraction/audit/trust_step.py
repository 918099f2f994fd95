"""Trust over time: what verdicts earn agents and tools, and what of that hooks may use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from afteraction.approvals.directory import Directory, believed
from afteraction.audit.scored_rows import looked_up
from afteraction.lake import Lake, read_small, write_small
from afteraction.records.settings import Settings
from afteraction.records.trust import TRUST
from afteraction.scoring.labels import harms
from afteraction.scoring.labels import standing as labels_that_stand
from afteraction.scoring.trust import standing

_TABLE: Final = "trust"
_ACTIONS: Final = "trust-actions"
_KNOWN: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "tenant": pl.String(),
    "tool": pl.String(),
}
#: Longer names have no level of their own.
_LONGEST: Final = 400
_NONE: Final[dict[str, Any]] = {}
_KINDS: Final = {"agent": "agents", "tool": "tools"}
_c = pl.col


def learn(
    home: Path, lake: Lake, tickets: pl.DataFrame, settings: Settings, now: datetime
) -> tuple[str, ...]:
    """Bring the public table `trust` up to date; returns a sentence for every level that changed.

    `tickets` is `Casebook.ticket_actions()`; what people said who may not decide any more earns nothing,
    while harm that they confirmed stays.
    """
    clean = labels_that_stand(tickets, believed(Directory.of(settings))).filter(_c("label") == "harmless")
    labels = pl.concat([clean, harms(tickets)])
    before = table(home)
    if labels.is_empty() and before.is_empty():
        return ()
    named = labels.join(_named(home, lake, labels), on="action_id", how="inner", maintain_order="left")
    found = standing(named.sort("action_id", "person"), settings.delta)
    keys = ["tenant", "kind", "name"]
    joined = found.join(
        before.select(*keys, "since", was="level"), on=keys, how="left", maintain_order="left"
    )
    told = joined.with_columns(
        since=pl.when(_c("level") == _c("was")).then("since").otherwise(pl.lit(now)), because=_because()
    )
    write_small(home, _TABLE, told.select(_c(name).cast(kind) for name, kind in TRUST.items()))
    moved = told.filter(_c("level") != _c("was").fill_null(0))
    return tuple(
        f"trust of {kind} {name[:80]} ({tenant[:80]}) is {level} now, {was or 0} before: {because}"
        for tenant, kind, name, level, was, because in moved.select(
            *keys, "level", "was", "because"
        ).iter_rows()
    )


def table(home: Path) -> pl.DataFrame:
    """The public table `trust`, empty before anybody was judged."""
    found = read_small(home, _TABLE)
    return pl.DataFrame(schema=TRUST) if found is None else found


def for_hooks(home: Path, settings: Settings) -> dict[str, Any]:
    """The part `trust` of a bundle's lists, as far as its owner signed it off; empty where nobody did."""
    allowed = settings.trust
    known = table(home).filter((_c("level") > 0) & (_c("name").str.len_chars() <= _LONGEST))
    known = known.filter(_c("tenant").str.len_chars() <= _LONGEST).sort("tenant", "kind", "name")
    if not allowed.most_points or known.is_empty():
        return {}
    tenants: dict[str, dict[str, dict[str, int]]] = {}
    for tenant, kind, name, level in known.select("tenant", "kind", "name", "level").iter_rows():
        parts = tenants.setdefault(tenant, {part: {} for part in _KINDS.values()})
        parts[_KINDS[kind]][name] = level
    points = [0, allowed.most_points // 2, allowed.most_points]
    return {"trust": {"points": points, "never": sorted(allowed.never), "tenants": tenants}}


def held_down(live: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a bundle's trust (`lists`) at once: nowhere more than what `for_hooks` says now."""
    old, new = live.get("trust"), now.get("trust")
    if not old or not new:
        return {}
    tenants = {
        tenant: {
            part: {
                name: least
                for name, level in names.items()
                if (least := min(level, _level(new, tenant, part, name)))
            }
            for part, names in parts.items()
        }
        for tenant, parts in old["tenants"].items()
    }
    points = [min(pair) for pair in zip(old["points"], new["points"], strict=True)]
    never = sorted({*old["never"], *new["never"]})
    return {"trust": {"points": points, "never": never, "tenants": tenants}}


def too_much(trial: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the lists of a bundle in rollout trust anything more than `for_hooks` says now."""
    return bool(held_down(trial, now).get("trust", _NONE) != trial.get("trust", _NONE))


def _level(trust: Mapping[str, Any], tenant: str, part: str, name: str) -> int:
    return int(trust["tenants"].get(tenant, {}).get(part, {}).get(name, 0))


def _named(home: Path, lake: Lake, labels: pl.DataFrame) -> pl.DataFrame:
    """`action_id`, `tenant`, `tool` of the judged actions: new ones looked up once, newest days first."""
    wanted = labels.select("action_id").unique().sort("action_id")
    before = read_small(home, _ACTIONS)
    kept = pl.DataFrame(schema=_KNOWN) if before is None else before
    kept = kept.join(wanted, on="action_id", how="semi", maintain_order="left")
    fresh = wanted.join(kept, on="action_id", how="anti")
    if fresh.height:
        days = looked_up(lake, fresh)["event_date"].unique().to_list()
        acted = lake.read("actions", columns=tuple(_KNOWN), dates=days)
        kept = pl.concat([kept, acted.join(fresh, on="action_id", how="semi").select(*_KNOWN)])
        kept = kept.unique("action_id").sort("action_id")
        write_small(home, _ACTIONS, kept)
    return kept


def _because() -> pl.Expr:
    """Why a level is what it is, in words."""
    clean = pl.format(
        "{} clean verdicts count, so that at most {}% of its judged actions are harmful",
        _c("reviewed").round(1),
        (100 * _c("harm_rate_at_most")).round(1),
    )
    harm = pl.format("harm was confirmed on {}; ", _c("harmed_at").dt.strftime("%Y-%m-%d"))
    return pl.concat_str(harm.fill_null(""), clean)
