"""Builds the shipped lexicon and weights: `python -m detectors.names.training [--into FOLDER]`."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from detectors.names import training_sources
from detectors.names.lexicon import COMMON_LEVELS, NAME_CLASSES, PLACE_LEVELS, Lexicon, build
from detectors.names.tagger import MODEL, SIZES, Candidates, Model, candidates, tagged
from detectors.names.training_texts import Sample, Sources, samples
from detectors.names.words import hashed_words, plain, text

REPORT: Final = "training.json"
_TEXTS: Final = 40_000
_PROSE: Final = 4_000_000
_FOLDS: Final = 5
_FORGOTTEN: Final = 0.12
_STRENGTH: Final = 1.0
_SCALE: Final = 16
_SEED: Final = 11
_NAME_STEP: Final = COMMON_LEVELS * PLACE_LEVELS


@dataclass(frozen=True)
class Rows:
    """Candidate words of many texts with labels."""

    features: dict[str, npt.NDArray[np.int64]]
    label: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]


class Report(msgspec.Struct, frozen=True):
    """What the tagger was built from and how it did on templates, names and prose that it had not seen."""

    packages: dict[str, str]
    locales: int
    words: int
    texts: int
    training_words: int
    word_limit: int
    span_limit: int
    left_out: dict[str, dict[str, float]]
    prose_spans_per_megabyte: float


def joined(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts as one buffer, and where each begins."""
    parts = [part.encode() + b"\n" for part in texts]
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return np.frombuffer(b"".join(parts), dtype=np.uint8), starts


def gold(made: Sequence[Sample], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(start, end) byte offsets of every name in the buffer of the samples, one row each."""
    places = [
        (base + len(one.text[:start].encode()), base + len(one.text[:end].encode()))
        for one, base in zip(made, starts.tolist(), strict=False)
        for start, end in one.names
    ]
    return np.array(places, dtype=np.int64).reshape(-1, 2)


def rows(made: Sequence[Sample], lexicon: Lexicon, groups: Sequence[int]) -> Rows:
    """The candidates of the samples, labelled."""
    data, starts = joined([one.text for one in made])
    found = candidates(text(data), lexicon)
    at = plain(found.words.start)
    places = gold(made, starts)
    order = np.searchsorted(places[:, 0], at, side="right") - 1
    label = (order >= 0) & (at < places[np.maximum(order, 0), 1])
    sample = np.searchsorted(starts, at, side="right") - 1
    return Rows(found.features, label, np.asarray(groups, dtype=np.int64)[sample])


def matrix(features: dict[str, npt.NDArray[np.int64]]) -> Any:
    """One row per word with a one in each table's column."""
    offsets = np.cumsum([0, *SIZES.values()])
    columns = np.stack([features[name] + base for name, base in zip(SIZES, offsets, strict=False)], axis=1)
    count = len(columns)
    ends = np.arange(count + 1) * len(SIZES)
    ones = np.ones(columns.size, dtype=np.float64)
    return csr_matrix((ones, columns.reshape(-1), ends), shape=(count, int(offsets[-1])))


def fit(found: Rows, weight: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.int16]]:
    """The points tables; the intercept is in the first."""
    learner = LogisticRegression(C=_STRENGTH, max_iter=300, solver="lbfgs", tol=1e-3)
    learner.fit(matrix(found.features), found.label, sample_weight=weight)
    coefficients = np.split(learner.coef_[0], np.cumsum(list(SIZES.values()))[:-1])
    tables = dict(zip(SIZES, coefficients, strict=True))
    tables["own"] = tables["own"] + learner.intercept_[0]
    return {name: np.round(table * _SCALE).astype(np.int16) for name, table in tables.items()}


def forgetful(classes: dict[str, int], names: set[str], seed: int) -> dict[str, int]:
    """The lexicon without some names, so that training meets names it does not know."""
    draw = random.Random(seed)  # noqa: S311
    gone = {name for name in sorted(names) if draw.random() < _FORGOTTEN}
    return {word: kind for word, kind in classes.items() if word not in gone}


def train(into: Path, texts: int) -> None:
    """Fit on texts of all templates, choose the limits with templates left out, write model and report."""
    known = training_sources.locales()
    classes = training_sources.lexicon_classes(known)
    names = {word for word, kind in classes.items() if kind < NAME_CLASSES and kind // _NAME_STEP}
    drawn = training_sources.sources(known)
    made = samples(drawn, texts, _SEED)
    prose = [Sample(part, (), "prose") for part in training_sources.prose(_PROSE)]
    kinds = sorted({one.kind for one in made})
    fold = {kind: place % _FOLDS for place, kind in enumerate(random.Random(_SEED).sample(kinds, len(kinds)))}  # noqa: S311
    full, partial = build(classes), build(forgetful(classes, names, _SEED))
    everything = [*made, *prose]
    groups = [fold.get(one.kind, place % _FOLDS) for place, one in enumerate(everything)]
    half = texts // 2
    parts = [rows(everything[half:], full, groups[half:]), rows(everything[:half], partial, groups[:half])]
    together = Rows(
        {name: np.concatenate([part.features[name] for part in parts]) for name in SIZES},
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.group for part in parts]),
    )
    weight = np.ones(len(together.label))
    held = {}
    for number in range(_FOLDS):
        seen = together.group != number
        tables = fit(
            Rows(
                {k: v[seen] for k, v in together.features.items()}, together.label[seen], together.group[seen]
            ),
            weight[seen],
        )
        held[number] = tables
    print(len(classes), len(together.label), together.label.mean())
    for word_limit in (-16, -8, 0, 8):
        for span_limit in (0, 8, 16, 24, 32, 48):
            tot = np.zeros(4, int)
            neg = 0
            size = 0
            for number, tables in held.items():
                using = Model(partial, tables, word_limit, span_limit)
                mine = [one for one, group in zip(made, groups, strict=False) if group == number][:2000]
                tot += measured(using, mine)
                mine = [
                    one
                    for one, group in zip(everything, groups, strict=False)
                    if group == number and one.kind == "prose"
                ]
                neg += measured(using, mine)[3]
                size += sum(len(m.text) for m in mine)
            n, hit, right, sp = tot
            print(
                word_limit,
                span_limit,
                "n",
                n,
                "R",
                round(hit / n, 3),
                "P",
                round(right / max(1, sp), 3),
                round(neg / size * 1e6, 1),
            )
    tables = fit(together, weight)
    np.savez_compressed(
        into / MODEL,
        prints=full.prints,
        classes=full.classes,
        limits=np.array([0, 16]),
        **{f"points_{k}": v for k, v in tables.items()},
    )


def overlaps(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the spans (start, end) of `one` overlap any of `other`; both in order, without overlaps."""
    before = np.searchsorted(other[:, 1], one[:, 0], side="right")
    until = np.searchsorted(other[:, 0], one[:, 1], side="left")
    return until > before


def measured(using: Model, made: Sequence[Sample]) -> tuple[int, int, int, int]:
    """(names, found, right, spans): names overlapped by a span count as found, and spans that overlap none are wrong."""
    data, starts = joined([one.text for one in made])
    places = gold(made, starts)
    found = np.stack(tagged(text(data), using), axis=1)
    return len(places), int(overlaps(places, found).sum()), int(overlaps(found, places).sum()), len(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the model and its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--texts", type=int, default=_TEXTS)
    given = parser.parse_args(arguments)
    train(given.into, given.texts)


if __name__ == "__main__":
    main()
