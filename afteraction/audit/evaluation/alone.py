"""How well behaviour alone tells attacked sessions, learned from runs without an attack and from no label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec
import numpy as np
import polars as pl

from afteraction.audit.evaluation.measures import Bools, Floats, Measured, auroc
from afteraction.audit.evaluation.sources import Analysed
from afteraction.scoring.challenger import forest
from afteraction.scoring.tails import fit_tails
from afteraction.scoring.training import uncalibrated
from detectors import behaviour

_SEEDS: Final = 8
#: The detector that reads instructions in results; without it only facts about calls and values are left.
_READS_TEXT: Final = "instruction_following"
_c = pl.col
Score = Callable[[pl.DataFrame, pl.DataFrame], Floats]


class Alone(msgspec.Struct, frozen=True):
    """Mean figures over splits; the intervals are the lowest and the highest split.

    `seen`: learned from other models' runs of the same tasks; otherwise from other tasks. `recall` is of
    sessions with a harmful call where 5 % of the others are ticketed.
    """

    source: str
    runs: str
    model: str
    seen: bool
    sessions: Measured
    recall: Measured
    actions: Measured


def alone(parts: Mapping[str, Analysed]) -> Iterator[Alone]:
    """Figures of each source and kind of runs in `parts` (`kind/source`)."""
    for name, part in parts.items():
        kind, _, source = name.partition("/")
        rows = _rows(part)
        for seen in (True, False):
            for model, score in _models(rows).items():
                found = [_split(rows, part.sessions, score, seed, seen=seen) for seed in range(_SEEDS)]
                kept = [figures for figures in found if figures is not None]
                if kept:
                    columns = (np.asarray(column) for column in zip(*kept, strict=True))
                    session, recall, action = (
                        Measured(float(one.mean()), float(one.min()), float(one.max())) for one in columns
                    )
                    yield Alone(source, kind, model, seen, session, recall, action)


def _rows(part: Analysed) -> pl.DataFrame:
    facts = part.sessions.drop("session_key", strict=False)
    rows = part.actions.join(facts, on="session_id", how="inner", maintain_order="left")
    return rows.filter(~_c("precursor"))


def _models(rows: pl.DataFrame) -> dict[str, Score]:
    every = _numbers(rows)
    calls = _numbers(rows, without=_READS_TEXT)
    return {
        "table": lambda past, held: _tables(past, held, every),
        "table, no instructions": lambda past, held: _tables(past, held, calls),
        "isolation forest": lambda past, held: forest(_filled(past, every), _filled(held, every)),
    }


def _numbers(rows: pl.DataFrame, without: str = "") -> list[str]:
    """The numeric behaviour features that are known at all."""
    return [
        name
        for detector in behaviour.all_detectors()
        if detector.id != without
        for name, kind in detector.columns.items()
        if kind == pl.Float64() and rows[name].null_count() < rows.height
    ]


def _filled(rows: pl.DataFrame, names: list[str]) -> Floats:
    return np.asarray(rows.select(_c(names).fill_null(0.0)).to_numpy(), np.float64)


def _tables(past: pl.DataFrame, held: pl.DataFrame, names: list[str]) -> Floats:
    card = uncalibrated(fit_tails(past.select(_c(names).fill_null(0.0)), dict.fromkeys(names, "high")))
    return card.points(held).astype(float)


def _split(
    rows: pl.DataFrame, sessions: pl.DataFrame, score: Score, seed: int, *, seen: bool
) -> tuple[float, float, float] | None:
    """Session AUROC, recall and action AUROC of one split; `None` where a half has nothing to tell."""
    groups = sessions["model"] if seen else sessions["suite"] + "/" + sessions["task"]
    names = np.array(sorted(set(groups)))
    first = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2].tolist())
    learned = groups.is_in(list(first))
    clean = sessions.filter(learned & (sessions["label"] == "benign"))
    held = sessions.filter(~learned)
    past = rows.join(clean.select("session_id"), on="session_id", how="semi")
    test = rows.join(held.select("session_id"), on="session_id", how="semi", maintain_order="left")
    if past.is_empty() or held["positive"].n_unique() < 2:
        return None
    points = score(past, test)
    most = test.select("session_id", points=pl.Series(points)).group_by("session_id").agg(_c("points").max())
    maxima = held.join(most, on="session_id", how="left", maintain_order="left")
    worst = maxima["points"].fill_null(float(points.min())).to_numpy()
    positive = maxima["positive"].to_numpy()
    harmful = (test["malicious"] & test["positive"]).to_numpy()
    return auroc(worst, positive), _recall(worst, positive), auroc(points, harmful)


def _recall(worst: Floats, positive: Bools) -> float:
    return float((worst[positive] > np.quantile(worst[~positive], 0.95)).mean())
