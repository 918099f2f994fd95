"""Backtest: recorded actions through the hook's own code, under the live bundle and under a candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
import polars as pl
from afteraction_hook.bundle import Bundle
from afteraction_hook.decide import judge
from afteraction_hook.features import LIVE, features
from afteraction_hook.strictjson import JsonError, parse

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

    `absent` names features of either scorecard that rows lacked and that took their `missing` points for
    the tickets. `changed` counts decisions by `old>new`; `undated` is how many
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
        self.absent: set[str] = set()

    def take(self, row: Mapping[str, Any], number: int) -> str:
        """Count one row; the decision on it. Raises `JsonError` on arguments that the hook would refuse."""
        tool = str(row.get("tool") or "")
        decision = judge(_seen_live(row, tool, self.bundle), tool, self.bundle).decision
        self.decisions[decision] += 1
        if self._points(row) >= self.bundle.ticket:
            self.sessions.add((row.get("event_date"), row.get("session_key", number)))
            self.kept += bool(row.get("incident"))
        return decision

    def _points(self, row: Mapping[str, Any]) -> int:
        absent = [name for name in self.bundle.scorecard.names if name not in row]
        if absent and isinstance(row.get("points"), int):
            return int(row["points"])
        self.absent.update(absent)
        return self.bundle.scorecard.points(row)

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


def backtest(
    candidate: Bundle, live: Bundle | None, actions: pl.DataFrame | Iterable[pl.DataFrame]
) -> Backtest:
    """Replay recorded actions, one row each, through both bundles.

    Columns, all of them optional: the features that the scorecards name (or `points`, what the audit gave
    by the same scorecard), `args` (JSON text: then the hook's own code sees what it would have seen live;
    else the live features among the columns speak), `tool`, `event_date`, `session_key`, `unscorable`
    (set: cannot be replayed, is counted as such and never as allowed) and `incident` (confirmed).
    """
    tallies = [_Tally(bundle) for bundle in (candidate, live) if bundle is not None]
    count: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    days: set[object] = set()
    for number, row in enumerate(_rows(actions)):
        count["actions"] += 1
        if row.get("unscorable") is not None:
            count["unscorable"] += 1
            continue
        try:
            said = [tally.take(row, number) for tally in tallies]
        except (JsonError, TypeError, ValueError):
            count["unreadable"] += 1
            continue
        day = row.get("event_date")
        count["undated"] += day in (None, UNDATED)
        days |= set() if day in (None, UNDATED) else {day}
        count["incidents"] += bool(row.get("incident"))
        if len(said) == 2 and said[0] != said[1]:
            changed[f"{said[1]}>{said[0]}"] += 1
    return _report(tallies, count, changed, len(days))


def _report(tallies: list[_Tally], count: Counter[str], changed: Counter[str], days: int) -> Backtest:
    sides = [tally.side(days) for tally in tallies]
    return Backtest(
        actions=count["actions"],
        replayed=count["actions"] - count["unscorable"] - count["unreadable"],
        unscorable=count["unscorable"],
        unreadable=count["unreadable"],
        undated=count["undated"],
        days=days,
        absent=tuple(sorted(set().union(*(tally.absent for tally in tallies)))),
        incidents=count["incidents"],
        candidate=sides[0],
        live=sides[1] if len(sides) == 2 else None,
        changed=dict(sorted(changed.items())),
    )


def _seen_live(row: Mapping[str, Any], tool: str, bundle: Bundle) -> dict[str, Any]:
    """What the hook would have seen of a recorded action before it ran."""
    if "args" in row:
        return features(tool, _arguments(row["args"]), bundle)
    return {name: row[name] for name in LIVE if name in row}


def _arguments(text: str | None) -> Any:
    """Arguments as logged: JSON, or plain text that is its own only value."""
    if text is None or text[:1] not in ("{", "["):
        return text
    return parse(text.encode("utf-8", "surrogatepass"))


def _rows(actions: pl.DataFrame | Iterable[pl.DataFrame]) -> Iterator[dict[str, Any]]:
    for frame in [actions] if isinstance(actions, pl.DataFrame) else actions:
        yield from frame.iter_rows(named=True)


def _mean(count: int, days: int) -> float:
    return round(count / days, 3) if days else float(count)
