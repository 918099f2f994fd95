"""Sentences in results that ask the reader to do something, found by their form alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from afteraction.lineage.corpus import RESULT, Corpus
from afteraction.lineage.matching import NEVER, Index
from afteraction.lineage.runs import every_sentence_start
from afteraction.lineage.tokens import I64, as_i64, member, mix, ranges
from afteraction.lineage.wordlists import addressing, asking, imperative, operation_names

_MIN_WORDS: Final = 4


def told_words(corpus: Corpus) -> I64:
    """The words of all results that stand in instruction-like sentences.

    Instruction-like: the sentence begins with a verb in its base form, or holds such a verb and a word
    that speaks to the reader or obliges. What follows its colon belongs to it.
    """
    tokens = corpus.tokens
    if not tokens.start.size:
        return tokens.start
    head = every_sentence_start(corpus)
    text_head = np.zeros(head.size, dtype=bool)
    text_head[tokens.first[tokens.first < head.size]] = True
    starts = np.flatnonzero(head | text_head)
    length = np.diff(np.append(starts, head.size))
    verb = member(tokens.hash, imperative())
    verbs, addressed = (
        np.logical_or.reduceat(which, starts) for which in (verb, member(tokens.hash, addressing()))
    )
    told = (verb[starts] | (verbs & addressed)) & (length >= _MIN_WORDS)
    told &= corpus.kind[tokens.text[starts]] == RESULT
    goes_on = ~text_head[starts[1:]]
    told[1:] |= told[:-1] & goes_on & (tokens.raw[tokens.end[starts[1:] - 1]] == ord(":"))
    return ranges(starts[told], length[told])[1]


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
