"""Which runs of words in arguments stand, in the same order, in an earlier text of the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, RESULT, Corpus
from afteraction.lineage.tokens import I64, U64, Sequences, as_i64, mix, ranges

NEVER: Final = np.int64(np.iinfo(np.int64).max)
#: Places of a run's rarest word that are tried, the earliest first.
_MAX_PLACES: Final = 64
_KINDS: Final = 5
_SIEVE: Final = np.uint64((1 << 21) - 1)


@dataclass(frozen=True)
class Index:
    """The words of a corpus by (session, word).

    `group` gives each word's group; `members` lists words group by group, earliest text first; `begin` is
    where each group starts in `members` (one more than there are groups); `earliest[kind]` is the first
    position at which a text of that kind held the group's word, `NEVER` where none did.
    """

    group: I64
    members: I64
    begin: I64
    earliest: I64


class Runs(NamedTuple):
    """Runs of words in argument texts: first word, number of words, the leaf they belong to."""

    start: I64
    size: I64
    leaf: I64


class Places(NamedTuple):
    """Where runs were found: the run, the first word of the place, and the text it stands in."""

    run: I64
    start: I64
    doc: I64


def index(corpus: Corpus, hashes: U64 | None = None) -> Index:
    """Group the words of each session that some argument of the batch holds; all others have the group -1.

    `hashes` (one per word, 0 for none) groups something else that begins at each word, such as phrases.
    """
    tokens = corpus.tokens
    salt = mix(corpus.session.astype(np.uint64) + np.uint64(1))
    counts = np.diff(tokens.first)
    keys = (tokens.hash if hashes is None else hashes) ^ np.repeat(salt, counts)
    written = np.flatnonzero(corpus.kind >= ARGUMENT)
    asked = ranges(tokens.first[written], counts[written])[1]
    if hashes is None:
        kept = _asked(keys, asked)
    else:
        kept = _asked(keys, asked[hashes[asked] != 0])
        kept = kept[hashes[kept] != 0]
    group = np.full(tokens.hash.size, -1, dtype=np.int64)
    if kept.size == 0:
        none = np.zeros(0, dtype=np.int64)
        return Index(group, none, np.zeros(1, dtype=np.int64), np.zeros((_KINDS, 0), dtype=np.int64))
    bits = np.uint64(int(kept.size).bit_length())
    packed = (keys[kept] >> bits << bits) | np.arange(kept.size, dtype=np.uint64)
    packed.sort()
    members = kept[(packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)]
    packed >>= bits
    begin = np.concatenate(([True], packed[1:] != packed[:-1]))
    starts = as_i64(np.flatnonzero(begin))
    number = np.cumsum(begin) - 1
    group[members] = number
    return Index(group, members, np.append(starts, members.size), _earliest(corpus, members, starts, number))


def _earliest(corpus: Corpus, members: I64, starts: I64, number: I64) -> I64:
    """By kind of text and group: the first position at which such a text held the group's word."""
    doc = corpus.tokens.text[members]
    kind, avail = corpus.kind.astype(np.int8)[doc], corpus.avail[doc]
    earliest = np.full((_KINDS, starts.size), NEVER, dtype=np.int64)
    for k in range(_KINDS):
        if k == RESULT:
            earliest[k] = np.minimum.reduceat(np.where(kind == k, avail, NEVER), starts)
        else:
            some = np.flatnonzero(kind == k)
            np.minimum.at(earliest[k], number[some], avail[some])
    return earliest


def _asked(keys: U64, asked: I64) -> I64:
    """The words that may equal an asked one: a sieve, so that the sort sees few others."""
    low = (keys & _SIEVE).view(np.int64)
    sieve = np.zeros(int(_SIEVE) + 1, dtype=bool)
    sieve[low[asked]] = True
    return as_i64(np.flatnonzero(sieve[low]))


def find(corpus: Corpus, words: Index, sequences: Sequences, runs: Runs, before: I64) -> Places:
    """Every place (up to `_MAX_PLACES` of the rarest word) where a run stands in a text read earlier.

    `before` has one position per leaf: only texts that could be read before it are admissible.
    """
    tokens = corpus.tokens
    if runs.start.size == 0:
        none = np.zeros(0, dtype=np.int64)
        return Places(none, none, none)
    runs, kept = _possible(words, runs, before)
    if not kept.size:
        return Places(kept, kept, kept)
    sizes = np.diff(words.begin)
    _, element = ranges(runs.start, runs.size)
    offset = np.cumsum(runs.size) - runs.size
    rarity = sizes[words.group[element]]
    rarest = np.minimum.reduceat(rarity, offset)
    seen = np.repeat(rarest, runs.size) == rarity
    anchor = as_i64(np.minimum.reduceat(np.where(seen, element, NEVER), offset))
    group = words.group[anchor]
    run, slot = ranges(words.begin[group], np.minimum(sizes[group], _MAX_PLACES))
    start = words.members[slot] - (anchor - runs.start)[run]
    doc = tokens.text[words.members[slot]]
    fits = (start >= tokens.first[doc]) & (start + runs.size[run] <= tokens.first[doc + 1])
    fits &= corpus.avail[doc] < before[runs.leaf[run]]
    run, start, doc = run[fits], start[fits], doc[fits]
    wanted = sequences.of(runs.start, runs.size)[run]
    same = sequences.of(start, runs.size[run]) == wanted
    return Places(kept[run[same]], start[same], doc[same])


def _possible(words: Index, runs: Runs, before: I64) -> tuple[Runs, I64]:
    """The runs whose every word was read earlier, and their numbers."""
    owner, element = ranges(runs.start, runs.size)
    late = words.earliest.min(axis=0)[words.group[element]] >= before[runs.leaf][owner]
    kept = np.flatnonzero(~np.logical_or.reduceat(late, np.cumsum(runs.size) - runs.size))
    return Runs(runs.start[kept], runs.size[kept], runs.leaf[kept]), kept
