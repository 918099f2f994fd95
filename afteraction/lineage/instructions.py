"""Sentences in results that ask the reader to do something, found by their form and not by any wording of attacks."""

from __future__ import annotations

from typing import Final

import numpy as np

from afteraction.lineage.corpus import RESULT, Corpus
from afteraction.lineage.matching import NEVER, Index
from afteraction.lineage.runs import sentence_starts
from afteraction.lineage.tokens import I64, Bools, member, ranges
from afteraction.lineage.wordlists import addressing, imperative

_MIN_WORDS: Final = 4


def told_words(corpus: Corpus) -> tuple[I64, Bools]:
    """(words of all results, whether each stands in an instruction-like sentence).

    Instruction-like: the sentence begins with a verb in its base form, or holds such a verb and a word
    that speaks to the reader or obliges.
    """
    tokens = corpus.tokens
    docs = np.flatnonzero((corpus.kind == RESULT) & (np.diff(tokens.first) > 0))
    size = tokens.first[docs + 1] - tokens.first[docs]
    which, element = ranges(tokens.first[docs], size)
    if not element.size:
        return element, np.zeros(0, dtype=bool)
    head = sentence_starts(corpus, element) | (element == tokens.first[docs][which])
    starts = np.flatnonzero(head)
    verb = member(tokens.hash[element], imperative())
    address = member(tokens.hash[element], addressing())
    length = np.diff(np.append(starts, element.size))
    verbs = np.add.reduceat(verb.astype(np.int64), starts)
    addressed = np.add.reduceat(address.astype(np.int64), starts)
    told = (verb[starts] | ((verbs > 0) & (addressed > 0))) & (length >= _MIN_WORDS)
    return element, np.repeat(told, length)


def told_positions(corpus: Corpus, words: Index) -> I64:
    """For each group of equal words: the first position from which an instruction-like sentence held it."""
    element, told = told_words(corpus)
    first = np.full(words.begin.size - 1, NEVER, dtype=np.int64)
    element = element[told][::-1]
    np.minimum.at(first, words.group[element], corpus.avail[corpus.tokens.text[element]])
    return first
