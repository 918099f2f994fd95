"""Needles looked for in everything that was read earlier, character by character.

Eight characters from every word of the earlier texts (and from every character of their long identifiers) are
looked up among the needles' places; what agrees is followed to both sides. Like all seed-and-extend searches
it finds every common stretch that holds a seed, here: of nine characters and more from a word's beginning on.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, TOOL, Corpus
from afteraction.lineage.needles import SHORTEST, Needles, Squeezed
from afteraction.lineage.origins import Traced
from afteraction.lineage.tokens import I64, U8, U64, Bools, as_i64, mix, ranges

_GRAM: Final = 8
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_SIEVE: Final = 22
#: Places of one seed that are tried, the earliest first; identifiers of at least this length are searched
#: inside, all together at so many places.
_PLACES: Final = 8
_IDENTIFIER: Final = 12
_MAX_INSIDE: Final = 1 << 21
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


def weave(traced: Traced, text: Squeezed, found: Needles, before: I64) -> Hits:
    """Every stretch that a needle shares with a text read before the position `before` of the needle."""
    corpus = traced.corpus
    none = np.zeros(0, dtype=np.int64)
    chars = np.concatenate((found.chars, np.zeros(2 * _GRAM, dtype=np.uint8)))
    room = found.seed + _GRAM <= (found.begin + found.size)[found.owner]
    seed, owner = found.seed[room], found.owner[room]
    if not seed.size:
        return Hits(none, none, none, none, none)
    salt = mix(corpus.session.astype(np.uint64) + np.uint64(7))
    keys = (_grams(chars)[seed] ^ salt[found.doc[owner]]) * _ODD
    place, place_keys = _places(corpus, text, salt, keys)
    order = np.argsort(place_keys, kind="stable")
    place, place_keys = place[order], place_keys[order]
    low = np.searchsorted(place_keys, keys)
    count = np.minimum(np.searchsorted(place_keys, keys, "right") - low, _PLACES)
    which, slot = ranges(as_i64(low), as_i64(count))
    needle, at, there = owner[which], seed[which], place[slot]
    doc = corpus.tokens.text[np.searchsorted(text.at, there, "right") - 1]
    early = (
        (corpus.avail[doc] < before[needle])
        & (corpus.kind[doc] != TOOL)
        & (corpus.session[doc] == corpus.session[found.doc[needle]])
    )
    return _extended(
        corpus, text, chars, found, Hits(needle[early], at[early], there[early], there[early], doc[early])
    )


def _grams(chars: U8) -> U64:
    return np.lib.stride_tricks.as_strided(chars[:_GRAM].view(np.uint64), (chars.size - _GRAM + 1,), (1,))


def _places(corpus: Corpus, text: Squeezed, salt: U64, wanted: U64) -> tuple[I64, U64]:
    """(characters of the corpus, keys) where a wanted key may begin."""
    tokens = corpus.tokens
    sieve = np.zeros(1 << _SIEVE, dtype=bool)
    down = np.uint64(64 - _SIEVE)
    sieve[(wanted >> down).view(np.int64)] = True
    grams = _grams(text.chars)
    keys = (grams[text.at] ^ np.repeat(salt, np.diff(tokens.first))) * _ODD
    likely = np.flatnonzero(sieve[(keys >> down).view(np.int64)])
    size = tokens.end - tokens.start
    long = np.flatnonzero(size >= _IDENTIFIER)
    long = long[corpus.kind[tokens.text[long]] < ARGUMENT]
    inner = np.cumsum(size[long] - _GRAM)
    long = long[: int(np.searchsorted(inner, _MAX_INSIDE))]
    which, at = ranges(text.at[long] + 1, size[long] - _GRAM)
    inside = (grams[at] ^ salt[tokens.text[long]][which]) * _ODD
    some = np.flatnonzero(sieve[(inside >> down).view(np.int64)])
    return np.concatenate((text.at[likely], at[some])), np.concatenate((keys[likely], inside[some]))


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
    first, second = _grams(one), _grams(two)
    active = np.arange(at.size)
    while active.size:
        grown = size[active]
        differ = first[at[active] + grown] ^ second[there[active] + grown]
        same = np.where(
            differ == 0,
            _GRAM,
            np.bitwise_count((differ & -differ.view(np.int64).astype(np.uint64)) - np.uint64(1)) // _GRAM,
        )
        size[active] = np.minimum(grown + same, limit[active])
        active = active[(same == _GRAM) & (size[active] < limit[active])]
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
