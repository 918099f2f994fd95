"""Phrases of arguments that stand in earlier results, wherever in the argument they begin and end."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, RESULT, Corpus
from afteraction.lineage.matching import NEVER, index
from afteraction.lineage.origins import Traced, most_trusted
from afteraction.lineage.runs import Floats
from afteraction.lineage.tokens import I64, U64, Sequences, as_i64

#: How many words in a row make two texts share a phrase.
WORDS: Final = 4


class Phrases(NamedTuple):
    """Runs of argument words copied from results: first word, words, bits, leaf, and the first word there."""

    start: I64
    size: I64
    bits: Floats
    leaf: I64
    origin: I64


def phrases(traced: Traced) -> Phrases:
    """The longest runs of at least `WORDS` words that a result held and the person did not say."""
    corpus, found = traced.corpus, traced.pieces
    none = np.zeros(0, dtype=np.int64)
    long = found.element[
        _room(corpus, found.element) & (corpus.kind[corpus.tokens.text[found.element]] == ARGUMENT)
    ]
    if not long.size:
        return Phrases(none, none, none.astype(np.float64), none, none)
    hashes = _hashes(corpus, traced.sequences)
    grams = index(corpus, hashes)
    group = grams.group[long]
    seen = grams.earliest[:, group]
    before = traced.before[corpus.leaf[corpus.tokens.text[long]]]
    copied = most_trusted(np.where(seen < before, seen, NEVER)) == RESULT
    held = np.where(corpus.kind[corpus.tokens.text[grams.members]] == RESULT, grams.members, NEVER)
    place = np.minimum.reduceat(held, grams.begin[:-1])[group]
    long, place = long[copied], place[copied]
    return _joined(traced, long, as_i64(place))


def _room(corpus: Corpus, element: I64) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    tokens = corpus.tokens
    room: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        element + WORDS <= tokens.first[tokens.text[element] + 1]
    )
    return room


def _hashes(corpus: Corpus, sequences: Sequences) -> U64:
    """The hash of the phrase that begins at each word, 0 where the text ends too soon."""
    size = corpus.tokens.hash.size
    hashes = np.zeros(size, dtype=np.uint64)
    every = sequences.every(WORDS)
    hashes[: every.size] = every
    ends = corpus.tokens.first[1:]
    for back in range(1, WORDS):
        hashes[np.maximum(ends - back, 0)] = 0
    return hashes


def _joined(traced: Traced, word: I64, place: I64) -> Phrases:
    """Overlapping phrases that go on alike in both texts, as one run."""
    corpus, found = traced.corpus, traced.pieces
    if not word.size:
        return Phrases(word, word, word.astype(np.float64), word, word)
    text = corpus.tokens.text
    goes_on = (
        (np.diff(word) == 1)
        & (np.diff(place) == 1)
        & (np.diff(text[word]) == 0)
        & (np.diff(text[place]) == 0)
    )
    head = np.concatenate(([True], ~goes_on))
    at = np.flatnonzero(head)
    count = np.diff(np.append(at, word.size)) + WORDS - 1
    total = np.concatenate(([0.0], np.cumsum(found.plain)))
    first = np.searchsorted(found.element, word[at])
    bits = total[first + count] - total[first]
    return Phrases(word[at], as_i64(count), bits, corpus.leaf[text[word[at]]], place[at])
