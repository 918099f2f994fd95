"""Nobody's answers count too much: weights lowered until no reviewer and no agent has more than a fifth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The most that one reviewer, or one agent, may supply of everything that counts.
SHARE: Final = 0.2
#: What the start itself counts, in verdicts for each unit of log-odds that it gives.
ANCHOR: Final = 0.3
_ROUNDS: Final = 1_000


def capped(
    weights: Floats, groupings: Sequence[Sequence[str]], anchor: float = ANCHOR, share: float = SHARE
) -> Floats:
    """`weights` lowered, evenly within each group, until none exceeds its share of `anchor` and all weights.

    Each of `groupings` names one group per row (reviewers, agents), and all of them hold in the end. With
    few groups little is left: one counts at most a quarter of the anchor, four at most four times as much,
    and from five on of equal size nothing is taken away.
    """
    kept = np.maximum(np.asarray(weights, np.float64), 0.0).copy()
    coded = [np.unique(list(names), return_inverse=True)[1] for names in groupings]
    if not len(kept):
        return kept
    for _ in range(_ROUNDS):
        before = kept.sum()
        for codes in coded:
            kept = kept * _factors(_totals(codes, kept), anchor, share)[codes]
        if before - kept.sum() <= 1e-12 * before:
            break
    return kept


def largest_share(weights: Floats, names: Sequence[str], anchor: float = ANCHOR) -> float:
    """The share of the group that supplies most of `anchor` and all weights together."""
    if not len(weights):
        return 0.0
    totals = _totals(np.unique(list(names), return_inverse=True)[1], weights)
    return float(totals.max() / (anchor + weights.sum()))


def _totals(codes: NDArray[np.intp], weights: Floats) -> Floats:
    return np.asarray(np.bincount(codes, weights=weights), np.float64)


def _factors(totals: Floats, anchor: float, share: float) -> Floats:
    """By how much each group's weights shrink so that none exceeds its share of what then is left."""
    order = np.sort(totals)[::-1]
    rest, most = float(order.sum()), float(order[0])
    for count, largest in enumerate(order):
        limit = share * (anchor + rest) / (1 - share * count) if share * count < 1 else largest
        if largest <= limit:
            break
        rest -= float(largest)
        most = share * (anchor + rest) / (1 - share * (count + 1)) if share * (count + 1) < 1 else largest
    return np.asarray(np.minimum(1.0, most / np.maximum(totals, 1e-300)))
