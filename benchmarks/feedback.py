"""What a hundred reviews are worth: anomalies found by a scorecard that stays, and by one that verdicts move.

`python benchmarks/feedback.py DIR` (a folder of `.npz` files with `X` and `y`) prints, per data set and on
average, the share of attainable anomalies that ten rounds of ten reviews find. The ten rows of highest points
are reviewed, their labels are what the reviewer says, and the scorecard is learned again from all of them, as
an audit does it. Anomalies are thinned to 3 %, sets cut to 10,000 rows; attainable are as many as there are,
at most a hundred. The scorecard is `afteraction.scoring.tails`: far up, far down and rare, for each column.
Five reviewers take turns, as many rows' agents as there are rows. `--one` has one reviewer for everything.

`python benchmarks/feedback.py --agents DIR` (a folder as `afteraction evaluate` takes it) instead labels
actions of all suites but one, and prints how the ranking of that one suite's actions moves (AUROC).
Sets with few anomalies are easy to exhaust, so that the mean over the others is printed too. It never fails a
build.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from afteraction.audit.evaluation import agents
from afteraction.audit.evaluation.fit import read_runs
from afteraction.records.settings import Settings
from afteraction.scoring.feedback import reweighted
from afteraction.scoring.influence import capped
from afteraction.scoring.scorecard import Calibration, Scorecard, default_scorecard
from afteraction.scoring.tails import Side, fit_tails

ROWS, SHARE, ROUNDS, REVIEWS, SEED, MANY = 10_000, 0.03, 10, 10, 0, 15
VIEWS: dict[str, tuple[float, Side]] = {"up": (1.0, "high"), "down": (-1.0, "high"), "rare": (1.0, "rare")}
Array = np.ndarray[Any, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--agents", action="store_true")
    parser.add_argument("--one", action="store_true")
    chosen = parser.parse_args()
    if chosen.agents:
        left_out(chosen.directory)
    else:
        loops(chosen.directory, reviewers=1 if chosen.one else 5)


def loops(directory: Path, reviewers: int) -> None:
    print(f"{'data set':22} {'rows':>6} {'odd':>5} {'static':>7} {'moved':>7}  AUROC of the rest")
    figures, counts = [], []
    files = sorted(directory.glob("*.npz"))
    if not files:
        raise SystemExit(f"{directory} holds no .npz file; give the folder of the data sets itself")
    for file in files:
        frame, odd = prepared(file)
        still, moved = (loop(frame, odd, reviewers, moves=moves) for moves in (False, True))
        figures.append((still, moved))
        counts.append(odd.sum())
        rest = f"{still[1]:.3f} {moved[1]:.3f}"
        print(
            f"{file.stem:22} {len(odd):6} {odd.sum():5} {still[0]:7.2f} {moved[0]:7.2f}  {rest}", flush=True
        )
    found = np.array(figures)
    many = np.array(counts) >= MANY
    for name, chosen in (("all sets", many | True), (f"sets with {MANY} anomalies or more", many)):
        told = np.nanmean(found[chosen], axis=0)
        print(f"{name} ({chosen.sum()}): found static {told[0, 0]:.3f}, moved {told[1, 0]:.3f};", end=" ")
        print(f"AUROC of the rows not reviewed {told[0, 1]:.3f} and {told[1, 1]:.3f}")


def prepared(file: Path) -> tuple[pl.DataFrame, Array]:
    """The columns as each view sees them, and which rows are anomalies."""
    held, rng = np.load(file), np.random.default_rng(SEED)
    order = rng.permutation(len(held["y"]))
    values, labels = held["X"].astype(float)[order], held["y"].astype(int)[order]
    clean = np.flatnonzero(labels == 0)[: round(ROWS * (1 - SHARE))]
    odd = np.flatnonzero(labels == 1)[: max(1, int(SHARE / (1 - SHARE) * len(clean)))]
    kept = np.sort(np.concatenate([clean, odd]))
    columns = {
        f"{view}.{place}": sign * values[kept, place]
        for place in range(values.shape[1])
        for view, (sign, _) in VIEWS.items()
    }
    return pl.DataFrame(columns), labels[kept]


def loop(frame: pl.DataFrame, odd: Array, reviewers: int, *, moves: bool) -> tuple[float, float]:
    start = card(frame)
    points, seen = start.points(frame), np.zeros(len(odd), bool)
    for _ in range(ROUNDS):
        waiting = np.flatnonzero(~seen)
        seen[waiting[np.argsort(-points[waiting], kind="stable")[:REVIEWS]]] = True
        if moves:
            rows = np.flatnonzero(seen)
            people = [str(place % reviewers) for place in range(len(rows))]
            weights = capped(np.ones(len(rows)), (people, [str(row) for row in rows]))
            points = reweighted(start, frame[rows], odd[rows].astype(float), weights).scorecard.points(frame)
    rest = (
        float("nan") if odd[~seen].all() or not odd[~seen].any() else roc_auc_score(odd[~seen], points[~seen])
    )
    return float(odd[seen].sum() / min(ROUNDS * REVIEWS, odd.sum())), float(rest)


def card(frame: pl.DataFrame) -> Scorecard:
    """Tables without labels; as a guess, one in thirty is odd: even odds at the points that so many reach."""
    features = fit_tails(frame, {name: VIEWS[name.partition(".")[0]][1] for name in frame.columns})
    points = Scorecard(features, Calibration((), (0.0,))).points(frame)
    shares = (0.5, 0.7, 0.9, 0.97, 0.99, 0.999)
    edges = np.unique(np.quantile(points, shares, method="higher")).astype(float)
    middle, end = np.quantile(points, 1 - SHARE), np.quantile(points, 0.999)
    slope = 4 / max(float(end - middle), 1.0)
    places = np.concatenate([[edges[0] - 1 / slope], edges])
    risk = 1 / (1 + np.exp(-slope * (places + 0.5 / slope - middle)))
    return Scorecard(features, Calibration(tuple(edges), tuple(np.maximum.accumulate(risk))))


def left_out(directory: Path) -> None:
    parts = read_runs(directory, Settings(), lambda *_: None)
    told = [agents.table(part) for name, part in parts.items() if name.startswith("scrubbed/")]
    rows = pl.concat(told).filter(~pl.col("precursor"))
    harmful, start = rows["harmful"].to_numpy(), default_scorecard()
    points = start.points(rows)
    print(f"{'suite left out':16} {'labels':>6} {'shipped':>8} {'moved':>8} {'by':>8}")
    for suite in sorted(set(rows["suite"])):
        inside = (rows["suite"] == suite).to_numpy()
        before = roc_auc_score(harmful[inside], points[inside])
        for count in (30, 100, 300):
            chosen = reviewed(points, np.flatnonzero(~inside), count)
            moved = reweighted(start, rows[chosen], harmful[chosen].astype(float), np.ones(count)).scorecard
            after = roc_auc_score(harmful[inside], moved.points(rows.filter(inside)))
            print(f"{suite:16} {count:6} {before:8.4f} {after:8.4f} {after - before:+8.4f}", flush=True)


def reviewed(points: Array, among: Array, count: int) -> Array:
    """Seven in ten of the riskiest, the rest drawn by lot."""
    rng = np.random.default_rng(count)
    top = among[np.argsort(-(points[among] + rng.random(len(among))), kind="stable")[: count * 7 // 10]]
    return np.concatenate([top, rng.choice(np.setdiff1d(among, top), count - len(top), replace=False)])


if __name__ == "__main__":
    main()
