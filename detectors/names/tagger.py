"""Tags names of persons: each capitalised word gets points from tables; neighbours above zero are one name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from detectors.names.cues import CLASSES, CUE_CLASS
from detectors.names.lexicon import COMMON_LEVELS, NAME_CLASSES, PLACE_LEVELS, Lexicon
from detectors.names.words import Bytes, Offsets, Text, Words, after, before, capitalised, plain, text

MODEL: Final = "names.npz"
#: What a neighbour is: the class of a word in capitals, or (lower case) its cue or commonness, or a number.
NEIGHBOURS: Final = 2 * CLASSES + 2
GAPS: Final = 10
SHAPES: Final = 6
_NUMBER, _NOBODY = 2 * CLASSES, 2 * CLASSES + 1
Features = npt.NDArray[np.int64]
#: The tables of the model, each looked up with one number per word.
SIZES: Final = {
    "own": CLASSES * SHAPES,
    "left": GAPS * NEIGHBOURS,
    "right": GAPS * NEIGHBOURS,
    "own_left": CLASSES * NEIGHBOURS,
    "own_right": CLASSES * NEIGHBOURS,
    "own_gaps": CLASSES * GAPS * GAPS,
}


@dataclass(frozen=True)
class Model:
    """The lexicon, the points tables (in 1/16), and the limits."""

    lexicon: Lexicon
    tables: dict[str, npt.NDArray[np.int16]]
    word_limit: int
    span_limit: int


@dataclass(frozen=True)
class Candidates:
    """Words that may be (part of) names, with what the tables are asked."""

    words: Words
    features: dict[str, Features]
    joined: npt.NDArray[np.bool_]


def _gap_table() -> npt.NDArray[np.int64]:
    """From the bits of a gap to its kind: the most telling of its bytes."""
    table = np.zeros(512, dtype=np.int64)
    for bits in range(512):
        kinds = [
            kind
            for kind, bit in ((1, 1), (2, 64), (3, 128), (4, 16), (5, 32), (6, 8), (7, 4), (8, 2))
            if bits & bit
        ]
        table[bits] = 9 if bits & 256 and not bits & 1 else (kinds[0] if kinds else 0)
    return table


_GAP: Final = _gap_table()
_TIGHT: Final = (6, 7, 8)
_NAMED: Final = np.zeros(256, dtype=bool)
_NAMED[[c for c in range(NAME_CLASSES) if c // (COMMON_LEVELS * PLACE_LEVELS)]] = True


def candidates(source: Text, lexicon: Lexicon) -> Candidates:
    """Capitalised words in runs that hold a known name or follow a title, with their features."""
    words = capitalised(source)
    own = lexicon.classes_of(words.hashed)
    linked = np.zeros(len(own) + 1, dtype=bool)
    between = words.start[1:] - words.end[:-1]
    linked[1:-1] = (between <= 2) & (source.data[words.end[:-1]] != ord("\n")) if len(own) else False
    run = np.cumsum(~linked[:-1]) - 1
    telling = _NAMED[own] | (own == CUE_CLASS["title"])
    kept = np.zeros(run[-1] + 1 if len(run) else 0, dtype=bool)
    kept[run[telling]] = True
    keep = kept[run]
    chosen, own = words.at(keep), own[keep].astype(np.int64)
    return Candidates(chosen, _features(source, lexicon, chosen, own), linked[:-1][keep])


def _features(source: Text, lexicon: Lexicon, words: Words, own: Offsets) -> dict[str, Features]:
    left_bits, left_words = before(source, words.start)
    right_bits, right_words = after(source, words.end)
    left_gap, right_gap = _GAP[left_bits], _GAP[right_bits]
    left = _neighbour(source, lexicon, left_words, left_gap)
    right = _neighbour(source, lexicon, right_words, right_gap)
    shape = _shape(source, words)
    return {
        "own": own * SHAPES + shape,
        "left": left_gap * NEIGHBOURS + left,
        "right": right_gap * NEIGHBOURS + right,
        "own_left": own * NEIGHBOURS + left,
        "own_right": own * NEIGHBOURS + right,
        "own_gaps": (own * GAPS + left_gap) * GAPS + right_gap,
    }


def _neighbour(source: Text, lexicon: Lexicon, words: Words, gap: Offsets) -> Offsets:
    first = source.data[words.start]
    kind = lexicon.classes_of(words.hashed).astype(np.int64)
    capital = ((first >= 65) & (first <= 90)) | (first >= 0x80)
    kind = np.where(capital, kind, kind + CLASSES)
    digit = (first >= 48) & (first <= 57)
    empty = words.end == words.start
    return np.where(gap == 9, _NOBODY, np.where(digit, _NUMBER, np.where(empty, _NOBODY, kind)))


def _shape(source: Text, words: Words) -> Offsets:
    """0 usual, 1 one letter, 2 all capitals, 3 inner capital, 4 two or three letters, 5 with other letters."""
    window = source.windows[words.start]
    length = words.end - words.start
    inside = np.arange(window.shape[1]) < length[:, None]
    capitals = ((window >= 65) & (window <= 90) & inside).sum(axis=1)
    other = ((window >= 0x80) & inside).any(axis=1)
    shape = np.where(length <= 3, 4, 0)
    shape = np.where(other, 5, shape)
    shape = np.where((capitals > 1) & (capitals < length), 3, shape)
    shape = np.where((capitals == length) & (length > 1), 2, shape)
    return np.where(length == 1, 1, shape)


def points(found: Candidates, tables: dict[str, npt.NDArray[np.int16]]) -> Offsets:
    """The points of each word."""
    total = np.zeros(len(found.words.start), dtype=np.int64)
    for name, feature in found.features.items():
        total += tables[name][feature]
    return total


def spans(data: Bytes) -> tuple[Offsets, Offsets]:
    """(start, end) of every name of a person in a byte buffer, in order, without overlaps."""
    return tagged(text(data), model())


def tagged(source: Text, using: Model) -> tuple[Offsets, Offsets]:
    """Like `spans`, for a padded text and a given model."""
    found = candidates(source, using.lexicon)
    if not len(found.words.start):
        return plain(found.words.start), plain(found.words.end)
    score = points(found, using.tables)
    yes = score >= using.word_limit
    words = found.words
    linked = np.zeros(len(yes), dtype=bool)
    linked[1:] = found.joined[1:] & (source.data[words.end[:-1]] != ord(",")) & yes[1:] & yes[:-1]
    group = np.cumsum(~linked) - 1
    best = np.full(group[-1] + 1, -(1 << 30), dtype=np.int64)
    np.maximum.at(best, group, score)
    first = np.flatnonzero(~linked)
    last = np.append(first[1:], len(yes)) - 1
    long = words.end[last] - words.start[first] >= 2
    good = yes[first] & (best >= using.span_limit) & long
    return plain(words.start[first[good]]), plain(words.end[last[good]])


@cache
def model() -> Model:
    """The shipped model."""
    with resources.files("detectors.names").joinpath(MODEL).open("rb") as file, np.load(file) as held:
        return loaded(dict(held))


def loaded(held: dict[str, npt.NDArray[np.generic]]) -> Model:
    """A model from its arrays."""
    tables = {name: np.asarray(held[f"points_{name}"], dtype=np.int16) for name in SIZES}
    limits = held["limits"].tolist()
    lexicon = Lexicon(np.asarray(held["prints"], np.uint16), np.asarray(held["classes"], np.uint8))
    return Model(lexicon, tables, int(limits[0]), int(limits[1]))
