"""Our tables of what is usual against an isolation forest on the same splits of labelled tabular data.

`python benchmarks/adbench.py DIR` (a folder of `.npz` files with `X` and `y`) prints the mean AUROC of each
model, a paired test over the data sets, and how many times faster the tables score. It never fails a build.

Three splits of each set, stratified, 70 % to learn from (with the anomalies in it), at most 10,000 rows. No
labels are used to learn. `rare` and `far` are two ways to read one table: values in bins that the past hardly
filled, or values far out on either side. Scoring time is CPU time of the fastest of three runs, on sets of at
least 1,500 held-out rows; the forest gets float64 rows as it likes them, the tables a frame.

`python benchmarks/adbench.py DIR --challengers` compares instead what could challenge the tables offline:
models of scikit-learn on columns divided by their spread, from at most 5,000 rows. What `scoring.challenger`
uses is `neighbours, 50th`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import wilcoxon
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDOneClassSVM
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from afteraction.scoring.scorecard import Calibration, Scorecard
from afteraction.scoring.tails import Side, fit_tails

ROWS, SEEDS, TIMED = 10_000, 3, 1_500
Score = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--challengers", action="store_true")
    asked = parser.parse_args()
    models = {"table, rare": table("rare"), "table, far": table("far"), "forest of 100 trees": forest}
    if asked.challengers:
        models = {"forest of 100 trees": forest, **CHALLENGERS}
    found: dict[str, dict[str, list[float]]] = {name: {} for name in models}
    rates: dict[str, list[tuple[int, float]]] = {name: [] for name in models}
    for data, seed, (train, test, _, odd) in splits(asked.directory):
        for name, fit in models.items():
            score = fit(train, seed)
            found[name].setdefault(data, []).append(float(roc_auc_score(odd, score(test))))
            if len(test) >= TIMED:
                rates[name].append((len(test), cpu(score, test)))
    show(
        {name: {data: float(np.mean(runs)) for data, runs in sets.items()} for name, sets in found.items()},
        rates,
    )


def splits(directory: Path) -> Iterator[tuple[str, int, list[Any]]]:
    for file in sorted(directory.glob("*.npz")):
        held = np.load(file)
        values, labels = held["X"].astype(float), held["y"].astype(int)
        for seed in range(SEEDS):
            kept = np.random.default_rng(seed).permutation(len(values))[:ROWS]
            parts = train_test_split(
                values[kept], labels[kept], test_size=0.3, stratify=labels[kept], random_state=seed
            )
            yield file.stem, seed, parts


def framed(rows: np.ndarray[Any, Any]) -> pl.DataFrame:
    return pl.DataFrame({f"c{place}": rows[:, place] for place in range(rows.shape[1])})


def table(side: Side) -> Callable[[np.ndarray[Any, Any], int], Score]:
    def fit(train: np.ndarray[Any, Any], _seed: int) -> Score:
        frame = framed(train)
        card = Scorecard(fit_tails(frame, dict.fromkeys(frame.columns, side)), Calibration((), (0.0,)))
        return lambda rows: card.points(framed(rows))

    return fit


def forest(train: np.ndarray[Any, Any], seed: int) -> Score:
    fitted = IsolationForest(n_estimators=100, random_state=seed, n_jobs=1).fit(train)
    return lambda rows: -fitted.score_samples(rows)


def thin(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return rows[:: max(1, -(-len(rows) // 5_000))]


def spread(model: Callable[[int], Any], how: str) -> Callable[[np.ndarray[Any, Any], int], Score]:
    """A model on columns divided by their spread; `how` names what it gives, high for ordinary rows."""

    def fit(train: np.ndarray[Any, Any], seed: int) -> Score:
        scaled = StandardScaler().fit(train)
        fitted = model(seed).fit(scaled.transform(thin(train)))
        return lambda rows: -getattr(fitted, how)(scaled.transform(rows))

    return fit


def neighbours(place: int) -> Callable[[np.ndarray[Any, Any], int], Score]:
    def fit(train: np.ndarray[Any, Any], _seed: int) -> Score:
        scaled = StandardScaler().fit(train)
        known = scaled.transform(thin(train))
        near = NearestNeighbors(n_neighbors=min(place, len(known))).fit(known)
        return lambda rows: near.kneighbors(scaled.transform(rows))[0][:, -1]

    return fit


def one_class(seed: int) -> Any:
    return make_pipeline(
        Nystroem(n_components=200, random_state=seed), SGDOneClassSVM(nu=0.05, random_state=seed)
    )


CHALLENGERS: dict[str, Any] = {
    "neighbours, 50th": neighbours(50),
    "neighbours, 5th": neighbours(5),
    "local outlier factor": spread(
        lambda _: LocalOutlierFactor(n_neighbors=20, novelty=True), "score_samples"
    ),
    "covariance": spread(
        lambda seed: EllipticEnvelope(random_state=seed, support_fraction=0.9), "score_samples"
    ),
    "mixture of 5": spread(
        lambda seed: GaussianMixture(5, reg_covar=1e-3, random_state=seed), "score_samples"
    ),
    "one class": spread(one_class, "decision_function"),
}


def cpu(score: Score, rows: np.ndarray[Any, Any]) -> float:
    times = []
    for _ in range(3):
        begun = time.process_time()
        score(rows)
        times.append(time.process_time() - begun)
    return max(min(times), 1e-6)


def show(found: dict[str, dict[str, float]], rates: dict[str, list[tuple[int, float]]]) -> None:
    forest_name = "forest of 100 trees"
    names = sorted(found[forest_name])
    print(f"{'data set':22}" + "".join(f"{model:>22}" for model in found))
    for name in names:
        print(f"{name:22}" + "".join(f"{sets[name]:22.3f}" for sets in found.values()))
    against = [found[forest_name][name] for name in names]
    slow = np.array([rows / spent for rows, spent in rates[forest_name]])
    for model, sets in found.items():
        own = [sets[name] for name in names]
        fast = np.array([rows / spent for rows, spent in rates[model]])
        rate = f"{np.median(fast) / 1000:,.0f} thousand rows/s (median)"
        line = f"{model:22} mean AUROC {np.mean(own):.4f}, {rate}"
        if model != forest_name:
            line += (
                f"; {np.mean(own) - np.mean(against):+.4f} against the forest (paired Wilcoxon p = "
                f"{wilcoxon(own, against).pvalue:.2f}), {np.median(fast / slow):.1f} times as fast "
                f"(median of the sets; {np.min(fast / slow):.1f} to {np.max(fast / slow):.1f})"
            )
        print(line)


if __name__ == "__main__":
    main()
