"""From the origins of pieces to the one origin of each argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import RESULT
from afteraction.lineage.matching import NEVER
from afteraction.lineage.origins import OWN, Traced
from afteraction.lineage.runs import ENTITY, WHOLE, Floats
from afteraction.lineage.shares import Shares
from afteraction.lineage.stretches import Stretches
from afteraction.lineage.telling import TELLING_BITS
from afteraction.lineage.tokens import I64, as_i64

#: A value that is not found whole has the origin that explains at least this share of its words.
_ENOUGH: Final = 0.6
#: A decoded text stands for the value when its encoded form is at least this share of it.
_MOST: Final = 0.5


@dataclass(frozen=True)
class Settled:
    """For each leaf: its `origin` (a kind), the `piece` that decided (-1: its words), `coverage` (0 to 1),
    the `row` of the action whose result it is (-1 for none) and the `position` of the origin (-1 unknown).
    """

    origin: I64
    piece: I64
    coverage: Floats
    row: I64
    position: I64


def settle(traced: Traced, shares: Shares, woven: Stretches) -> Settled:
    """Decide each leaf by the whole value, a destination's entities, its words, or what it was cut from."""
    leaves = len(traced.corpus.leaves)
    aimed = (pl.Series(traced.corpus.leaves.role, dtype=pl.String) == "destination").to_numpy()
    enough = shares.trusted >= _ENOUGH
    enough[OWN] = True
    origin = as_i64(np.where(aimed, OWN, np.argmax(enough, axis=0)))
    settled = Settled(
        origin,
        np.full(leaves, -1, dtype=np.int64),
        shares.trusted[origin, np.arange(leaves)],
        np.full(leaves, -1, dtype=np.int64),
        np.full(leaves, -1, dtype=np.int64),
    )
    _by_entities(traced, settled, np.flatnonzero(aimed))
    _point_out(traced, settled)
    _by_wholes(traced, settled)
    _place(traced, settled)
    _by_stretches(traced, settled, woven)
    return settled


def _by_entities(traced: Traced, settled: Settled, aimed: I64) -> None:
    """A destination that names several is as trusted as the least trusted of them."""
    found = traced.pieces
    named = (found.kind == ENTITY) & np.isin(found.leaf, aimed) & (traced.first.min(axis=0) < NEVER)
    chosen = np.flatnonzero(named)
    order = np.lexsort((-found.bits[chosen], -traced.origin[chosen], found.leaf[chosen]))
    heads = _heads(traced, chosen[order])
    leaf = found.leaf[heads]
    settled.origin[leaf], settled.coverage[leaf], settled.piece[leaf] = traced.origin[heads], _MOST, heads


def _point_out(traced: Traced, settled: Settled) -> None:
    """Of a value whose words come from results, the weightiest piece says which result."""
    found = traced.pieces
    chosen = np.flatnonzero((found.kind != WHOLE) & (traced.origin == RESULT))
    heads = _heads(traced, chosen[np.lexsort((-found.bits[chosen], found.leaf[chosen]))])
    leaf = found.leaf[heads]
    free = (settled.piece[leaf] < 0) & (settled.origin[leaf] == RESULT)
    settled.piece[leaf[free]] = heads[free]


def _by_wholes(traced: Traced, settled: Settled) -> None:
    """A value found whole (as it is, spelt otherwise or decoded) has the origin of that place."""
    found, explained = traced.pieces, _explained(traced)
    whole = (found.kind == WHOLE) & (traced.first.min(axis=0) < NEVER) & (explained >= _MOST)
    chosen = np.flatnonzero(whole)
    order = np.lexsort((-explained[chosen], traced.origin[chosen], found.leaf[chosen]))
    heads = _heads(traced, chosen[order])
    leaf = found.leaf[heads]
    settled.origin[leaf], settled.piece[leaf] = traced.origin[heads], heads
    settled.coverage[leaf] = explained[heads]


def _place(traced: Traced, settled: Settled) -> None:
    known = np.flatnonzero(settled.piece >= 0)
    if not known.size:
        return
    kind, piece = settled.origin[known], settled.piece[known]
    at = traced.place[kind, piece]
    ours = (at >= 0) & (kind == RESULT)
    settled.row[known[ours]] = traced.corpus.row[traced.places.doc[at[ours]]]
    first = traced.first[kind, piece]
    settled.position[known] = np.where(first < NEVER, first, -1)


def _by_stretches(traced: Traced, settled: Settled, woven: Stretches) -> None:
    """A value of unknown origin that is mostly cut out of an earlier result has that result as its origin."""
    corpus = traced.corpus
    whole = np.diff(corpus.tokens.offset)
    arg_doc = np.searchsorted(corpus.tokens.offset, woven.start, "right") - 1
    share = (woven.end - woven.start) / np.maximum(whole[arg_doc] - 1, 1)
    mostly = (share >= _ENOUGH) & (woven.bits >= TELLING_BITS) & (settled.origin[woven.leaf] == OWN)
    chosen = np.flatnonzero(mostly & (corpus.parent[arg_doc] == arg_doc))[::-1]
    leaf, doc = woven.leaf[chosen], woven.doc[chosen]
    settled.origin[leaf], settled.coverage[leaf] = corpus.kind[doc], share[chosen]
    settled.row[leaf], settled.position[leaf] = corpus.row[doc], corpus.avail[doc]


def _heads(traced: Traced, chosen: I64) -> I64:
    """The first of each leaf's pieces; `chosen` is sorted by leaf."""
    return as_i64(chosen[np.flatnonzero(np.diff(traced.pieces.leaf[chosen], prepend=-1))])


def _explained(traced: Traced) -> Floats:
    """Which share of its leaf each piece's text stands for (a decoded text: that of its encoded form)."""
    corpus, doc = traced.corpus, traced.pieces.doc
    share = np.ones(doc.size)
    for one in np.flatnonzero(corpus.parent[doc] != doc).tolist():
        start, end = corpus.span[doc[one]]
        share[one] = (end - start) / max(len(corpus.texts[corpus.parent[doc[one]]]), 1)
    return share
