"""Pieces of a value grown to their neighbours: what was sent before and after goes on where the origin does.

Small pieces at either end of a value are too short to be looked up by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from afteraction.lineage.assembly import Piece
from afteraction.lineage.corpus import Corpus
from afteraction.lineage.needles import Squeezed
from afteraction.lineage.seams import Rows
from afteraction.lineage.tokens import folded

#: Neighbours that are tried on either side.
_MOST: Final = 512
#: Fewer letters and digits agree by chance.
_LEAST: Final = 2


class Growing:
    """Grows what was found of pieces along the rows that arguments stand in."""

    def __init__(self, corpus: Corpus, text: Squeezed, rows: Rows) -> None:
        self._corpus, self._text, self._rows = corpus, text, rows
        self._at: dict[int, int] = {}
        tokens = corpus.tokens
        self._edge = np.append(text.at, text.at[-1:] + tokens.end[-1:] - tokens.start[-1:])

    def grown(self, found: Sequence[Piece], doc: int, begin: int, end: int) -> list[Piece]:
        """The neighbours of pieces that were found in text `doc`, in the order in which they were sent.

        The first piece begins at character `begin` of the corpus and the last one ends at `end`. Neighbours
        are wrapped like them.
        """
        first, last = (self._place(found[side].doc) for side in (0, -1))
        if first is None or last is None or self._rows.row[first] != self._rows.row[last]:
            return []
        tokens = self._corpus.tokens
        lowest, highest = (int(self._edge[at]) for at in (tokens.first[doc], tokens.first[doc + 1]))
        before = list(self._along(found[0], first, -1, begin, lowest))
        return [*reversed(before), *self._along(found[-1], last, 1, end, highest)]

    def _place(self, doc: int) -> int | None:
        """Where a text stands in the rows that run over several calls."""
        if not self._at:
            calls = np.flatnonzero(self._rows.row > 0)
            self._at = dict(zip(self._rows.doc[calls].tolist(), calls.tolist(), strict=True))
        return self._at.get(doc)

    def _along(self, piece: Piece, place: int, step: int, at: int, bound: int) -> Iterator[Piece]:
        rows, texts = self._rows, self._corpus.texts
        own = texts[piece.doc]
        front, back = own[: piece.start], own[piece.stop :]
        for number in range(1, _MOST):
            here = place + step * number
            if not 0 <= here < rows.doc.size or rows.row[here] != rows.row[place]:
                return
            doc = int(rows.doc[here])
            text = texts[doc]
            inside = Piece(doc, len(front), len(text) - len(back))
            if inside.stop < inside.start or not text.startswith(front) or not text.endswith(back):
                return
            chars = folded(text[inside.start : inside.stop])
            low, high = (at - chars.size, at) if step < 0 else (at, at + chars.size)
            if chars.size < _LEAST or low < min(at, bound) or high > max(at, bound):
                return
            if not np.array_equal(self._text.chars[low:high], chars):
                return
            yield inside
            at = low if step < 0 else high
