"""Words that an argument copied from an earlier text, found by seed and extension.

As in sequence alignment (Altschul et al., J. Mol. Biol. 215, 1990): a telling word is looked up, and the
match is extended to both sides as long as the texts agree word by word.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from afteraction.lineage.corpus import ARGUMENT, ASSISTANT, RESULT, SYSTEM, TOOL, USER, Corpus
from afteraction.lineage.origins import Traced
from afteraction.lineage.runs import WORD_CAP
from afteraction.lineage.stretches import Stretches
from afteraction.lineage.telling import Floats, bits_together, seedworthy
from afteraction.lineage.tokens import I64, Bools, ranges

#: A word that a session holds more often than this is looked up only if it is an identifier.
_RARE: Final = 32
#: Earlier places of one word that are tried, and words by which a match is extended beyond its last seed.
_PLACES: Final = 8
_REACH: Final = 64


def copies(traced: Traced) -> Stretches:
    """The longest stretches of words that arguments share with earlier results and the person's words."""
    corpus, text = traced.corpus, traced.corpus.tokens.text
    here, there = _seeds(traced)
    first, last, shift = _extended(corpus, *_joined(corpus, here, there))
    doc, owner = text[first + shift], corpus.leaf[text[first]]
    tokens = corpus.tokens
    return Stretches(
        leaf=owner,
        start=tokens.start[first],
        end=tokens.end[last],
        doc=doc,
        origin=tokens.start[first + shift],
        origin_end=tokens.end[last + shift],
        bits=_bits(traced, first, last, shift),
    )


def _seeds(traced: Traced) -> tuple[I64, I64]:
    """(word of an argument, equal word of an earlier text) of telling and rare words, first places only."""
    corpus, words, found = traced.corpus, traced.words, traced.pieces
    text = corpus.tokens.text
    known = words.earliest[[USER, SYSTEM, RESULT]][:, words.group[found.element]].min(axis=0)
    near = np.flatnonzero((known < traced.before[found.owner]) & (corpus.kind[text[found.element]] != TOOL))
    group = words.group[found.element[near]]
    size = words.begin[group + 1] - words.begin[group]
    worthy = (size <= _RARE) & (found.weight[near] > 0) | (found.plain[near] > WORD_CAP)
    near, group, size = near[worthy], group[worthy], np.minimum(size[worthy], _PLACES)
    element, limit = found.element[near], traced.before[found.owner[near]]
    which, slot = ranges(words.begin[group], size)
    there = words.members[slot]
    kind = corpus.kind[text[there]]
    good = ((kind == RESULT) | (kind <= SYSTEM)) & (corpus.avail[text[there]] < limit[which])
    return element[which[good]], there[good]


def _joined(corpus: Corpus, here: I64, there: I64) -> tuple[I64, I64, I64]:
    """(first word, last word, distance to the other text) of seeds that follow each other in both texts."""
    shift = there - here
    order = np.lexsort((here, shift))
    here, there, shift = here[order], there[order], shift[order]
    text = corpus.tokens.text
    head = np.ones(here.size, dtype=bool)
    head[1:] = (
        (np.diff(here) != 1)
        | (np.diff(shift) != 0)
        | (np.diff(text[here]) != 0)
        | (np.diff(text[there]) != 0)
    )
    at = np.flatnonzero(head)
    last = np.append(at[1:], here.size) - 1
    return here[at], here[last] if at.size else at, shift[at]


def _extended(corpus: Corpus, first: I64, last: I64, shift: I64) -> tuple[I64, I64, I64]:
    """The stretches grown to both sides, those that met as one."""
    first, last = first.copy(), last.copy()
    _grow(corpus, first, shift, -1)
    _grow(corpus, last, shift, 1)
    meets = (np.diff(shift) == 0) & (first[1:] <= last[:-1])
    head = np.flatnonzero(np.concatenate((np.ones(min(first.size, 1), dtype=bool), ~meets)))
    if not head.size:
        return first, last, shift
    return first[head], np.maximum.reduceat(last, head), shift[head]


def _grow(corpus: Corpus, edge: I64, shift: I64, step: int) -> None:
    tokens = corpus.tokens
    active = np.arange(edge.size)
    for _ in range(_REACH):
        here = edge[active] + step
        there = here + shift[active]
        inside = (here >= 0) & (there >= 0) & (here < tokens.hash.size) & (there < tokens.hash.size)
        active, here, there = active[inside], here[inside], there[inside]
        same = tokens.hash[here] == tokens.hash[there]
        same &= (tokens.text[here] == tokens.text[here - step]) & (
            tokens.text[there] == tokens.text[there - step]
        )
        active = active[same]
        if not active.size:
            return
        edge[active] += step


def _bits(traced: Traced, first: I64, last: I64, shift: I64) -> Floats:
    """The bits of each stretch without the words that the person said, or the agent before the result."""
    if not first.size:
        return np.zeros(0)
    corpus = traced.corpus
    owner, element = ranges(first, last - first + 1)
    doc = corpus.tokens.text[first + shift]
    counted = _from_result(traced, element, owner, doc, first.size).astype(np.float64)
    return bits_together(corpus, owner, element + shift[owner], counted, first.size)


def _from_result(traced: Traced, element: I64, owner: I64, doc: I64, count: int) -> Bools:
    """Which words of each stretch count: what neither the person nor, before the result, the agent said.

    Everyday words that they said by the way count too, where most of the stretch was never said.
    """
    corpus, words = traced.corpus, traced.words
    seen = words.earliest[:, words.group[element]]
    before = traced.before[corpus.leaf[corpus.tokens.text[element]]]
    said = np.minimum(seen[USER], seen[SYSTEM]) < before
    said |= np.minimum(seen[ASSISTANT], seen[ARGUMENT]) < corpus.avail[doc][owner]
    mostly = np.bincount(owner, said, count) * 2 > np.bincount(owner, minlength=count)
    by_the_way = ~seedworthy(corpus, element) & ~mostly[owner]
    counted: Bools = (corpus.kind[doc][owner] != RESULT) | ~said | by_the_way
    return counted
