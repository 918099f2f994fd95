"""The pieces of an argument value that are traced: the whole, its lines and sentences, and its entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from afteraction.lineage.corpus import ARGUMENT, TOOL, Corpus
from afteraction.lineage.tokens import I64, Bools, as_i64, member, ranges
from afteraction.lineage.wordlists import common

Floats = npt.NDArray[np.float64]

#: What a piece is: the whole value, a line or sentence of it, or an entity (address, number, identifier).
WHOLE, LINE, ENTITY = range(3)
_BREAKS: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\n\"'`<>()[]{},;|=*\\\0", dtype=np.uint8))
_SPACES: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\n\\\"'", dtype=np.uint8))
_ENDERS: Final = np.isin(np.arange(256), np.frombuffer(b".!?:;", dtype=np.uint8))
_KINDS: Final = 3
#: Of one text so many lines and entities are traced; phrases are followed beyond.
_MAX_PER_KIND: Final = 1000
_LONG_WORD: Final = 12
_LINE_WORDS: Final = 3
#: What a character is worth in bits: a digit, a letter of a word, a letter of a mixed identifier.
_DIGIT, _LETTER, _MIXED = 3.3, 1.5, 4.0
WORD_CAP: Final = 14.0
#: Longer than the words of most languages; and from where on inner capitals mean more than a camel's hump.
_LONGEST_WORD: Final = 20
_MIXED_SIZE: Final = 10
_JOINED: Final = 8.0


@dataclass(frozen=True)
class Pieces:
    """Runs of words of argument texts: `start`, `count` (words), `leaf`, `doc`, `kind`, `bits`.

    `element` are all argument words, `plain` their bits, `weight` the same but 0 for common words, `owner`
    the leaf of each.
    """

    start: I64
    count: I64
    leaf: I64
    doc: I64
    kind: I64
    bits: Floats
    element: I64
    plain: Floats
    weight: Floats
    owner: I64


def sentence_starts(corpus: Corpus, element: I64) -> Bools:
    """Whether a line or sentence begins at each of the given words (not counting a text's first word)."""
    tokens = corpus.tokens
    return _starts(corpus, tokens.end[np.maximum(element - 1, 0)], tokens.start[element])


def every_sentence_start(corpus: Corpus) -> Bools:
    """`sentence_starts` of all words."""
    end = corpus.tokens.end
    return _starts(corpus, np.concatenate((end[:1], end[:-1])), corpus.tokens.start)


def _starts(corpus: Corpus, left: I64, start: I64) -> Bools:
    raw = corpus.tokens.raw
    one, two, last = raw[left], raw[left + 1], raw[start - 1]
    escaped = (one == ord("\\")) & ((two == ord("n")) | (two == ord("r")))
    newline = (one == ord("\n")) | (two == ord("\n")) | (last == ord("\n"))
    starts: Bools = newline | escaped | (_ENDERS[one] & _SPACES[two])
    return starts


def pieces(corpus: Corpus) -> Pieces:
    """Every piece of every argument text, decoded texts included."""
    tokens = corpus.tokens
    docs = np.flatnonzero((corpus.kind >= ARGUMENT) & (np.diff(tokens.first) > 0)).astype(np.int64)
    size = tokens.first[docs + 1] - tokens.first[docs]
    which, element = ranges(tokens.first[docs], size)
    head = element == tokens.first[docs][which]
    breaks = _breaks(corpus, element)
    weight, plain = _weights(corpus, element)
    line = sentence_starts(corpus, element) | head
    chunk = breaks | head
    at, count, kind = _cut_at((head, WHOLE), (line, LINE), (chunk, ENTITY))
    total = np.concatenate(([0.0], np.cumsum(plain)))
    marks = np.concatenate(([0], np.cumsum(~chunk)))
    bits = total[at + count] - total[at]
    inner = marks[at + count] - marks[np.minimum(at + 1, at + count)]
    bits = bits + np.where((inner > 0) & (kind != LINE), _JOINED, 0.0)
    keep = (kind == WHOLE) | ((count < size[which[at]]) & (corpus.kind[docs[which[at]]] == ARGUMENT))
    keep &= (kind != LINE) | (count >= _LINE_WORDS)
    long_word = (tokens.end[element] - tokens.start[element] >= _LONG_WORD) | (plain > WORD_CAP)
    keep &= (kind != ENTITY) | (count > 1) | long_word[at]
    keep &= rank(which[at] * _KINDS + kind, keep) < _MAX_PER_KIND
    at, count, kind, bits = at[keep], count[keep], kind[keep], bits[keep]
    doc = docs[which[at]]
    return Pieces(
        element[at],
        count,
        corpus.leaf[doc],
        doc,
        kind,
        bits,
        element,
        plain,
        weight,
        corpus.leaf[docs[which]],
    )


def rank(owner: I64, keep: Bools) -> I64:
    """How many kept entries of the same owner stand before each entry (the owners come in stretches)."""
    kept: I64 = np.cumsum(keep) - keep
    head = np.diff(owner, prepend=-1) != 0
    before: I64 = kept - kept[np.maximum.accumulate(np.where(head, np.arange(owner.size), 0))]
    return before


def _cut_at(*cuts: tuple[Bools, int]) -> tuple[I64, I64, I64]:
    """(begin, count, kind) of the stretches between the flags, kind by kind."""
    begins = [as_i64(np.flatnonzero(flag)) for flag, _ in cuts]
    counts = [np.diff(begin, append=flag.size) for begin, (flag, _) in zip(begins, cuts, strict=True)]
    kinds = [np.full(begin.size, kind) for begin, (_, kind) in zip(begins, cuts, strict=True)]
    return np.concatenate(begins), as_i64(np.concatenate(counts)), as_i64(np.concatenate(kinds))


def _breaks(corpus: Corpus, element: I64) -> Bools:
    """Whether white-space, a quote, a bracket or a comma stands before each word."""
    tokens = corpus.tokens
    left = tokens.end[np.maximum(element - 1, 0)]
    ahead = _BREAKS[tokens.raw[tokens.start[element] - 1]]
    breaks: Bools = _BREAKS[tokens.raw[left]] | _BREAKS[tokens.raw[left + 1]] | ahead
    return breaks


def _weights(corpus: Corpus, element: I64) -> tuple[Floats, Floats]:
    """(bits without common words, bits) of each word."""
    tokens = corpus.tokens
    size = tokens.end[element] - tokens.start[element]
    letters = tokens.letters(element) / np.minimum(size, 8) * size
    digits = size - letters
    mixed = (letters > 0) & (digits > 0)
    long = np.flatnonzero(~mixed & (size >= _MIXED_SIZE))
    mixed[long] = tokens.mixed_case(element[long])
    word = np.where(letters > _LONGEST_WORD, letters * _LETTER, np.minimum(letters * _LETTER, WORD_CAP))
    bits = np.where(
        mixed,
        letters * _MIXED + digits * _DIGIT,
        np.where(digits > 0, digits * _DIGIT, word),
    )
    stop = member(tokens.hash[element], common()) | (size < 2)
    bits = np.where(stop, 1.0, bits)
    named = corpus.kind[tokens.text[element]] == TOOL
    return np.where(named, 1.0, np.where(stop, 0.0, bits)), bits
