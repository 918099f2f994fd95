"""Backtest: recorded actions through the hook's own code, under the live bundle and under a candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import polars as pl
from afteraction_hook.bundle import Bundle
from afteraction_hook.decide import judge
from afteraction_hook.features import LIVE

#: Columns beside the features that a replay uses where they are there.
CONTEXT: Final = (
    "event_date",
    "session_key",
    "tool",
    "operation",
    "destination_class",
    "unscorable",
    "incident",
)
UNDATED: Final = "undated"


class Side(msgspec.Struct, frozen=True):
    """What one bundle would have done. `per_day` are means over the days on which there were actions.

    `tickets` counts sessions per day with an action that reaches the ticket threshold, from the whole row;
    `decisions` counts what the hook would have said live, from those features alone that it sees live.
    """

    revision: str
    tickets: int
    tickets_per_day: float
    decisions: dict[str, int]
    decisions_per_day: dict[str, float]
    incidents_kept: int


class Backtest(msgspec.Struct, frozen=True):
    """The comparison, with its denominator: `actions` = `replayed` + `unscorable` + `unreadable`.

    `absent` names features of either scorecard that the recorded rows lack; if there are any, every
    replayed row was replayed without them. `changed` counts decisions by `old>new`; `undated` is how many
    replayed actions carry no date and stand in no day. `incidents` is the number of confirmed ones.
    """

    actions: int
    replayed: int
    unscorable: int
    unreadable: int
    undated: int
    days: int
    absent: tuple[str, ...]
    incidents: int
    candidate: Side
    live: Side | None
    changed: dict[str, int]


class _Tally:
    """What one bundle says of the rows, one after the other."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.decisions: Counter[str] = Counter()
        self.sessions: set[tuple[object, object]] = set()
        self.kept = 0

    def take(self, row: Mapping[str, Any], number: int) -> str:
        """Count one row; the decision on it."""
        if self.bundle.scorecard.points(row) >= self.bundle.ticket:
            self.sessions.add((row.get("event_date"), row.get("session_key", number)))
            self.kept += bool(row.get("incident"))
        seen = {name: row.get(name) for name in LIVE}
        decision = judge(seen, str(row.get("tool") or ""), self.bundle).decision
        self.decisions[decision] += 1
        return decision

    def side(self, days: int) -> Side:
        """The figures of this bundle."""
        dated = sum(day not in (None, UNDATED) for day, _ in self.sessions)
        counts = {decision: self.decisions[decision] for decision in ("allow", "ask", "deny")}
        return Side(
            revision=self.bundle.revision,
            tickets=len(self.sessions),
            tickets_per_day=_mean(dated, days),
            decisions=counts,
            decisions_per_day={decision: _mean(count, days) for decision, count in counts.items()},
            incidents_kept=self.kept,
        )


def backtest(candidate: Bundle, live: Bundle | None, actions: pl.DataFrame) -> Backtest:
    """Replay rows of features (one per action) through both bundles.

    `actions` holds the columns that the scorecards name, and those of `CONTEXT` where they are known.
    Rows with `unscorable` set cannot be replayed and are counted as such, never as allowed.
    """
    tallies = [_Tally(bundle) for bundle in (candidate, live) if bundle is not None]
    changed: Counter[str] = Counter()
    scorable, unscorable = _split(actions)
    undated = unreadable = incidents = 0
    days: set[object] = set()
    for number, row in enumerate(_rows(scorable)):
        try:
            said = [tally.take(row, number) for tally in tallies]
        except (TypeError, ValueError):
            unreadable += 1
            continue
        day = row.get("event_date")
        undated += day in (None, UNDATED)
        days |= set() if day in (None, UNDATED) else {day}
        incidents += bool(row.get("incident"))
        if len(said) == 2 and said[0] != said[1]:
            changed[f"{said[1]}>{said[0]}"] += 1
    sides = [tally.side(len(days)) for tally in tallies]
    return Backtest(
        actions=actions.height,
        replayed=scorable.height - unreadable,
        unscorable=unscorable,
        unreadable=unreadable,
        undated=undated,
        days=len(days),
        absent=_absent(tallies, actions),
        incidents=incidents,
        candidate=sides[0],
        live=sides[1] if live is not None else None,
        changed=dict(sorted(changed.items())),
    )


def _split(actions: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    if "unscorable" not in actions.columns:
        return actions, 0
    scorable = actions.filter(pl.col("unscorable").is_null())
    return scorable, actions.height - scorable.height


def _rows(actions: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return actions.iter_rows(named=True)


def _absent(tallies: list[_Tally], actions: pl.DataFrame) -> tuple[str, ...]:
    wanted = {name for tally in tallies for name in tally.bundle.scorecard.names}
    return tuple(sorted(wanted - set(actions.columns)))


def _mean(count: int, days: int) -> float:
    return round(count / days, 3) if days else float(count)
