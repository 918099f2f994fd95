"""Whether thresholds keep their promise: 100 random halves of clean sessions choose, the other halves count.

`python benchmarks/coverage.py [DIR]` prints for alpha 5 %, 2 % and 1 % (delta 5 %) the mean rate of clean
sessions of the other half that reach the threshold, and in how many splits that rate exceeds alpha. A kept
promise is about the rate among all sessions to come; the other half is finite, so that its rate exceeds
alpha more often than delta. `expected` is how often, with delta and that noise, if points had no ties: the
rate is then Beta(k, n + 1 - k), the count in the other half Beta-binomial. Ties only lower it.
`cells` does the same with thresholds of single agents below the one for all, as an audit chooses them: each
agent's own sessions, and what the threshold for all leaves unspent; `lowered` is how many agents on average.

Without DIR the sessions are synthetic: 8,000 of twelve agents, whole points with many ties. With DIR (a
folder as `afteraction evaluate` takes it) also the runs without any attack, with suite, model, or both as the
agent, scored as `afteraction evaluate` does: by the shipped scorecard, which was trained on them (coverage
needs exchangeable sessions, not unseen ones). Half of one run set stands for the other half of the same, so
that this says nothing about sessions of another kind. `recall` is the share of sessions with a harmful call
that reach the threshold.

Last, what half of a set cannot show: 1,000 fresh synthetic sets of 4,000, and in how many of them the rate
among a million other sessions exceeds alpha. It never fails a build.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import betabinom

from afteraction.audit.evaluation import agents
from afteraction.audit.evaluation.fit import read_runs
from afteraction.records.settings import Settings
from afteraction.scoring.cells import Part, lowered, spare
from afteraction.scoring.conformal import Certificate, fewest, threshold
from afteraction.scoring.scorecard import default_scorecard

ALPHAS, DELTA, SPLITS, SEED, SESSIONS, AGENTS = (0.05, 0.02, 0.01), 0.05, 100, 0, 8_000, 12
Points = NDArray[np.int64]


class Clean(NamedTuple):
    """The highest points of each clean session, and the number of the agent that it is of."""

    name: str
    maxima: Points
    owners: Points
    harmful: Points = np.empty(0, np.int64)
    harmful_owners: Points = np.empty(0, np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?")
    chosen = parser.parse_args()
    heads = ("n", "alpha", "threshold", "lowered", "mean rate", "above", "expected", "recall")
    print(f"{'sessions':>20} " + " ".join(f"{head:>9}" for head in heads))
    for clean in (synthetic(), *(runs(chosen.directory) if chosen.directory else ())):
        for alpha in ALPHAS:
            tell(clean, alpha)
    fresh()


def synthetic(sessions: int = SESSIONS, seed: int = SEED) -> Clean:
    """Twelve agents of different noise: mostly few points, now and then many."""
    random = np.random.default_rng(seed)
    owners = random.integers(0, AGENTS, sessions)
    odd = random.geometric(0.2, sessions) * (random.random(sessions) < 0.2)
    maxima = random.poisson(2 + owners % 4) * 2 + odd
    return Clean("synthetic", maxima.astype(np.int64), owners)


def runs(directory: Path) -> Iterator[Clean]:
    """The labelled runs without any attack, of each kind, by who is taken for the agent."""
    parts, scorecard = read_runs(directory, Settings(), lambda _what, _n: None), default_scorecard()
    maxima = {}
    for name, part in parts.items():
        rows = agents.table(part)
        most = agents.session_maxima(rows, scorecard.points(rows), part.sessions)
        bad = rows.group_by("session_id").agg(pl.col("harmful").any())
        maxima[name] = most.join(bad, on="session_id", how="left").with_columns(
            pl.col("harmful").fill_null(value=False)
        )
    for kind in dict.fromkeys(name.split("/")[0] for name in parts):
        every = pl.concat([most for name, most in maxima.items() if name.startswith(f"{kind}/")])
        for by in (("suite",), ("model",), ("suite", "model")):
            names = pl.concat_str(*by, separator=" ", ignore_nulls=True)
            owned = every.with_columns(owner=names.rank("dense").cast(pl.Int64))
            sets = (owned.filter(pl.col("label") == "benign"), owned.filter("harmful"))
            told = (one[name].to_numpy() for one in sets for name in ("most", "owner"))
            yield Clean(f"{kind} {'+'.join(by)}", *told)


def tell(clean: Clean, alpha: float) -> None:
    """One line for the threshold for all, one with cells."""
    random, rates, lower, n, k = np.random.default_rng(SEED), [], [], len(clean.maxima) // 2, 0
    recalls = []
    for _ in range(SPLITS):
        order = random.permutation(len(clean.maxima))
        seen, other = order[:n], order[n:]
        found = threshold(clean.maxima[seen].tolist(), alpha, DELTA)
        if found is None:
            print(f"{clean.name:>20} {n:9} {alpha:9.0%} too few sessions for any threshold")
            return
        base, k = found[0], found[1].k
        at = with_cells(clean.maxima[seen], clean.owners[seen], *found)
        limits = _limits(at, base, clean.owners[other])
        rates.append([(clean.maxima[other] >= limit).mean() for limit in (base, limits)])
        own_limits = _limits(at, base, clean.harmful_owners)
        recalls.append(
            [np.mean(clean.harmful >= limit) for limit in (base, own_limits)]
            if len(clean.harmful)
            else [np.nan] * 2
        )
        lower.append(sum(points < base for points in at.values()))
    rest = len(clean.maxima) - n
    expected = betabinom(rest, k, n + 1 - k).sf(int(alpha * rest))
    kinds = ("for all", "cells"), (0, np.mean(lower)), np.array(rates).T, np.array(recalls).T
    for name, own, of, recall in zip(*kinds, strict=True):
        shown = f"{of.mean():9.2%} {(of > alpha).mean():9.0%} {expected:9.0%} {_share(recall)}"
        print(f"{clean.name:>20} {n:9} {alpha:9.0%} {name:>9} {own:9.1f} {shown}")


def fresh(draws: int = 1_000, sessions: int = 4_000) -> None:
    """In how many fresh sets the promise breaks, by the rate among a million other sessions."""
    every = synthetic(1_000_000, SEED + 1)
    tails = [np.sort(every.maxima[every.owners == agent]) for agent in range(AGENTS)]

    def rate(at: dict[int, int], base: int) -> float:
        held = (int(np.searchsorted(tail, at.get(agent, base))) for agent, tail in enumerate(tails))
        return 1 - sum(held) / len(every.maxima)

    for alpha in ALPHAS:
        broken = np.zeros(2)
        for draw in range(draws):
            clean = synthetic(sessions, 1_000 + draw)
            found = threshold(clean.maxima.tolist(), alpha, DELTA)
            if found is not None:
                at = with_cells(clean.maxima, clean.owners, *found)
                broken += [rate({}, found[0]) > alpha, rate(at, found[0]) > alpha]
        one, own = broken / draws
        print(f"{draws} fresh sets, alpha {alpha:.0%}: broken for all {one:.1%}, with cells {own:.1%}")


def _share(recalls: NDArray[np.float64]) -> str:
    return f"{'-':>9}" if np.isnan(recalls).any() else f"{recalls.mean():9.1%}"


def _limits(at: dict[int, int], base: int, owners: Points) -> Points:
    return np.array([at.get(int(owner), base) for owner in owners], np.int64)


def with_cells(maxima: Points, owners: Points, base: int, certificate: Certificate) -> dict[int, int]:
    """The points of each agent that has a threshold of its own; at least half of those for all."""
    known, sizes = np.unique(owners, return_counts=True)
    least = fewest(certificate.alpha, certificate.delta)
    parts = []
    for at in np.argsort(-sizes, kind="stable"):
        if sizes[at] >= least:
            own = maxima[owners == known[at]]
            parts.append(Part(int(known[at]), own, own))
    budget = spare(maxima, certificate, base)
    found = lowered(
        parts, base, budget, alpha=certificate.alpha, delta=certificate.delta, least=-(-base // 2)
    )
    return {key: points for key, (points, _) in found.items()}


if __name__ == "__main__":
    main()
