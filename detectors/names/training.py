"""Builds the shipped lexicon and weights: `python -m detectors.names.training [--into FOLDER]`."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from detectors.names import training_sources
from detectors.names.lexicon import COMMON_LEVELS, NAME_CLASSES, PLACE_LEVELS, Lexicon, build
from detectors.names.tagger import MODEL, SIZES, Model, arrays, candidates, tagged
from detectors.names.training_texts import Sample, samples
from detectors.names.words import plain, text

REPORT: Final = "training.json"
_TEXTS: Final = 40_000
_PROSE: Final = 4_000_000
_FOLDS: Final = 5
_FORGOTTEN: Final = 0.2
_STRENGTH: Final = 1.0
_SCALE: Final = 16
_SEED: Final = 11
#: Points (in 1/16 of a log-odd) from which a word may be part of a name, and a run of words is one.
_WORD_LIMIT: Final = 0
_SPAN_LIMIT: Final = 12
_PACKAGES: Final = ("faker", "mimesis", "pyspellchecker")
_NAME_STEP: Final = COMMON_LEVELS * PLACE_LEVELS


@dataclass(frozen=True)
class Rows:
    """Candidate words of many texts with labels."""

    features: dict[str, npt.NDArray[np.int64]]
    label: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]


class Rates(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one kind of text fared; `wrong_per_megabyte` counts spans that are no name."""

    names: int
    precision: float | None
    recall: float | None
    f1: float | None
    wrong_per_megabyte: float


class Report(msgspec.Struct, frozen=True):
    """What the tagger was built from and how it did on templates and names that it had not seen."""

    packages: dict[str, str]
    locales: int
    words: int
    names: int
    texts: int
    training_words: int
    word_limit: int
    span_limit: int
    left_out: dict[str, Rates]


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
    found = candidates(text(data, starts), lexicon)
    at = plain(found.words.start)
    places = gold(made, starts)
    label = np.searchsorted(places[:, 0], at, side="right") > np.searchsorted(places[:, 1], at, side="right")
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


def fit(found: Rows) -> dict[str, npt.NDArray[np.int16]]:
    """The points tables; the intercept is in the first."""
    learner = LogisticRegression(C=_STRENGTH, max_iter=300, solver="lbfgs", tol=1e-3)
    learner.fit(matrix(found.features), found.label)
    coefficients = np.split(learner.coef_[0], np.cumsum(list(SIZES.values()))[:-1])
    tables = dict(zip(SIZES, coefficients, strict=True))
    tables["own"] = tables["own"] + learner.intercept_[0]
    return {name: np.round(table * _SCALE).astype(np.int16) for name, table in tables.items()}


def forgetful(classes: dict[str, int], names: set[str], seed: int) -> dict[str, int]:
    """The lexicon without some names, so that training meets names it does not know."""
    draw = random.Random(seed)  # noqa: S311
    gone = {name for name in sorted(names) if draw.random() < _FORGOTTEN}
    return {word: kind for word, kind in classes.items() if word not in gone}


def train(into: Path, texts: int) -> Report:
    """Fit on texts of all templates, tell how it does on templates left out; write model and report."""
    known = training_sources.locales()
    classes = training_sources.lexicon_classes(known)
    names = {word for word, kind in classes.items() if kind < NAME_CLASSES and kind // _NAME_STEP}
    full, partial = build(classes), build(forgetful(classes, names, _SEED))
    made = samples(training_sources.sources(known), texts, _SEED)
    prose = [Sample(part, (), "prose") for part in training_sources.prose(_PROSE)]
    folds = _folds(made, prose)
    half = texts // 2
    told = _joined_rows(rows(made[:half], partial, folds[:half]), rows(made[half:], full, folds[half:texts]))
    together = _joined_rows(told, _unnamed(rows(prose, full, folds[texts:]), told))
    left_out = [_left_out(together, [*made, *prose], folds, number, partial) for number in range(_FOLDS)]
    report = Report(
        packages={name: version(name) for name in _PACKAGES},
        locales=len(known),
        words=len(classes),
        names=len(names),
        texts=texts,
        training_words=len(together.label),
        word_limit=_WORD_LIMIT,
        span_limit=_SPAN_LIMIT,
        left_out=_rates(left_out),
    )
    model = _model(full, fit(together))
    np.savez_compressed(into / MODEL, allow_pickle=False, **arrays(model))
    (into / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    return report


def _folds(made: Sequence[Sample], prose: Sequence[Sample]) -> list[int]:
    """The fold of each text: all texts of a template in the same, prose in turns."""
    kinds = sorted({one.kind for one in made})
    order = random.Random(_SEED).sample(kinds, len(kinds))  # noqa: S311
    fold = {kind: place % _FOLDS for place, kind in enumerate(order)}
    return [*(fold[one.kind] for one in made), *(place % _FOLDS for place in range(len(prose)))]


def _joined_rows(one: Rows, other: Rows) -> Rows:
    features = {name: np.concatenate([one.features[name], other.features[name]]) for name in SIZES}
    label = np.concatenate([one.label, other.label])
    return Rows(features, label, np.concatenate([one.group, other.group]))


def _unnamed(prose: Rows, told: Rows) -> Rows:
    """The words of real prose that a first model takes for no names: credits and examples do hold some."""
    tables = fit(_joined_rows(told, prose))
    total = np.sum([tables[name][column] for name, column in prose.features.items()], axis=0)
    return _part(prose, total < _WORD_LIMIT)


def _part(found: Rows, where: npt.NDArray[np.bool_]) -> Rows:
    features = {name: column[where] for name, column in found.features.items()}
    return Rows(features, found.label[where], found.group[where])


def _left_out(
    together: Rows, texts: Sequence[Sample], folds: Sequence[int], number: int, lexicon: Lexicon
) -> dict[str, tuple[int, ...]]:
    """Counts for one fold by a model that saw neither its templates nor a fifth of its names."""
    using = _model(lexicon, fit(_part(together, together.group != number)))
    held = [one for one, fold in zip(texts, folds, strict=True) if fold == number]
    by_kind: dict[str, list[Sample]] = {}
    for one in held:
        by_kind.setdefault("/".join(one.kind.split("/")[:2]), []).append(one)
    return {
        kind: (*measured(using, group), sum(len(one.text) for one in group))
        for kind, group in by_kind.items()
    }


def _rates(folds: Sequence[dict[str, tuple[int, ...]]]) -> dict[str, Rates]:
    """Rates per kind of text and over all that hold names."""
    kinds = sorted({kind for fold in folds for kind in fold})
    counts = {kind: np.sum([fold[kind] for fold in folds if kind in fold], axis=0) for kind in kinds}
    counts["all made"] = np.sum([count for kind, count in counts.items() if kind != "prose"], axis=0)
    return {kind: _rate(*(int(part) for part in count)) for kind, count in counts.items()}


def _rate(names: int, found: int, right: int, spans: int, chars: int) -> Rates:
    recall = found / names if names else None
    precision = right / spans if names and spans else None
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else None
    return Rates(
        names, _short(precision), _short(recall), _short(f1), round((spans - right) / chars * 1e6, 1)
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _model(lexicon: Lexicon, tables: dict[str, npt.NDArray[np.int16]]) -> Model:
    return Model(lexicon, tables, _WORD_LIMIT, _SPAN_LIMIT)


def overlaps(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the spans (start, end) of `one` overlap any of `other`; both in order, without overlaps."""
    before = np.searchsorted(other[:, 1], one[:, 0], side="right")
    until = np.searchsorted(other[:, 0], one[:, 1], side="left")
    return until > before


def measured(using: Model, made: Sequence[Sample]) -> tuple[int, int, int, int]:
    """(names, names that a span overlaps, spans that overlap a name, spans)."""
    data, starts = joined([one.text for one in made])
    places = gold(made, starts)
    found = np.stack(tagged(text(data, starts), using), axis=1)
    return len(places), int(overlaps(places, found).sum()), int(overlaps(found, places).sum()), len(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the model and its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--texts", type=int, default=_TEXTS)
    given = parser.parse_args(arguments)
    print(msgspec.json.format(msgspec.json.encode(train(given.into, given.texts)), indent=1).decode())  # noqa: T201


if __name__ == "__main__":
    main()
