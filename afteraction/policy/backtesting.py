"""Backtest: what a candidate and the live bundle make of recorded actions and of seeded attacks.

Tickets come from whole rows of features, as the audit saw them; live decisions from raw arguments through the
hook's own code, which sees less. What could not be counted is counted as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from afteraction_hook.bundle import Bundle
from afteraction_hook.decide import Call, decide
from afteraction_hook.strictjson import JsonError, parse

UNDATED: Final = "undated"
_SEEDS: Final = Path(__file__).with_name("seeded_attacks.json")
#: Stands in the arguments of a seeded attack where a key stands: nothing that looks like one is in a file.
_KEY: Final = "⟦KEY⟧"
_c = pl.col


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attack that we made up: the call, and the features that the audit saw of it (`leak`, … included)."""

    id: str
    what: str
    tool: str
    args: dict[str, Any]
    row: dict[str, Any]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one bundle would have done.

    `tickets` counts sessions per day with an action that reaches the ticket threshold of its agent, or rests
    on deterministic evidence; `tickets_per_day` is their mean over the days with actions, as if undated ones
    had happened on these. `decisions` counts
    what the hook would have said live. `incidents_kept` are confirmed incidents with an action that still
    opens a ticket, `lost` names those (tickets) without. Of the seeded attacks `seeds_ticketed` open a ticket
    and `seeds_stopped` are not allowed by the hook.
    """

    revision: str
    tickets: int
    tickets_per_day: float
    decisions: dict[str, int]
    incidents_kept: int
    lost: tuple[str, ...]
    seeds_ticketed: int
    seeds_stopped: int


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison, with its denominator: `actions` = `scored` + `unscorable` + `featureless`.

    `actions` are the newest of `recorded` by event time, from `first` to `last` on `days` days; `undated` of
    them stand in no day. `featureless` have no recorded features. `replayed` went through the hook's own
    code, `unreadable` would be refused by it, `unopened` of the `sampled` have no arguments at hand.
    `changed` counts decisions by `old>new`. `incidents` is the number of confirmed ones that can be held
    against both bundles, `absent_incidents` that of those whose features are gone. `seeds` is the number of
    seeded attacks.
    """

    recorded: int
    actions: int
    first: str | None
    last: str | None
    days: int
    undated: int
    scored: int
    unscorable: int
    featureless: int
    sampled: int
    replayed: int
    unreadable: int
    unopened: int
    incidents: int
    absent_incidents: int
    seeds: int
    candidate: Side
    live: Side
    changed: dict[str, int]


class Replay(msgspec.Struct, frozen=True):
    """What hooks would have said: decisions of candidate and live, and how many rows said nothing."""

    candidate: dict[str, int]
    live: dict[str, int]
    changed: dict[str, int]
    replayed: int
    unreadable: int


@lru_cache(maxsize=1)
def seeds() -> tuple[Seed, ...]:
    """The seeded attacks that ship with the project."""
    key = "AKIA" + "S3EDQ7ZD" * 2
    text = _SEEDS.read_text(encoding="utf-8").replace(_KEY, key)
    return msgspec.json.decode(text, type=tuple[Seed, ...])


def judges_alike(candidate: Bundle, live: Bundle) -> bool:
    """Whether no action can be judged otherwise by the two: they differ at most in what they promise."""
    return _judging(candidate) == _judging(live)


def replay(candidate: Bundle, live: Bundle, actions: Iterable[Mapping[str, Any]]) -> Replay:
    """Recorded calls (`tool`, `args`, `tenant`, `agent_id`) through the hook's own code, by both bundles."""
    said: Counter[tuple[str, str]] = Counter()
    unreadable = 0
    for row in actions:
        try:
            call = Call(str(row["tool"] or ""), _arguments(row["args"]), "", row["agent_id"])
            new, old = (decide(call, bundle, row["tenant"]).decision for bundle in (candidate, live))
        except (JsonError, TypeError, ValueError):
            unreadable += 1
        else:
            said[new, old] += 1
    return Replay(
        candidate=_counted(said, 0),
        live=_counted(said, 1),
        changed={f"{old}>{new}": n for (new, old), n in sorted(said.items()) if new != old},
        replayed=said.total(),
        unreadable=unreadable,
    )


def side(
    bundle: Bundle, rows: pl.DataFrame, incidents: pl.DataFrame, decisions: Mapping[str, int], days: int
) -> Side:
    """The figures of one bundle.

    `rows` (`session_key`, `event_date`, `ticketed`) are the actions of the window, `incidents` (`ticket_id`,
    `ticketed`) those of confirmed harm; `ticketed` is what this bundle says of each.
    """
    sessions = rows.filter("ticketed").select("session_key", "event_date").unique()
    kept = incidents.group_by("ticket_id").agg(_c("ticketed").any()).sort("ticket_id")
    ticketed, stopped = _seeded(bundle)
    return Side(
        revision=bundle.revision,
        tickets=sessions.height,
        tickets_per_day=round(sessions.height / max(days, 1), 3),
        decisions=dict(decisions),
        incidents_kept=int(kept["ticketed"].sum()),
        lost=tuple(kept.filter(~_c("ticketed"))["ticket_id"]),
        seeds_ticketed=ticketed,
        seeds_stopped=stopped,
    )


def _seeded(bundle: Bundle) -> tuple[int, int]:
    """How many seeded attacks open a ticket, and how many the hook would not allow."""
    ticketed = stopped = 0
    for seed in seeds():
        ticketed += bool(seed.row.get("decisive")) or bundle.scorecard.points(seed.row) >= bundle.ticket
        stopped += decide(Call(seed.tool, seed.args, ""), bundle).decision != "allow"
    return ticketed, stopped


def _judging(bundle: Bundle) -> dict[str, Any]:
    """The parts of a bundle's document that decide."""
    thresholds = bundle.document["thresholds"]
    cells = [
        {key: value for key, value in one.items() if key != "certificate"}
        for one in thresholds["ticket"].get("cells") or ()
    ]
    points = {name: one and one["points"] for name, one in thresholds.items()}
    kept = {name: bundle.document[name] for name in ("scorecard", "rules", "lists")}
    return {**kept, "points": points, "cells": cells}


def _counted(said: Counter[tuple[str, str]], place: int) -> dict[str, int]:
    return {
        decision: sum(count for pair, count in said.items() if pair[place] == decision)
        for decision in ("allow", "ask", "deny")
    }


def _arguments(text: str | None) -> Any:
    """Arguments as logged: JSON, or plain text that is its own only value."""
    if text is None or text[:1] not in ("{", "["):
        return text
    return parse(text.encode("utf-8", "surrogatepass"))


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some names for a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
