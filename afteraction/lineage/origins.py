"""The origin of every piece of every argument: the most trusted earlier text that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, RESULT, SYSTEM, USER, Corpus
from afteraction.lineage.matching import NEVER, Index, Places, Runs, find, index
from afteraction.lineage.runs import Pieces, pieces
from afteraction.lineage.tokens import I64, Sequences, as_i64

OWN: Final = ARGUMENT
KINDS: Final = 5


@dataclass(frozen=True)
class Traced:
    """What was found for the pieces of one corpus.

    `before` has one position per leaf: what could be read earlier is admissible. For each piece: `origin`
    (a kind; `OWN` where nothing earlier explains it), and by kind `first` (the earliest position, `NEVER`
    for none) and `place` (the place in `places`, -1 for none).
    """

    corpus: Corpus
    words: Index
    sequences: Sequences
    pieces: Pieces
    places: Places
    before: I64
    first: I64
    place: I64
    origin: I64


def trace(corpus: Corpus, actions: pl.DataFrame) -> Traced:
    """Look for every piece of every leaf in what was read earlier; `actions` are the corpus's rows."""
    before = actions["position"].to_numpy()[corpus.leaves.row]
    words, found, sequences = index(corpus), pieces(corpus), Sequences(corpus.tokens.hash)
    places = find(corpus, words, sequences, Runs(found.start, found.count, found.leaf), before)
    first, place = _by_kind(corpus, places, found.start.size)
    _lone_words(words, found, before, first)
    return Traced(corpus, words, sequences, found, places, before, first, place, most_trusted(first))


def _by_kind(corpus: Corpus, places: Places, count: int) -> tuple[I64, I64]:
    """By kind of text: the earliest position of each piece, and the place where it stands there."""
    first = np.full((KINDS, count), NEVER, dtype=np.int64)
    place = np.full((KINDS, count), -1, dtype=np.int64)
    kind, avail = corpus.kind[places.doc], corpus.avail[places.doc]
    for k in range(KINDS):
        chosen = np.flatnonzero(kind == k)
        chosen = chosen[np.lexsort((avail[chosen], places.run[chosen]))]
        run, head = np.unique(places.run[chosen], return_index=True)
        first[k, run] = avail[chosen[head]]
        place[k, run] = chosen[head]
    return first, place


def _lone_words(words: Index, found: Pieces, before: I64, first: I64) -> None:
    """A single word's earliest positions are known exactly, however often it occurs."""
    lone = np.flatnonzero(found.count == 1)
    if lone.size:
        known = words.earliest[:, words.group[found.start[lone]]]
        known = np.where(known < before[found.leaf[lone]], known, NEVER)
        first[:, lone] = np.minimum(first[:, lone], known)


def most_trusted(first: I64) -> I64:
    """The person, then the system, else whichever of result, assistant and own arguments held it first.

    So the model's text does not launder a value that a result held before it, and a result that repeats
    what the agent had sent is not the origin of it.
    """
    later = np.argmin(first[RESULT:], axis=0) + RESULT
    later = np.where(np.min(first[RESULT:], axis=0) == NEVER, OWN, later)
    return as_i64(np.where(first[USER] < NEVER, USER, np.where(first[SYSTEM] < NEVER, SYSTEM, later)))
