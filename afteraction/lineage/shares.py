"""How much of each argument the person, results and instruction-like sentences explain, word by word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import OPERATION_PATH, RESULT, TOOL_PATH, USER, Corpus
from afteraction.lineage.instructions import operation_positions, stem_positions, told_positions, told_words
from afteraction.lineage.matching import NEVER
from afteraction.lineage.origins import KINDS, Traced, most_trusted
from afteraction.lineage.runs import Floats
from afteraction.lineage.tokens import I64, Bools, ranges

#: What a common word weighs, so that it decides only where nothing else does.
_CRUMB: Final = 0.01


@dataclass(frozen=True)
class Shares:
    """Shares of each leaf's words: said by the person, held by earlier results, told by instruction-like
    sentences and not said by the person; `trusted` by the kind that explains each word best.
    """

    user: Floats
    result: Floats
    told: Floats
    trusted: Floats


def shares(traced: Traced) -> Shares:
    """The shares of every leaf; the words of tool names are compared by their stems."""
    corpus, found, words = traced.corpus, traced.pieces, traced.words
    leaves = len(corpus.leaves)
    if not found.element.size:
        none = np.zeros(leaves)
        return Shares(none, none, none, np.zeros((KINDS, leaves)))
    weight = found.weight + _CRUMB
    group, limit = words.group[found.element], traced.before[found.owner]
    seen = words.earliest[:, group]
    asked = told_words(corpus)
    told = told_positions(corpus, words, asked)[group]
    said, paths = _of_kind(corpus, USER), pl.Series(corpus.leaves.path)
    for name, positions in ((TOOL_PATH, stem_positions), (OPERATION_PATH, operation_positions)):
        named = np.flatnonzero((paths == name).to_numpy()[found.owner])
        seen[USER, named] = positions(corpus, said, found.element[named])
        told[named] = positions(corpus, asked, found.element[named])
    seen = np.where(seen < limit, seen, NEVER)
    origin = most_trusted(seen)
    total = np.maximum(np.bincount(found.owner, weight, leaves), _CRUMB)

    def share(which: Bools) -> Floats:
        explained: Floats = np.bincount(found.owner, weight * which, leaves) / total
        return explained

    trusted = np.stack([share(origin == k) for k in range(KINDS)])
    heard = share((told < limit) & (seen[USER] == NEVER))
    return Shares(trusted[USER], share(seen[RESULT] < NEVER), heard, trusted)


def _of_kind(corpus: Corpus, kind: int) -> I64:
    first = corpus.tokens.first
    docs = np.flatnonzero(corpus.kind == kind)
    return ranges(first[docs], first[docs + 1] - first[docs])[1]
