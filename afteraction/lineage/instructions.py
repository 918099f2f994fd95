"""Sentences in results that ask the reader to do something, found by their form alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from afteraction.lineage.corpus import RESULT, Corpus
from afteraction.lineage.matching import NEVER, Index
from afteraction.lineage.runs import sentence_starts
from afteraction.lineage.tokens import I64, as_i64, member, mix, ranges
from afteraction.lineage.wordlists import addressing, asking, imperative, operation_names

_MIN_WORDS: Final = 4


def told_words(corpus: Corpus) -> I64:
    """The words of all results that stand in instruction-like sentences.

    Instruction-like: the sentence begins with a verb in its base form, or holds such a verb and a word
    that speaks to the reader or obliges. What follows its colon belongs to it.
    """
    tokens = corpus.tokens
    docs = np.flatnonzero((corpus.kind == RESULT) & (np.diff(tokens.first) > 0))
    size = tokens.first[docs + 1] - tokens.first[docs]
    which, element = ranges(tokens.first[docs], size)
    if not element.size:
        return element
    head = sentence_starts(corpus, element) | (element == tokens.first[docs][which])
    starts = np.flatnonzero(head)
    length = np.diff(np.append(starts, element.size))
    hashes = tokens.hash[element]
    verbs, addressed = (
        np.add.reduceat(member(hashes, words), starts, dtype=np.int32) > 0
        for words in (imperative(), addressing())
    )
    told = (member(hashes[starts], imperative()) | (verbs & addressed)) & (length >= _MIN_WORDS)
    told[1:] |= told[:-1] & (tokens.raw[tokens.end[element[starts[1:] - 1]]] == ord(":"))
    return element[ranges(starts[told], length[told])[1]]


def told_positions(corpus: Corpus, words: Index, told: I64) -> I64:
    """For each group of equal words: the first position from which an instruction-like sentence held it."""
    first = np.full(words.begin.size - 1, NEVER, dtype=np.int64)
    told = told[words.group[told] >= 0]
    np.minimum.at(first, words.group[told], corpus.avail[corpus.tokens.text[told]])
    return first


def stem_positions(corpus: Corpus, words: I64, asked: I64) -> I64:
    """For each asked word: the first position at which a text held one of `words` with the same stem."""
    tokens = corpus.tokens
    salt = mix(corpus.session.astype(np.uint64) + np.uint64(13))
    keys = mix(tokens.stems(words) ^ salt[tokens.text[words]])
    wanted = mix(tokens.stems(asked) ^ salt[tokens.text[asked]])
    likely = member(keys, np.unique(wanted))
    keys, avail = keys[likely], corpus.avail[tokens.text[words[likely]]]
    order = np.lexsort((avail, keys))
    keys, avail = keys[order], avail[order]
    at = np.searchsorted(keys, wanted)
    hit = (at < keys.size) & (keys[np.minimum(at, max(keys.size - 1, 0))] == wanted) if keys.size else at < 0
    return as_i64(
        np.where(hit, avail[np.minimum(at, max(keys.size - 1, 0))], NEVER) if keys.size else at * 0 + NEVER
    )


def operation_positions(corpus: Corpus, words: I64, asked: I64) -> I64:
    """For each asked word, the name of an operation: the first position at which `words` held its verbs."""
    tokens = corpus.tokens
    verbs, operations = asking()
    verb = words[member(tokens.hash[words], verbs)]
    kind = operations[np.searchsorted(verbs, tokens.hash[verb])]
    first = np.full((int(corpus.session.max(initial=-1)) + 1, operations.max() + 1), NEVER, dtype=np.int64)
    np.minimum.at(first, (corpus.session[tokens.text[verb]], kind), corpus.avail[tokens.text[verb]])
    names, numbers = operation_names()
    number = numbers[np.searchsorted(names, tokens.hash[asked])]
    return as_i64(first[corpus.session[tokens.text[asked]], number])
