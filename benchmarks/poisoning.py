"""A drill: some agents pad their actions a little more each day, to drag what counts as usual along.

`python benchmarks/poisoning.py [--seeds N]` runs made-up days through the code that learns baselines in an
audit (`volume_rate`'s counts, `scoring.guard`, `scoring.conformal`), guarded as shipped, and as an unguarded
refit on the same rolling days; with the attack and without. It prints how much the size at which a ticket
opens grew, how many actions padded tenfold would be found, and tickets a day. It never fails a build.

Ten agents together have four hundred sessions of two actions a day, with sizes of log-normal spread .5 (of
one tool in recorded agent runs it is .2 on average). Forty honest days give the points over the usual size
from which a ticket opens; then 30 % of the sessions are padded by 2 % more each day, for 150 days. Reviewers
see every ticket: of padded sessions they deny nine in ten, honest ones they let pass. The unguarded refit
learns from all.
"""

from __future__ import annotations

import argparse
from collections import deque
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from afteraction.scoring import conformal
from afteraction.scoring.guard import KEYS, stepped
from detectors.behaviour import _sizes as sizes
from detectors.behaviour.volume_rate import BEHAVIOUR
from detectors.behaviour_detector import HISTORY, merged

AGENTS, SESSIONS, SPREAD = 10, 400, 0.5
HONEST, ATTACK, WINDOW = 40, 150, 14
SHARE, A_DAY, DENIED = 0.3, 1.02, 0.9
#: Points for one doubling over the usual size, and what is promised of them.
PER_DOUBLING, ALPHA, DELTA = 16, 0.01, 0.05
FIRST = date(2026, 1, 1)
#: A size that is over anything usual here, by fewer than 20 doublings.
_LARGE = 2.0**20
_c = pl.col


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    seeds = parser.parse_args().seeds
    for attack in (True, False):
        print("30 % of sessions padded by 2 % a day" if attack else "no attack")
        for guarded in (False, True):
            runs = [Drill(seed, guarded=guarded).run(attack=attack) for seed in range(seeds)]
            most, growth, recall, tickets, alarms = (
                float(np.mean(column)) for column in zip(*runs, strict=True)
            )
            print(
                f"  {'guarded' if guarded else 'unguarded refit':16} "
                f"threshold x{growth:5.2f} (at most x{most:5.2f})   "
                f"found at 10x padding {recall:4.0%}   tickets of honest sessions a day {tickets:.2f}   "
                f"quantities with a drift alarm {alarms:.1f}"
            )


class Drill:
    """One simulated installation."""

    def __init__(self, seed: int, *, guarded: bool) -> None:
        self.draw = np.random.default_rng(seed)
        self.guarded = guarded
        self.medians = np.exp(self.draw.normal(5.0, 0.5, AGENTS))
        self.days: deque[pl.DataFrame] = deque(maxlen=WINDOW)
        self.maxima: deque[list[int]] = deque(maxlen=WINDOW)
        self.guard: pl.DataFrame | None = None
        self.baseline: pl.DataFrame | None = None
        self.points = 10**6

    def run(self, *, attack: bool) -> tuple[float, float, float, float, float]:
        """Largest and last threshold by the first, recall at 10x padding, honest tickets a day, alarms."""
        before, honest_tickets, most = np.ones(AGENTS), 0, 1.0
        for day in range(HONEST + ATTACK):
            if day == HONEST:
                before = self.limits()
            padding = A_DAY ** max(0, day - HONEST) if attack else 1.0
            rows, padded = self.actions(day, padding)
            ticketed, points = self.judge(rows)
            denied = ticketed & padded & (self.draw.random(SESSIONS) < DENIED)
            if day >= HONEST:
                honest_tickets += int((ticketed & ~padded).sum())
            self.learn(day, rows, points, np.zeros(SESSIONS, bool) if not self.guarded else denied)
            if day > HONEST:
                most = max(most, float(np.median(self.limits() / before)))
        after = self.limits()
        large = 10 * self.medians[:, None] * np.exp(self.draw.normal(0, SPREAD, (AGENTS, 2000)))
        found = float((large >= after[:, None]).mean())
        alarms = 0 if self.guard is None else self.guard.filter(_c("alarmed_on").is_not_null()).height
        return most, float(np.median(after / before)), found, honest_tickets / ATTACK, float(alarms)

    def actions(self, day: int, padding: float) -> tuple[pl.DataFrame, np.ndarray[Any, Any]]:
        """The day's actions (`HISTORY`, two of each session in turn), and which sessions are padded."""
        agent = np.repeat(self.draw.integers(0, AGENTS, SESSIONS), 2)
        padded = self.draw.random(SESSIONS) < SHARE if padding > 1 else np.zeros(SESSIONS, bool)
        size = self.medians[agent] * np.exp(self.draw.normal(0, SPREAD, 2 * SESSIONS))
        size = size * np.where(np.repeat(padded, 2), padding, 1.0)
        at = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC)
        rows = pl.DataFrame(
            {
                "agent_id": [f"agent-{one}" for one in agent],
                "session_key": [f"{day}-{one}" for one in np.repeat(np.arange(SESSIONS), 2)],
                "args_chars": size.astype(np.int64),
            }
        ).with_columns(
            tenant=pl.lit("t"), tool=pl.lit("send"), event_time=pl.lit(at), event_date=pl.lit(str(at.date()))
        )
        missing = [
            pl.lit(None, kind).alias(name) for name, kind in HISTORY.items() if name not in rows.columns
        ]
        return rows.with_columns(missing).select(
            _c(name).cast(kind) for name, kind in HISTORY.items()
        ), padded

    def judge(self, rows: pl.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Which sessions get a ticket, and each one's points."""
        over = sizes.over_usual(rows, "chars", _c("tool"), _c("args_chars"), self.baseline)["doublings"]
        points = np.floor(PER_DOUBLING * over.fill_null(0.0).to_numpy()).astype(int)
        most = points.reshape(SESSIONS, 2).max(axis=1)
        return most >= self.points, most

    def learn(
        self, day: int, rows: pl.DataFrame, points: np.ndarray[Any, Any], denied: np.ndarray[Any, Any]
    ) -> None:
        """The baseline and the threshold after this day, without the sessions that were denied."""
        kept = rows.filter(pl.Series(~np.repeat(denied, 2)))
        assert BEHAVIOUR.count is not None
        counts = BEHAVIOUR.count(kept).with_columns(event_date=pl.lit(str(FIRST + timedelta(days=day))))
        self.days.append(counts)
        self.maxima.append(points[~denied].tolist())
        table = sizes.fit(merged(one.drop("event_date") for one in self.days))
        if self.guarded:
            self.guard = stepped(self.guard, table, sizes.daily(counts), FIRST + timedelta(days=day))
            keys = list(KEYS)
            table = table.drop("usual").join(self.guard.select(*keys, "usual"), on=keys, nulls_equal=True)
        self.baseline = table
        if WINDOW <= day < HONEST:
            found = conformal.threshold([one for day in self.maxima for one in day], ALPHA, DELTA)
            self.points = self.points if found is None else found[0]

    def limits(self) -> np.ndarray[Any, Any]:
        """The size from which an action of each agent opens a ticket."""
        rows = pl.DataFrame({"tenant": "t", "agent_id": [f"agent-{one}" for one in range(AGENTS)]})
        over = sizes.over_usual(rows, "chars", pl.lit("send"), pl.lit(_LARGE), self.baseline)["doublings"]
        usual = np.log2(_LARGE + 1) - over.to_numpy()
        return np.exp2(usual + self.points / PER_DOUBLING)


if __name__ == "__main__":
    main()
