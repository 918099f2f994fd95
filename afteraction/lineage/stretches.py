"""Stretches of arguments that stand in an earlier text, and when they count for nothing."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.telling import Floats
from afteraction.lineage.tokens import I64, U8, Bools

_INSIDE: Final = np.isin(
    np.arange(256),
    np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-", dtype=np.uint8),
) | (np.arange(256) >= 128)
_BRIDGES: Final = np.isin(np.arange(256), np.frombuffer(b" ./", dtype=np.uint8))
_DIGITS: Final = np.isin(np.arange(256), np.frombuffer(b"0123456789", dtype=np.uint8))
_MAX_IDENTIFIER: Final = 96


class Stretches(NamedTuple):
    """Stretches of argument texts and where each stands in an earlier text, entry by entry.

    `start`/`end` are bytes of the argument's text, `origin`/`origin_end` those of text `doc`, all counted in
    the whole corpus; `leaf` is the argument, `bits` how telling the stretch is (`telling`).
    """

    leaf: I64
    start: I64
    end: I64
    doc: I64
    origin: I64
    origin_end: I64
    bits: Floats

    def take(self, which: I64 | Bools) -> Stretches:
        """Some of them."""
        return Stretches(
            self.leaf[which],
            self.start[which],
            self.end[which],
            self.doc[which],
            self.origin[which],
            self.origin_end[which],
            self.bits[which],
        )

    def and_also(self, others: Stretches) -> Stretches:
        """These and others."""
        pairs: list[Any] = [np.concatenate(pair) for pair in zip(self, others, strict=True)]
        return Stretches(*pairs)


def siblings(corpus: Corpus, found: Stretches) -> Bools:
    """Stretches that two different identifiers of one form share at the same place, such as ids of rows.

    Both identifiers are equally long, neither is wholly shared, and the shared part stands as far from the
    beginning of the one as of the other.
    """
    raw = corpus.tokens.raw
    ahead, there_ahead = (_reach(raw, at, -1) for at in (found.start, found.origin))
    after, there_after = (_reach(raw, at, 1) for at in (found.end, found.origin_end))
    partial = (ahead + after > 0) & (there_ahead + there_after > 0)
    alike: Bools = partial & (ahead == there_ahead) & (after == there_after)
    return alike


def _reach(raw: U8, at: I64, step: int) -> I64:
    """How far the identifier goes on beyond a place: backwards from before it, or forwards from it.

    A space, dot or slash between two digits belongs to it.
    """
    place = at - 1 if step < 0 else at.copy()
    reach = np.zeros(at.size, dtype=np.int64)
    active = np.arange(at.size)
    for _ in range(_MAX_IDENTIFIER):
        active = active[(place[active] > 0) & (place[active] < raw.size - 1)]
        here = raw[place[active]]
        bridge = _BRIDGES[here] & _DIGITS[raw[place[active] - 1]] & _DIGITS[raw[place[active] + 1]]
        active = active[_INSIDE[here] | bridge]
        if not active.size:
            break
        reach[active] += 1
        place[active] += step
    return reach
