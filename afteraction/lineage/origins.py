"""The origin of every piece of every argument: the most trusted text that explains it, read before the action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, ASSISTANT, RESULT, SYSTEM, TOOL, USER, Corpus
from afteraction.lineage.instructions import stem_positions, told_positions, told_words
from afteraction.lineage.matching import NEVER, Index, Places, Runs, find, index
from afteraction.lineage.runs import ENTITY, WHOLE, Floats, Pieces, pieces
from afteraction.lineage.slices import Slice, slices
from afteraction.lineage.tokens import I64, as_i64, ranges

OWN: Final = ARGUMENT
_KINDS: Final = 5
#: A value that is not found whole has the origin that explains at least this share of it.
_ENOUGH: Final = 0.6
#: What a common word weighs, so that it decides only where nothing else does.
_CRUMB: Final = 0.01


@dataclass(frozen=True)
class Traced:
    """What was found for one corpus.

    For each piece: `origin` (a kind; `OWN` where nothing earlier explains it), and by kind `first` (the
    earliest position, `NEVER` for none) and `place` (the place in `places`, -1 for none). For each leaf:
    `leaf_origin`, `leaf_row` (the action whose result it is, -1 for none), `leaf_position`, `coverage`,
    `user_share`, `result_share`, `told_share`.
    """

    corpus: Corpus
    pieces: Pieces
    places: Places
    first: I64
    place: I64
    origin: I64
    leaf_origin: I64
    leaf_row: I64
    leaf_position: I64
    coverage: Floats
    user_share: Floats
    result_share: Floats
    told_share: Floats
    slices: list[Slice]


def trace(corpus: Corpus, actions: pl.DataFrame) -> Traced:
    """Trace every leaf of a corpus; `actions` are its rows in order."""
    before = actions["position"].to_numpy()[as_i64([leaf.row for leaf in corpus.leaves])]
    words, found = index(corpus), pieces(corpus)
    runs = Runs(found.start, found.count, found.leaf)
    places = find(corpus, words, runs, before)
    first, place = _by_kind(corpus, places, found.start.size)
    _lone_words(words, found, before, first)
    origin = _most_trusted(first)
    shares = _shares(corpus, words, found, before)
    cut = slices(corpus, words, found, before)
    of_leaves = _of_leaves(corpus, found, places, first, place, origin, shares)
    _cut_leaves(corpus, cut, *of_leaves)
    told = (shares.user, shares.result, shares.told)
    return Traced(corpus, found, places, first, place, origin, *of_leaves, *told, cut)


def _cut_leaves(corpus: Corpus, cut: list[Slice], origin: I64, row: I64, position: I64, coverage: Floats) -> None:
    """A value of unknown origin that is mostly cut out of an earlier text has that text as its origin."""
    for one in cut:
        kind, size = int(corpus.kind[one.doc]), len(corpus.texts[one.arg_doc].encode("utf-8", "replace"))
        share = (one.end - one.start) / max(size, 1)
        if origin[one.leaf] == OWN and share >= _ENOUGH and corpus.parent[one.arg_doc] == one.arg_doc:
            origin[one.leaf], coverage[one.leaf] = kind, share
            row[one.leaf] = corpus.row[one.doc] if kind == RESULT else -1
            position[one.leaf] = corpus.avail[one.doc]


@dataclass(frozen=True)
class _Shares:
    user: Floats
    result: Floats
    told: Floats
    trusted: Floats


def _by_kind(corpus: Corpus, places: Places, count: int) -> tuple[I64, I64]:
    first = np.full((_KINDS, count), NEVER, dtype=np.int64)
    place = np.full((_KINDS, count), -1, dtype=np.int64)
    kind, avail = corpus.kind[places.doc], corpus.avail[places.doc]
    for k in range(_KINDS):
        chosen = np.flatnonzero(kind == k)
        chosen = chosen[np.lexsort((avail[chosen], places.run[chosen]))]
        run, head = np.unique(places.run[chosen], return_index=True)
        first[k, run] = avail[chosen[head]]
        place[k, run] = chosen[head]
    return first, place


def _lone_words(words: Index, found: Pieces, before: I64, first: I64) -> None:
    """A single word's earliest positions are known exactly, however often it occurs."""
    if not found.start.size:
        return
    lone = np.flatnonzero(found.count == 1)
    known = words.earliest[:, words.group[found.start[lone]]]
    known = np.where(known < before[found.leaf[lone]], known, NEVER)
    first[:, lone] = np.minimum(first[:, lone], known)


def _most_trusted(first: I64) -> I64:
    """The person, then the system, else whichever of result, assistant and own arguments held it first."""
    later = np.argmin(first[RESULT:], axis=0) + RESULT
    later = np.where(np.min(first[RESULT:], axis=0) == NEVER, OWN, later)
    return as_i64(np.where(first[USER] < NEVER, USER, np.where(first[SYSTEM] < NEVER, SYSTEM, later)))


def _shares(corpus: Corpus, words: Index, found: Pieces, before: I64) -> _Shares:
    leaves = len(corpus.leaves)
    if not found.element.size:
        none = np.zeros(leaves)
        return _Shares(none, none, none, np.zeros((_KINDS, leaves)))
    weight = found.weight + _CRUMB
    group, limit = words.group[found.element], before[found.owner]
    seen = words.earliest[:, group]
    seen = np.where(seen < limit, seen, NEVER)
    asked = told_words(corpus)
    told = told_positions(corpus, words, asked)[group]
    tools = np.flatnonzero(corpus.kind[corpus.tokens.text[found.element]] == TOOL)
    said, heard = (stem_positions(corpus, which, found.element[tools]) for which in (_of_kind(corpus, USER), asked))
    seen[USER, tools] = np.where(said < limit[tools], said, NEVER)
    told[tools] = heard
    told = (told < limit) & (seen[USER] == NEVER)
    origin = _most_trusted(seen)
    total = np.maximum(np.bincount(found.owner, weight, leaves), _CRUMB)

    def share(which: np.ndarray) -> Floats:  # type: ignore[type-arg]
        return np.bincount(found.owner, weight * which, leaves) / total

    trusted = np.stack([share(origin == k) for k in range(_KINDS)])
    return _Shares(trusted[USER], share(seen[RESULT] < NEVER), share(told), trusted)


def _of_kind(corpus: Corpus, kind: int) -> I64:
    first = corpus.tokens.first
    docs = np.flatnonzero(corpus.kind == kind)
    return ranges(first[docs], first[docs + 1] - first[docs])[1]


def _of_leaves(
    corpus: Corpus, found: Pieces, places: Places, first: I64, place: I64, origin: I64, shares: _Shares
) -> tuple[I64, I64, I64, Floats]:
    leaves = len(corpus.leaves)
    aimed = np.array([leaf.role == "destination" for leaf in corpus.leaves], dtype=bool)
    leaf_origin, coverage = _by_words(shares, aimed)
    piece = np.full(leaves, -1, dtype=np.int64)
    entities = np.flatnonzero((found.kind == ENTITY) & aimed[found.leaf] & (first.min(axis=0) < NEVER))
    entities = entities[np.lexsort((-found.bits[entities], -origin[entities], found.leaf[entities]))]
    _settle(found, origin, entities, leaf_origin, coverage, piece, 0.5)
    weighty = np.flatnonzero((found.kind != WHOLE) & (origin == RESULT))
    weighty = weighty[np.lexsort((-found.bits[weighty], found.leaf[weighty]))]
    heads = _heads(found.leaf[weighty])
    free = (piece[found.leaf[weighty[heads]]] < 0) & (leaf_origin[found.leaf[weighty[heads]]] == RESULT)
    piece[found.leaf[weighty[heads[free]]]] = weighty[heads[free]]
    explained = _explained(corpus, found)
    wholes = np.flatnonzero((found.kind == WHOLE) & (first.min(axis=0) < NEVER) & (explained >= 0.5))
    wholes = wholes[np.lexsort((-explained[wholes], origin[wholes], found.leaf[wholes]))]
    _settle(found, origin, wholes, leaf_origin, coverage, piece, explained)
    row, position = np.full(leaves, -1, dtype=np.int64), np.full(leaves, -1, dtype=np.int64)
    known = np.flatnonzero(piece >= 0)
    kind = np.minimum(leaf_origin[known], OWN)
    at = place[kind, piece[known]]
    row[known] = np.where((at >= 0) & (kind == RESULT), corpus.row[places.doc[at]] if places.doc.size else -1, -1)
    position[known] = np.where(first[kind, piece[known]] < NEVER, first[kind, piece[known]], -1)
    return leaf_origin, row, position, coverage


def _by_words(shares: _Shares, aimed: np.ndarray) -> tuple[I64, Floats]:  # type: ignore[type-arg]
    """The origin of values that are found nowhere whole: a destination is then the agent's own."""
    enough = shares.trusted >= _ENOUGH
    enough[OWN] = True
    origin = as_i64(np.where(aimed, OWN, np.argmax(enough, axis=0)))
    return origin, shares.trusted[origin, np.arange(origin.size)]


def _settle(
    found: Pieces,
    origin: I64,
    chosen: I64,
    leaf_origin: I64,
    coverage: Floats,
    piece: I64,
    share: Floats | float,
) -> None:
    """Let the first chosen piece of each leaf (they are sorted by leaf) decide that leaf."""
    heads = chosen[_heads(found.leaf[chosen])]
    leaf = found.leaf[heads]
    leaf_origin[leaf] = origin[heads]
    coverage[leaf] = share[heads] if isinstance(share, np.ndarray) else share
    piece[leaf] = heads


def _heads(leaf: I64) -> I64:
    return as_i64(np.flatnonzero(np.diff(leaf, prepend=-1)))


def _explained(corpus: Corpus, found: Pieces) -> Floats:
    """Which share of its leaf's characters each piece's text stands for (a decoded text: its encoded form)."""
    span = np.array([end - start for start, end in corpus.span], dtype=np.float64)
    size = np.array([len(text) for text in corpus.texts], dtype=np.float64)
    parent = corpus.parent[found.doc]
    whole = parent == found.doc
    return np.where(whole, 1.0, span[found.doc] / np.maximum(size[parent], 1.0))


__all__ = ["ASSISTANT", "OWN", "Traced", "trace"]
