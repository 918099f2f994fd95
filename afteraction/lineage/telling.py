"""How much a stretch of text tells: the bits that two texts would have to share by chance."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.everyday import anybodys, english, everyday, function
from afteraction.lineage.tokens import I64, Bools, member, ranges

Floats = npt.NDArray[np.float64]

#: A stretch from a result is a flow from this many bits on.
TELLING_BITS: Final = 21.0
#: Bits of a character: a digit, a letter of a word, a letter of an identifier. An alphanumeric draw has 5.95
#: and a hexadecimal one 4; digits in texts are mostly dates and counts, so they are given less than log2(10).
_DIGIT, _LETTER, _DRAWN = 3.0, 1.5, 4.0
#: Bits of whole words: one that stands in any text, one of everyday language, at most of any other, at most
#: of a name; and of each letter beyond the eighth.
_FUNCTION, _EVERYDAY, _PLAIN, _NAME = 0.25, 2.75, 8.0, 13.0
_LONGER = 0.5
_LONE_DIGIT: Final = 1.0
#: The same of a word in a chain of made-up words, and of each letter of it.
_LINKED, _LINKED_LETTER = 16.0, 2.0
_LINKS: Final = np.isin(np.arange(256), np.frombuffer(b"-_", dtype=np.uint8))
#: No language's words are longer; and from this length on inner capitals mean more than a camel's hump.
_LONGEST: Final = 20
_MIXED_SIZE: Final = 10
#: Bits of what joins two words without white-space: an identifier is more than its words.
_JOIN, _AT, _JOINS = 1.0, 4.0, 6.0
#: What separates words for good; other single marks join them.
OPEN: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\n\"'`<>()[]{},;|=*\\\0", dtype=np.uint8))
_HIGH: Final = np.uint64(0x8080808080808080)
_ENDERS: Final = np.isin(np.arange(256), np.frombuffer(b".!?:;\n>\0", dtype=np.uint8))


def bits_of(corpus: Corpus, words: I64) -> Floats:
    """The bits of each of the given words as they were read: a capital amid a sentence makes a name."""
    tokens = corpus.tokens
    size = tokens.end[words] - tokens.start[words]
    digits, turns = _digits(corpus, words, size)
    letters = size - digits
    drawn = turns > 1
    long = np.flatnonzero(~drawn & (size >= _MIXED_SIZE))
    drawn[long] = tokens.mixed_case(words[long])
    foreign = (tokens.head[words] & _HIGH) != 0
    cap = np.where(_capital(corpus, words) | foreign, _NAME, _PLAIN) + np.maximum(letters - 8, 0) * _LONGER
    cap[linked := _linked(corpus, words)] = _LINKED
    counted = np.where(letters > 3, letters, letters - 1) * np.where(linked, _LINKED_LETTER, _LETTER)
    word = np.where(letters > _LONGEST, counted, np.minimum(counted, cap))
    bits = np.where(drawn, letters * _DRAWN, word) + digits * _DIGIT
    bits[member(tokens.hash[words], everyday())] = _EVERYDAY
    bits[member(tokens.hash[words], function()) | (size < 3) & (digits == 0) | _keys(corpus, words)] = (
        _FUNCTION
    )
    bits[(size < 2) & (digits > 0)] = _LONE_DIGIT
    return np.asarray(bits)


def _linked(corpus: Corpus, words: I64) -> Bools:
    """Words that a hyphen or underscore links to another one which is not everyday either."""
    tokens = corpus.tokens
    linked = np.zeros(words.size, dtype=bool)
    for step in (-1, 1):
        other = np.clip(words + step, 0, tokens.start.size - 1)
        left, right = (other, words) if step < 0 else (words, other)
        link = (tokens.start[right] - tokens.end[left] == 1) & _LINKS[tokens.raw[tokens.end[left]]]
        some = np.flatnonzero(link)
        linked[some[seedworthy(corpus, other[some])]] = True
    return linked


def _digits(corpus: Corpus, words: I64, size: I64) -> tuple[I64, I64]:
    """(digits, turns between letters and digits) of each word."""
    owner, at = ranges(corpus.tokens.start[words], size)
    digit = corpus.tokens.codes[at] <= ord("9")
    turn = np.zeros(owner.size, dtype=bool)
    turn[1:] = (digit[1:] != digit[:-1]) & (owner[1:] == owner[:-1])
    return np.bincount(owner[digit], minlength=words.size), np.bincount(owner[turn], minlength=words.size)


def bits_together(corpus: Corpus, owner: I64, words: I64, share: Floats, count: int) -> Floats:
    """The bits of `count` stretches of words; what a stretch repeats counts once, but for English words."""
    bits = bits_of(corpus, words) * share
    found = corpus.tokens.hash[words]
    order = np.lexsort((-bits, found, owner))
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = (np.diff(owner[order]) != 0) | (found[order][1:] != found[order][:-1])
    fresh |= member(found[order], english())
    once = order[fresh]
    return np.asarray(np.bincount(owner[once], bits[once], count)) + _joins(corpus, owner, words, bits, count)


def _joins(corpus: Corpus, owner: I64, words: I64, bits: Floats, count: int) -> Floats:
    """The bits of the joints within stretches, where both words count and one is none of everyday's."""
    raw, tokens = corpus.tokens.raw, corpus.tokens
    left = raw[tokens.end[words[:-1]]]
    joint = (tokens.start[words[1:]] - tokens.end[words[:-1]] == 1) & ~OPEN[left]
    joint &= (owner[1:] == owner[:-1]) & (np.minimum(bits[1:], bits[:-1]) > 0)
    joint &= (np.maximum(bits[1:], bits[:-1]) > _EVERYDAY) | (left == ord("@"))
    worth = np.where(left == ord("@"), _AT, _JOIN)[joint]
    return np.minimum(np.bincount(owner[1:][joint], worth, count), _JOINS)


def _capital(corpus: Corpus, words: I64) -> Bools:
    """Whether a word begins with a capital where no sentence begins."""
    raw, start = corpus.tokens.raw, corpus.tokens.start[words]
    first, before, ahead = raw[start], raw[start - 1], raw[start - 2]
    capital: Bools = (first >= ord("A")) & (first <= ord("Z"))
    capital &= ~_ENDERS[before] & ~((before == ord(" ")) & _ENDERS[ahead])
    return capital


def _keys(corpus: Corpus, words: I64) -> Bools:
    """Whether a word is the name of a JSON member: `"word":`."""
    raw, end = corpus.tokens.raw, corpus.tokens.end[words]
    escaped = (raw[end] == ord("\\")).astype(np.int64)
    keys: Bools = (raw[end + escaped] == ord('"')) & (raw[end + escaped + 1] == ord(":"))
    return keys


def seedworthy(corpus: Corpus, words: I64) -> Bools:
    """Whether a word may begin any search: neither everyday nor a single character."""
    tokens = corpus.tokens
    worthy: Bools = (tokens.end[words] - tokens.start[words] > 1) & ~member(tokens.hash[words], anybodys())
    return worthy
