"""Tags names of persons: capitalised words get points from tables; neighbours above zero are one name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detectors.names.cues import CLASSES, CUE_CLASS, NEVER
from detectors.names.lexicon import COMMON_LEVELS, NAME_CLASSES, PLACE_LEVELS, Lexicon
from detectors.names.words import (
    Bytes,
    Offsets,
    Text,
    Words,
    after,
    before,
    capitalised,
    plain,
    rows,
    tails,
    text,
)

MODEL: Final = "names.npz"
#: What a neighbour is: the class of a word in capitals, or (lower case) its cue or commonness, or a number.
NEIGHBOURS: Final = 2 * CLASSES + 2
GAPS: Final = 10
SHAPES: Final = 6
TAILS: Final = 4096
_CAPITALS, _MIXED = 2, 3
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
    "tail": 2 * TAILS,
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
    """From the bits of a gap to its kind: its most telling byte; 0 row end, 1 line end, 9 nothing near."""
    table = np.zeros(1024, dtype=np.int64)
    telling = ((0, 512), (1, 1), (9, 256), (2, 64), (3, 128), (4, 16), (5, 32), (6, 8), (7, 4), (8, 2))
    for bits in range(1024):
        table[bits] = next((kind for kind, bit in telling if bits & bit), 0)
    return table


_GAP: Final = _gap_table()
_APART: Final = 256 | 512
#: Bytes that may stand between the words of one name.
_LINK: Final = np.zeros(256, dtype=bool)
_LINK[[*b" -'."]] = True
#: Up to so many letters before a full stop it ends no sentence.
_ABBREVIATED: Final = 3
_NAMED: Final = np.zeros(256, dtype=bool)
_NAMED[[c for c in range(NAME_CLASSES) if c // (COMMON_LEVELS * PLACE_LEVELS)]] = True


def candidates(source: Text, lexicon: Lexicon) -> Candidates:
    """Capitalised words in runs that hold a known name, a title or an unknown word, with their features."""
    words = capitalised(source)
    own = lexicon.classes_of(words.hashed)
    linked = _linked(source, words)
    run = np.cumsum(~linked) - 1
    telling = _NAMED[own] | (own == CUE_CLASS["title"]) | (own == 0)
    kept = np.zeros(run[-1] + 1 if len(run) else 0, dtype=bool)
    kept[run[telling]] = True
    keep = kept[run]
    chosen, own = words.at(keep), own[keep].astype(np.int64)
    return Candidates(chosen, _features(source, lexicon, chosen, own), linked[keep])


def _linked(source: Text, words: Words) -> npt.NDArray[np.bool_]:
    """Whether a word follows the one before it closely enough to be of the same name."""
    linked = np.zeros(len(words.start), dtype=bool)
    end = words.end[:-1]
    between = words.start[1:] - end
    stop = (source.data[end] == ord(".")) & (end - words.start[:-1] > _ABBREVIATED)
    linked[1:] = (between == 1) | ((between == 2) & _LINK[source.data[end + 1]])
    linked[1:] &= _LINK[source.data[end]] & ~stop
    return linked


def _features(source: Text, lexicon: Lexicon, words: Words, own: Offsets) -> dict[str, Features]:
    left_bits, left_words = before(source, words.start)
    right_bits, right_words = after(source, words.end)
    left_gap, right_gap = _GAP[left_bits], _GAP[right_bits]
    left = _neighbour(source, lexicon, left_words, left_bits)
    right = _neighbour(source, lexicon, right_words, right_bits)
    shape = _shape(source, words)
    return {
        "own": own * SHAPES + shape,
        "left": left_gap * NEIGHBOURS + left,
        "right": right_gap * NEIGHBOURS + right,
        "own_left": own * NEIGHBOURS + left,
        "own_right": own * NEIGHBOURS + right,
        "own_gaps": (own * GAPS + left_gap) * GAPS + right_gap,
        "tail": (own == 0) * TAILS + tails(source, words),
    }


def _neighbour(source: Text, lexicon: Lexicon, words: Words, bits: Offsets) -> Offsets:
    first = source.data[words.start]
    kind = lexicon.classes_of(words.hashed).astype(np.int64)
    capital = ((first >= 65) & (first <= 90)) | (first >= 0x80)
    kind = np.where(capital, kind, kind + CLASSES)
    digit = (first >= 48) & (first <= 57)
    empty = words.end == words.start
    return np.where(bits & _APART > 0, _NOBODY, np.where(digit, _NUMBER, np.where(empty, _NOBODY, kind)))


def _shape(source: Text, words: Words) -> Offsets:
    """0 usual, 1 one letter, 2 all capitals, 3 inner capital, 4 up to three letters, 5 beyond ASCII."""
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
    """The points of each word; those that cannot be part of a name get `_NO`."""
    total = np.zeros(len(found.words.start), dtype=np.int64)
    for name, feature in found.features.items():
        total += tables[name][feature]
    own, shape = np.divmod(found.features["own"], SHAPES)
    shouted = shape == _CAPITALS
    beside = np.zeros(len(shouted) + 1, dtype=bool)
    beside[1:-1] = found.joined[1:] & shouted[1:] & shouted[:-1]
    odd = (shouted & ~beside[1:] & ~beside[:-1]) | ((own == 0) & (shouted | (shape == _MIXED)))
    return np.where(_NEVER[own] | odd, _NO, total)


_NO: Final = -(1 << 20)
_NEVER: Final = np.zeros(256, dtype=bool)
_NEVER[[CUE_CLASS[kind] for kind in NEVER]] = True


def spans(data: Bytes, starts: Offsets) -> tuple[Offsets, Offsets]:
    """(start, end) of every name of a person in a byte buffer whose rows begin at `starts`, in order."""
    return tagged(text(data, starts), model())


def tagged(source: Text, using: Model) -> tuple[Offsets, Offsets]:
    """Like `spans`, for a padded text and a given model."""
    found = candidates(source, using.lexicon)
    if not len(found.words.start):
        return _NOTHING, _NOTHING
    first, last, best = _groups(found, points(found, using.tables), using.word_limit)
    words = found.words
    long = words.end[last] - words.start[first] >= 2
    good = best >= using.span_limit
    good |= (best > _NO) & _again(source, words, first, last, good & (last > first))
    first, last = first[good & long], last[good & long]
    return plain(words.start[first]), plain(words.end[last])


_NOTHING: Final = np.zeros(0, dtype=np.int64)


def _groups(found: Candidates, score: Offsets, limit: int) -> tuple[Offsets, Offsets, Offsets]:
    """Runs of words of at least `limit` points, and each other word alone: first, last, most points."""
    yes = score >= limit
    linked = np.zeros(len(yes), dtype=bool)
    linked[1:] = found.joined[1:] & yes[1:] & yes[:-1]
    first = np.flatnonzero(~linked)
    last = np.append(first[1:], len(yes)) - 1
    return first, last, np.maximum.reduceat(score, first)


def _again(
    source: Text, words: Words, first: Offsets, last: Offsets, sure: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which single words are part of a sure name of several words elsewhere in the same row."""
    if not sure.any():
        return np.zeros(len(first), dtype=bool)
    row = rows(source, words.start).astype(np.uint64)
    key = words.hashed ^ (row * np.uint64(0x9E3779B97F4A7C15))
    inside = np.zeros(len(key) + 1, dtype=np.int64)
    np.add.at(inside, first[sure], 1)
    np.add.at(inside, last[sure] + 1, -1)
    long = words.end - words.start > 2
    known = key[(np.cumsum(inside)[:-1] > 0) & long]
    again: npt.NDArray[np.bool_] = (first == last) & np.isin(key[first], known)
    return again


@cache
def model() -> Model:
    """The shipped model."""
    with resources.files("detectors.names").joinpath(MODEL).open("rb") as file, np.load(file) as held:
        return loaded(dict(held))


def loaded(held: dict[str, npt.NDArray[Any]]) -> Model:
    """A model from its arrays."""
    tables = {name: np.asarray(held[f"points_{name}"], dtype=np.int16) for name in SIZES}
    limits = held["limits"].tolist()
    lexicon = Lexicon(np.asarray(held["prints"], np.uint16), np.asarray(held["classes"], np.uint8))
    return Model(lexicon, tables, int(limits[0]), int(limits[1]))


def arrays(held: Model) -> dict[str, npt.NDArray[Any]]:
    """What `loaded` makes a model of."""
    return {
        "prints": held.lexicon.prints,
        "classes": held.lexicon.classes,
        "limits": np.array([held.word_limit, held.span_limit]),
        **{f"points_{name}": table for name, table in held.tables.items()},
    }
