"""Needles looked for in everything that was read earlier, character by character.

Eight characters of a needle are looked up among the places of earlier texts (`places`); what agrees is
followed to both sides. Like all seed-and-extend searches it finds every common stretch that holds a seed,
here: of nine characters and more from a word's beginning on, or from anywhere within an identifier.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import TOOL, Corpus
from afteraction.lineage.needles import SHORTEST, Needles, Squeezed
from afteraction.lineage.origins import Traced
from afteraction.lineage.places import GRAM, Places, grams, keyed
from afteraction.lineage.tokens import I64, U8, U64, Bools

#: Characters that a match is followed backwards.
_BACK: Final = 64


class Hits(NamedTuple):
    """Characters of a needle that stand in an earlier text: from `at` in the needle, from `there` in the
    corpus's characters, so many (`size`), in text `doc`.
    """

    needle: I64
    at: I64
    there: I64
    size: I64
    doc: I64

    def take(self, which: I64 | Bools) -> Hits:
        """Some of them."""
        return Hits(*(column[which] for column in self))


def seeds(corpus: Corpus, found: Needles) -> tuple[I64, U64]:
    """(seed, key) of every seed that leaves room for a look-up."""
    chars = np.concatenate((found.chars, np.zeros(2 * GRAM, dtype=np.uint8)))
    some = np.flatnonzero(found.seed + GRAM <= (found.begin + found.size)[found.owner])
    return some, keyed(corpus, grams(chars)[found.seed[some]], found.doc[found.owner[some]])


def weave(traced: Traced, text: Squeezed, found: Needles, keys: tuple[I64, U64], known: Places) -> Hits:
    """Every stretch that a needle shares with an earlier text of its session; `keys` are its `seeds`."""
    corpus = traced.corpus
    chars = np.concatenate((found.chars, np.zeros(2 * GRAM, dtype=np.uint8)))
    which, there = known.of(keys[1])
    seed = keys[0][which]
    needle, at = found.owner[seed], found.seed[seed]
    doc = corpus.tokens.text[np.searchsorted(text.at, there, "right") - 1]
    mine = found.doc[needle]
    before = traced.before[corpus.leaf[mine]]
    early = (
        (corpus.avail[doc] < before)
        & (corpus.kind[doc] != TOOL)
        & (corpus.session[doc] == corpus.session[mine])
    )
    return _extended(
        corpus, text, chars, found, Hits(needle, at, there, there, doc).take(np.flatnonzero(early))
    )


def _extended(corpus: Corpus, text: Squeezed, chars: U8, found: Needles, hits: Hits) -> Hits:
    """The hits grown to both sides, each once, without those that stay short."""
    first = corpus.tokens.first
    edge = np.append(text.at, text.at[-1:] + corpus.tokens.end[-1:] - corpus.tokens.start[-1:])
    begin, end = edge[first[hits.doc]], edge[first[hits.doc + 1]]
    own, own_end = found.begin[hits.needle], (found.begin + found.size)[hits.needle]
    size = _forward(chars, text.chars, hits.at, hits.there, np.minimum(own_end - hits.at, end - hits.there))
    back = _backward(chars, text.chars, hits.at, hits.there, np.minimum(hits.at - own, hits.there - begin))
    at, there, size = hits.at - back, hits.there - back, size + back
    order = np.lexsort((there, at))
    at, there, size = at[order], there[order], size[order]
    fresh = np.ones(at.size, dtype=bool)
    fresh[1:] = (np.diff(at) != 0) | (np.diff(there) != 0)
    fresh &= size >= SHORTEST
    return Hits(hits.needle[order], at - own[order], there, size, hits.doc[order]).take(np.flatnonzero(fresh))


def _forward(one: U8, two: U8, at: I64, there: I64, limit: I64) -> I64:
    """How many characters agree from two places on, at most `limit`."""
    size = np.zeros(at.size, dtype=np.int64)
    first, second = grams(one), grams(two)
    active = np.arange(at.size)
    while active.size:
        grown = size[active]
        differ = first[at[active] + grown] ^ second[there[active] + grown]
        same = np.where(
            differ == 0,
            GRAM,
            np.bitwise_count((differ & -differ.view(np.int64).astype(np.uint64)) - np.uint64(1)) // GRAM,
        )
        size[active] = np.minimum(grown + same, limit[active])
        active = active[(same == GRAM) & (size[active] < limit[active])]
    return size


def _backward(one: U8, two: U8, at: I64, there: I64, limit: I64) -> I64:
    size = np.zeros(at.size, dtype=np.int64)
    active = np.flatnonzero(limit > 0)
    for _ in range(_BACK):
        step = size[active] + 1
        active = active[one[at[active] - step] == two[there[active] - step]]
        size[active] += 1
        active = active[size[active] < limit[active]]
        if not active.size:
            break
    return size
