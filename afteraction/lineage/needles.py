"""What is left unexplained in arguments, as characters to look for: as they are, turned round, or shifted.

A needle is a row of letters and digits without any separators, so that what was regrouped, glued, spaced out
or cut is still found.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, Corpus
from afteraction.lineage.origins import Traced
from afteraction.lineage.telling import seedworthy
from afteraction.lineage.tokens import I64, U8, U64, Bools, as_i64, ranges

#: Unexplained words at most so far from each other (in words) make one needle.
_NEAR: Final = 3
#: The least and the most characters of a needle.
SHORTEST: Final = 9
_LONGEST: Final = 1 << 16
#: Letters that are needed to call something shifted; the first few words of this size are tried.
LETTERS: Final = 6
_SHIFTED_WORDS: Final = 6
_SHIFTED_SIZE: Final = 3
_GRAM: Final = 8
#: What was done to the characters of a needle, by number; from `SHIFTS` on: letters moved by so many places.
PLAIN, REVERSED, SHIFTS = range(3)
_ALPHABET: Final = 26


class Needles(NamedTuple):
    """Needles laid end to end in `chars`, and the places in them where a search begins (`seed`, `owner`).

    By needle: `begin` and `size` in `chars`, the text `doc` that it is of, the change `how`, and the place
    `base` of its first character among all characters of the corpus (`Squeezed`).
    """

    chars: U8
    begin: I64
    size: I64
    doc: I64
    how: I64
    base: I64
    seed: I64
    owner: I64


class Squeezed(NamedTuple):
    """The letters and digits of a corpus without separators: `chars` (zeros follow), `at` of each word."""

    chars: U8
    at: I64


def squeezed(corpus: Corpus) -> Squeezed:
    """All words of a corpus, one right after the other."""
    tokens = corpus.tokens
    size = tokens.end - tokens.start
    packed = tokens.codes.tobytes().translate(None, b"\0") + b"\0" * 32
    return Squeezed(np.frombuffer(packed, dtype=np.uint8), np.cumsum(size) - size)


def unexplained(traced: Traced) -> Bools:
    """Which argument words (`Pieces.element`) stand in no earlier text and are no everyday words."""
    found, words = traced.pieces, traced.words
    corpus = traced.corpus
    new: Bools = (
        words.earliest[:ARGUMENT, words.group[found.element]].min(axis=0) >= traced.before[found.owner]
    )
    new &= corpus.kind[corpus.tokens.text[found.element]] == ARGUMENT
    some = np.flatnonzero(new)
    new[some] = seedworthy(corpus, found.element[some])
    lone = corpus.tokens.end[found.element] - corpus.tokens.start[found.element] == 1
    new[1:-1] |= lone[:-2] & lone[1:-1] & lone[2:]
    return new


def needles(traced: Traced, text: Squeezed, new: Bools) -> Needles:
    """The needles of a corpus whose unexplained argument words are `new`."""
    corpus, element = traced.corpus, traced.pieces.element
    first, last = _near(corpus, element[np.flatnonzero(new)])
    tokens = corpus.tokens
    begin = text.at[first]
    size = text.at[last] + tokens.end[last] - tokens.start[last] - begin
    kept = (size >= SHORTEST) & (size <= _LONGEST)
    first, last, begin, size = first[kept], last[kept], begin[kept], size[kept]
    owner, word = ranges(first, last - first + 1)
    plain = _Rows(begin, size, tokens.text[first])
    fresh = np.zeros(tokens.start.size, dtype=bool)
    fresh[element[new]] = True
    words = _Words(owner, word, tokens.end[word] - tokens.start[word])
    return _together(_as_they_are(text, plain, words, fresh), _reversed(text, plain, words))


class _Rows(NamedTuple):
    begin: I64
    size: I64
    doc: I64


class _Words(NamedTuple):
    owner: I64
    word: I64
    size: I64


def _near(corpus: Corpus, words: I64) -> tuple[I64, I64]:
    """(first, last) of words of one call (of one text, where it was decoded) that stand near each other."""
    text = corpus.tokens.text[words]
    call = np.where(corpus.parent[text] == text, corpus.row[text], -1 - text)
    head = np.ones(words.size, dtype=bool)
    head[1:] = (np.diff(words) > _NEAR) | (np.diff(call) != 0)
    at = np.flatnonzero(head)
    if not at.size:
        return words[:0], words[:0]
    first, last = words[at], words[np.append(at[1:], words.size) - 1]
    lowest, highest = _bounds(corpus, first)
    return np.maximum(first - _NEAR, lowest), np.minimum(last + _NEAR, highest)


def _bounds(corpus: Corpus, words: I64) -> tuple[I64, I64]:
    """The first and the last argument word of the same call (of the same text, where it was decoded)."""
    tokens, text = corpus.tokens, corpus.tokens.text[words]
    own = (corpus.parent == np.arange(corpus.parent.size)) & (corpus.kind == ARGUMENT)
    docs = np.flatnonzero(own)
    rows = corpus.row[docs]
    head = np.flatnonzero(np.diff(rows, prepend=-1))
    low, high = docs[head], docs[np.append(head[1:], docs.size) - 1]
    place = np.full(int(corpus.row.max(initial=0)) + 1, 0, dtype=np.int64)
    place[rows[head]] = np.arange(head.size)
    mine = own[text]
    call = place[np.maximum(corpus.row[text], 0)]
    return tokens.first[np.where(mine, low[call], text)], tokens.first[
        np.where(mine, high[call], text) + 1
    ] - 1


def _as_they_are(text: Squeezed, rows: _Rows, words: _Words, fresh: Bools) -> Needles:
    """Places to begin at: unexplained words, all characters of long ones, and short words before them."""
    owner, word, size = words
    begins = fresh[word] | (fresh[np.minimum(word + 1, fresh.size - 1)] & (size < _GRAM))
    word, owner, size = word[begins], owner[begins], size[begins]
    inner = np.where(fresh[word] & (size >= SHORTEST), size, 1)
    which, at = ranges(text.at[word], inner)
    begin = np.cumsum(rows.size) - rows.size
    chars = text.chars[ranges(rows.begin, rows.size)[1]]
    holder = owner[which]
    return Needles(
        chars,
        begin,
        rows.size,
        rows.doc,
        np.zeros_like(begin),
        rows.begin,
        at - rows.begin[holder] + begin[holder],
        holder,
    )


def _reversed(text: Squeezed, rows: _Rows, words: _Words) -> Needles:
    """Characters from last to first; every word's last one is a place to begin at."""
    begin = np.cumsum(rows.size) - rows.size
    which, at = ranges(rows.begin, rows.size)
    last = rows.begin + rows.size - 1
    chars = text.chars[last[which] - (at - rows.begin[which])]
    owner, end = words.owner, text.at[words.word] + words.size - 1
    how = np.full_like(begin, REVERSED)
    return Needles(chars, begin, rows.size, rows.doc, how, last, last[owner] - end + begin[owner], owner)


class Shifts(NamedTuple):
    """Eight characters of words of needles with their letters moved: `values`, `needle`, `moves` of each."""

    values: U64
    needle: I64
    moves: I64


def shifts(corpus: Corpus, text: Squeezed, found: Needles, new: I64) -> Shifts:
    """The first unexplained words (`new`) of needles, their letters moved by one to twenty-five places."""
    size = corpus.tokens.end[new] - corpus.tokens.start[new]
    worth = new[(size >= _SHIFTED_SIZE) & (corpus.tokens.letters(new) > 0)]
    plain = np.flatnonzero(found.how == PLAIN)
    if not plain.size:
        worth = worth[:0]
    needle = np.searchsorted(found.base[plain], text.at[worth], "right") - 1
    inside = (needle >= 0) & (text.at[worth] + _GRAM <= (found.base + found.size)[plain[needle]])
    worth, needle = worth[inside], plain[needle[inside]]
    some = _nth(needle) < _SHIFTED_WORDS
    worth, needle = worth[some], needle[some]
    chars = text.chars[text.at[worth][:, None] + np.arange(_GRAM)]
    moved = _moved(chars[None], np.arange(1, _ALPHABET)[:, None, None])
    values = np.ascontiguousarray(moved).view(np.uint64).reshape(-1)
    return Shifts(values, np.tile(needle, _ALPHABET - 1), np.repeat(np.arange(1, _ALPHABET), needle.size))


def _moved(chars: U8, moves: I64) -> U8:
    letter = (chars >= ord("a")) & (chars <= ord("z"))
    moved = (chars.astype(np.int16) - ord("a") + moves.astype(np.int16)) % _ALPHABET + ord("a")
    return np.where(letter, moved, chars).astype(np.uint8)


def shifted(found: Needles, needle: I64, moves: I64) -> Needles:
    """Some needles with their letters moved; every character is a place to begin at."""
    which, at = ranges(found.begin[needle], found.size[needle])
    chars = _moved(found.chars[at], moves[which])
    size = found.size[needle]
    begin = np.cumsum(size) - size
    return Needles(
        chars,
        begin,
        size,
        found.doc[needle],
        moves - 1 + SHIFTS,
        found.base[needle],
        np.arange(chars.size),
        which,
    )


def _nth(owner: I64) -> I64:
    """The how-manieth entry of its owner each one is (owners come in stretches)."""
    head = np.ones(owner.size, dtype=bool)
    head[1:] = np.diff(owner) != 0
    at = np.arange(owner.size)
    return as_i64(at - np.maximum.accumulate(np.where(head, at, 0)))


def _together(*some: Needles) -> Needles:
    """Several sets of needles as one."""
    chars = np.cumsum([0, *(one.chars.size for one in some)])
    count = np.cumsum([0, *(one.begin.size for one in some)])
    columns = []
    for name in Needles._fields:
        shift = chars if name in ("begin", "seed") else count if name == "owner" else np.zeros_like(chars)
        columns.append(
            np.concatenate([getattr(one, name) + by for one, by in zip(some, shift, strict=False)])
            if name != "chars"
            else np.concatenate([one.chars for one in some])
        )
    return Needles(*columns)
