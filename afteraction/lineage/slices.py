"""Words of arguments that are pieces of longer words read earlier, and longer words put around one."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, Corpus
from afteraction.lineage.origins import Traced
from afteraction.lineage.tokens import I64, U64, Bools, grams, member, mix, ranges

#: The shortest piece of a word that is followed, and how many places are tried for one.
SHORTEST: Final = 6
_INSIDE: Final = 8
#: From these lengths on a word of letters alone may be cut out, or be cut from.
_LONG_PIECE: Final = 10
_LONG_WORD: Final = 12
_MAX_PLACES: Final = 8
_MAX_POSITIONS: Final = 1 << 22


class Slice(NamedTuple):
    """One word of `leaf` and the word of text `doc` that holds it (or that it holds, `inside` out).

    `start`/`end` are the bytes in the argument's text `arg_doc` that are explained, `origin` the first byte
    of the other word's part, all counted in the whole corpus; `word` is the other word.
    """

    leaf: int
    arg_doc: int
    start: int
    end: int
    doc: int
    origin: int
    word: int


def slices(traced: Traced) -> list[Slice]:
    """Every unexplained argument word of six characters or more that is cut out of, or put around, a word."""
    corpus, found, before = traced.corpus, traced.pieces, traced.before
    tokens, words = corpus.tokens, traced.words
    if not found.element.size:
        return []
    known = words.earliest[:ARGUMENT, words.group[found.element]].min(axis=0) < before[found.owner]
    size = tokens.end[found.element] - tokens.start[found.element]
    written = corpus.kind[tokens.text[found.element]] == ARGUMENT
    likely = ~known & written & (size >= SHORTEST) & (found.weight > 0)
    lone = np.flatnonzero(likely & _odd(corpus, found.element, _LONG_PIECE))
    if not lone.size:
        return []
    sessions = np.zeros(int(corpus.session.max()) + 1, dtype=bool)
    sessions[corpus.session[tokens.text[found.element[lone]]]] = True
    readable = (corpus.kind < ARGUMENT) & sessions[corpus.session]
    long = tokens.end - tokens.start >= SHORTEST
    others = np.flatnonzero(long & np.repeat(readable, np.diff(tokens.first)))
    others = others[_odd(corpus, others, _LONG_WORD)]
    args, leaf = found.element[lone], found.owner[lone]
    cut = _cut(corpus, args, leaf, others, before)
    return cut + _wrapped(corpus, args, leaf, others, before)


def _odd(corpus: Corpus, words: I64, long: int) -> Bools:
    """Whether a word is no plain word of a language: digits, capitals inside, or great length."""
    tokens = corpus.tokens
    size = tokens.end[words] - tokens.start[words]
    odd: Bools = (tokens.letters(words) < np.minimum(size, 8)) | (size >= long)
    rest = np.flatnonzero(~odd)
    odd[rest] = tokens.mixed_case(words[rest])
    return odd


def _cut(corpus: Corpus, args: I64, leaf: I64, others: I64, before: I64) -> list[Slice]:
    tokens = corpus.tokens
    size = tokens.end[others] - tokens.start[others]
    long = others[size > SHORTEST]
    heads = _salted(corpus, args, tokens.start[args], SHORTEST)
    order = np.argsort(heads, kind="stable")
    sorted_heads = heads[order]
    out = []
    for word, at, key in _windows(corpus, long, SHORTEST, sorted_heads):
        low = int(np.searchsorted(sorted_heads, key))
        for one in order[low : low + _MAX_PLACES].tolist():
            if heads[one] != key:
                break
            start, end = int(tokens.start[args[one]]), int(tokens.end[args[one]])
            doc = int(tokens.text[word])
            if corpus.avail[doc] >= before[leaf[one]] or at + end - start > tokens.end[word]:
                continue
            if np.array_equal(tokens.codes[at : at + end - start], tokens.codes[start:end]):
                out.append(Slice(int(leaf[one]), int(tokens.text[args[one]]), start, end, doc, at, word))
    return out


def _wrapped(corpus: Corpus, args: I64, leaf: I64, others: I64, before: I64) -> list[Slice]:
    tokens = corpus.tokens
    size = tokens.end[others] - tokens.start[others]
    digits = tokens.letters(others) < np.minimum(size, 8)
    others = others[(size >= _INSIDE) & digits]
    heads = _salted(corpus, others, tokens.start[others], _INSIDE)
    order = np.argsort(heads, kind="stable")
    sorted_heads, owner = heads[order], dict(zip(args.tolist(), leaf.tolist(), strict=True))
    long = args[tokens.end[args] - tokens.start[args] > _INSIDE]
    out = []
    for word, at, key in _windows(corpus, long, _INSIDE, sorted_heads):
        low = int(np.searchsorted(sorted_heads, key))
        for place in order[low : low + _MAX_PLACES].tolist():
            other = int(others[place])
            if heads[place] != key or corpus.avail[tokens.text[other]] >= before[owner[word]]:
                continue
            start, end = int(tokens.start[other]), int(tokens.end[other])
            if at + end - start <= tokens.end[word] and np.array_equal(
                tokens.codes[at : at + end - start], tokens.codes[start:end]
            ):
                doc = int(tokens.text[other])
                out.append(
                    Slice(owner[word], int(tokens.text[word]), at, at + end - start, doc, start, other)
                )
                break
    return out


def _windows(corpus: Corpus, long: I64, size: int, wanted: U64) -> list[tuple[int, int, np.uint64]]:
    """(word, byte, key) of every window of `size` bytes in the given words whose key is wanted."""
    tokens = corpus.tokens
    count = tokens.end[long] - tokens.start[long] - size + 1
    total = np.cumsum(count)
    keep = int(np.searchsorted(total, _MAX_POSITIONS))
    long, count = long[: keep + 1], np.minimum(count[: keep + 1], _MAX_POSITIONS)
    which, at = ranges(tokens.start[long], count)
    keys = _salted(corpus, long[which], at, size)
    hits = np.flatnonzero(member(keys, wanted))
    return list(zip(long[which[hits]].tolist(), at[hits].tolist(), keys[hits], strict=True))


def _salted(corpus: Corpus, words: I64, at: I64, size: int) -> U64:
    tokens = corpus.tokens
    salt = mix(corpus.session.astype(np.uint64) + np.uint64(7))
    return mix(grams(tokens.codes, at, size) ^ salt[tokens.text[words]])


__all__ = ["SHORTEST", "Slice", "slices"]
