"""Where in the texts of a session some eight characters stand, looked up by their hash."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, Corpus
from afteraction.lineage.needles import Squeezed
from afteraction.lineage.tokens import I64, U8, U64, as_i64, mix, ranges

#: Characters of one look-up.
GRAM: Final = 8
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_SIEVE: Final = 22
_DOWN: Final = np.uint64(64 - _SIEVE)
#: Places of one look-up that are tried, the earliest first; identifiers of at least this length are searched
#: inside, all together at so many places.
_PLACES: Final = 8
IDENTIFIER: Final = 12
_MAX_INSIDE: Final = 1 << 21


class Places(NamedTuple):
    """Characters of the corpus (`at`) with the keys that begin there, by key and then by place."""

    keys: U64
    at: I64

    def of(self, wanted: U64) -> tuple[I64, I64]:
        """(number of the wanted key, character of the corpus) for the first few places of each."""
        sieve = np.zeros(1 << _SIEVE, dtype=bool)
        sieve[(self.keys >> _DOWN).view(np.int64)] = True
        some = np.flatnonzero(sieve[(wanted >> _DOWN).view(np.int64)])
        low = np.searchsorted(self.keys, wanted[some])
        count = np.minimum(np.searchsorted(self.keys, wanted[some], "right") - low, _PLACES)
        which, slot = ranges(as_i64(low), as_i64(count))
        return some[which], self.at[slot]


def grams(chars: U8) -> U64:
    """The eight characters from each one on, as a view."""
    return np.lib.stride_tricks.as_strided(chars[:GRAM].view(np.uint64), (chars.size - GRAM + 1,), (1,))


def salts(corpus: Corpus) -> U64:
    """By text: what keeps the keys of sessions apart."""
    return mix(corpus.session.astype(np.uint64) + np.uint64(7))


def keyed(corpus: Corpus, values: U64, doc: I64) -> U64:
    """The keys of eight characters of the sessions of the given texts."""
    return (values ^ salts(corpus)[doc]) * _ODD


def places(corpus: Corpus, text: Squeezed, wanted: U64) -> Places:
    """Where the wanted keys may begin: at every word, and inside every long identifier that was read."""
    tokens = corpus.tokens
    sieve = np.zeros(1 << _SIEVE, dtype=bool)
    sieve[(wanted >> _DOWN).view(np.int64)] = True
    views, salt = grams(text.chars), salts(corpus)
    keys = (views[text.at] ^ np.repeat(salt, np.diff(tokens.first))) * _ODD
    likely = np.flatnonzero(sieve[(keys >> _DOWN).view(np.int64)])
    size = tokens.end - tokens.start
    long = np.flatnonzero(size >= IDENTIFIER)
    long = long[corpus.kind[tokens.text[long]] < ARGUMENT]
    long = long[: int(np.searchsorted(np.cumsum(size[long] - GRAM), _MAX_INSIDE))]
    which, at = ranges(text.at[long] + 1, size[long] - GRAM)
    inside = (views[at] ^ salt[tokens.text[long]][which]) * _ODD
    some = np.flatnonzero(sieve[(inside >> _DOWN).view(np.int64)])
    found, at = np.concatenate((keys[likely], inside[some])), np.concatenate((text.at[likely], at[some]))
    order = np.lexsort((at, found))
    return Places(found[order], at[order])
