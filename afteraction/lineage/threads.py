"""From what was found of needles to stretches of arguments: where they stand and what was done to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.assembly import Assembled, Piece, assembled
from afteraction.lineage.corpus import RESULT, SYSTEM, USER, Corpus
from afteraction.lineage.growing import Growing
from afteraction.lineage.needles import (
    LETTERS,
    REVERSED,
    SHIFTS,
    SHORTEST,
    Needles,
    Squeezed,
    needles,
    shifted,
    shifts,
    squeezed,
    unexplained,
)
from afteraction.lineage.origins import Traced
from afteraction.lineage.places import keyed, places
from afteraction.lineage.seams import Rows, fitting, rows_of, seams
from afteraction.lineage.stretches import Stretches
from afteraction.lineage.telling import Floats, bits_together
from afteraction.lineage.tokens import I64, Bools, as_i64, ranges
from afteraction.lineage.weaving import Hits, seeds, weave

#: A stretch is somebody else's if an earlier text of theirs holds this share of it.
_MOST = 0.8
#: Letters of a cut word, at either end of a hit, that say nothing.
_BY_CHANCE = 3
#: A hit of fewer bits is no evidence of anything.
_LEAST_BITS = 12.0


class Threads(NamedTuple):
    """Stretches of arguments, and what was done to each on the way (`how`, without the codings of texts)."""

    found: Stretches
    hows: list[str]

    def and_also(self, others: Threads) -> Threads:
        """These and others."""
        return Threads(self.found.and_also(others.found), [*self.hows, *others.hows])


def threads(traced: Traced, actions: pl.DataFrame) -> Threads:
    """What is unexplained in arguments, found in earlier texts in another form.

    Regrouped, cut, glued to something else, turned round, with its letters shifted, or sent in pieces.
    """
    corpus = traced.corpus
    if not corpus.tokens.start.size:
        return Threads(_none(), [])
    new, text, rows = unexplained(traced), squeezed(corpus), rows_of(traced, actions)
    single = needles(traced, text, new)
    moved = shifts(corpus, text, single, traced.pieces.element[new])
    seam, keys = seams(corpus, text, rows), seeds(corpus, single)
    moved_keys = keyed(corpus, moved.values, single.doc[moved.needle])
    known = places(corpus, text, np.concatenate((keys[1], moved_keys, seam.key)))
    found = _of_singles(traced, text, single, weave(traced, text, single, keys, known))
    likely = np.unique(np.stack((moved.needle, moved.moves))[:, known.of(moved_keys)[0]], axis=1)
    if likely.size:
        turned = shifted(single, likely[0], likely[1])
        hits = weave(traced, text, turned, seeds(corpus, turned), known)
        found = found.and_also(_of_singles(traced, text, turned, _lettered(text, hits)))
    parts = assembled(traced, rows, fitting(corpus, text, seam, known), new)
    if not parts.pieces:
        return found
    keys = seeds(corpus, parts.needles)
    if any(begins is None for begins in parts.begins):
        known = places(corpus, text, keys[1])
    hits = weave(traced, text, parts.needles, keys, known)
    return found.and_also(
        _of_pieces(traced, text, rows, parts, _not_others(traced, text, parts.needles, hits))
    )


def _none() -> Stretches:
    none = np.zeros(0, dtype=np.int64)
    return Stretches(none, none, none, none, none, none, none.astype(np.float64))


def _not_others(traced: Traced, text: Squeezed, found: Needles, hits: Hits) -> Hits:
    """Telling hits in results, without what the person had said, or the agent before the result."""
    corpus = traced.corpus
    kind, avail = corpus.kind[hits.doc], corpus.avail[hits.doc]
    results = np.flatnonzero(kind == RESULT)
    results = results[_bits(traced, text, found, hits.take(results)) >= _LEAST_BITS]
    others = np.flatnonzero((kind != RESULT) & np.isin(hits.needle, hits.needle[results]))
    theirs: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for one in others.tolist():
        until = -1 if kind[one] <= SYSTEM else int(avail[one])
        theirs[int(hits.needle[one])].append((until, int(hits.at[one]), int(hits.at[one] + hits.size[one])))
    kept = []
    for one in results.tolist():
        low, high = int(hits.at[one]), int(hits.at[one] + hits.size[one])
        if not any(
            until < avail[one] and min(high, end) - max(low, begin) >= _MOST * (high - low)
            for until, begin, end in theirs.get(int(hits.needle[one]), ())
        ):
            kept.append(one)
    return hits.take(as_i64(kept))


def _lettered(text: Squeezed, hits: Hits) -> Hits:
    """Hits that hold enough letters to be called shifted."""
    which, at = ranges(hits.there, hits.size)
    letters = np.bincount(which, text.chars[at] >= ord("a"), hits.needle.size)
    return hits.take(np.flatnonzero(letters >= LETTERS))


def _within_texts(corpus: Corpus, text: Squeezed, found: Needles, hits: Hits) -> Hits:
    """Hits over several arguments of a call, without the arguments of which they hold no more than the half.

    Only hits of characters as they are cross arguments on purpose.
    """
    begin = np.where(found.how[hits.needle] == REVERSED, 0, found.base[hits.needle] + hits.at)
    at, there, size = hits.at.copy(), hits.there.copy(), hits.size.copy()
    edge = np.append(text.at, text.at[-1:] + corpus.tokens.end[-1:] - corpus.tokens.start[-1:])
    low, high = edge[corpus.tokens.first[:-1]], edge[corpus.tokens.first[1:]]
    owner = corpus.tokens.text
    for side in (0, 1):
        place = begin + (size - 1 if side else 0)
        doc = owner[np.searchsorted(text.at, place, "right") - 1]
        inside = np.minimum(high[doc], begin + size) - np.maximum(low[doc], begin)
        crosses = (
            (inside < size) & (inside * 2 <= high[doc] - low[doc]) & (found.how[hits.needle] != REVERSED)
        )
        size = np.where(crosses, size - inside, size)
        if not side:
            begin, at, there = (np.where(crosses, one + inside, one) for one in (begin, at, there))
    return Hits(hits.needle, at, there, size, hits.doc).take(np.flatnonzero(size >= SHORTEST))


def _trimmed(corpus: Corpus, text: Squeezed, hits: Hits) -> Hits:
    """Hits without the one to three letters of a longer word that they begin or end with by chance."""
    tokens = corpus.tokens
    first = np.searchsorted(text.at, hits.there, "right") - 1
    last = np.searchsorted(text.at, hits.there + hits.size - 1, "right") - 1
    front = text.at[first] + tokens.end[first] - tokens.start[first] - hits.there
    back = hits.there + hits.size - text.at[last]
    front = np.where((first < last) & (hits.there > text.at[first]) & (front <= _BY_CHANCE), front, 0)
    back = np.where(
        (first < last) & (back < tokens.end[last] - tokens.start[last]) & (back <= _BY_CHANCE), back, 0
    )
    return hits._replace(at=hits.at + front, there=hits.there + front, size=hits.size - front - back)


def _bytes(corpus: Corpus, text: Squeezed, begin: I64, end: I64) -> tuple[I64, I64]:
    """The bytes that a stretch of the corpus's characters stands in."""
    first, last = (np.searchsorted(text.at, at, "right") - 1 for at in (begin, end - 1))
    start = corpus.tokens.start
    return start[first] + begin - text.at[first], start[last] + end - text.at[last]


def _bits(traced: Traced, text: Squeezed, found: Needles, hits: Hits) -> Floats:
    """The bits of what was found: words that are cut count in part, words that the person said not at all."""
    corpus, words = traced.corpus, traced.words
    begin, end = hits.there, hits.there + hits.size
    first, last = (np.searchsorted(text.at, at, "right") - 1 for at in (begin, end - 1))
    owner, word = ranges(as_i64(first), as_i64(last - first + 1))
    size = corpus.tokens.end[word] - corpus.tokens.start[word]
    shared = np.minimum(text.at[word] + size, end[owner]) - np.maximum(text.at[word], begin[owner])
    group = words.group[word]
    before = traced.before[corpus.leaf[found.doc[hits.needle]]][owner]
    said = np.zeros(word.size, dtype=bool)
    known = np.flatnonzero(group >= 0)
    said[known] = words.earliest[[USER, SYSTEM]][:, group[known]].min(axis=0) < before[known]
    return bits_together(corpus, owner, word, ~said * shared / size, begin.size)


def _of_singles(traced: Traced, text: Squeezed, found: Needles, hits: Hits) -> Threads:
    corpus = traced.corpus
    hits = _within_texts(corpus, text, found, _trimmed(corpus, text, _not_others(traced, text, found, hits)))
    base, how = found.base[hits.needle], found.how[hits.needle]
    turned = how == REVERSED
    begin = np.where(turned, base - hits.at - hits.size + 1, base + hits.at)
    start, end = _bytes(corpus, text, begin, begin + hits.size)
    origin, origin_end = _bytes(corpus, text, hits.there, hits.there + hits.size)
    bits = _bits(traced, text, found, hits)
    doc, last = (np.searchsorted(corpus.tokens.offset, at, "right") - 1 for at in (start, end - 1))
    which, arg_doc = ranges(as_i64(doc), as_i64(last - doc + 1))
    cut = _cut(corpus, text, hits.there, hits.size) | _cut(corpus, text, begin, hits.size)
    names = [
        "reverse"
        if one == REVERSED
        else "shift"
        if one >= SHIFTS
        else "chunk"
        if many
        else "slice"
        if part
        else "space"
        for one, many, part in zip(
            how[which].tolist(), (doc != last)[which].tolist(), cut[which].tolist(), strict=True
        )
    ]
    return Threads(
        Stretches(
            corpus.leaf[arg_doc],
            np.maximum(start[which], corpus.tokens.offset[arg_doc]),
            np.minimum(end[which], corpus.tokens.offset[arg_doc + 1] - 1),
            hits.doc[which],
            origin[which],
            origin_end[which],
            bits[which],
        ),
        names,
    )


def _cut(corpus: Corpus, text: Squeezed, begin: I64, size: I64) -> Bools:
    """Whether characters of the corpus begin or end within a word."""
    tokens = corpus.tokens
    first = np.searchsorted(text.at, begin, "right") - 1
    last = np.searchsorted(text.at, begin + size - 1, "right") - 1
    cut: Bools = (text.at[first] != begin) | (
        text.at[last] + tokens.end[last] - tokens.start[last] != begin + size
    )
    return cut


def _of_pieces(traced: Traced, text: Squeezed, sent: Rows, parts: Assembled, hits: Hits) -> Threads:
    """One stretch for every piece that a hit touches, if several, and for neighbours that go on."""
    corpus, growing = traced.corpus, Growing(traced.corpus, text, sent)
    origin, origin_end = _bytes(corpus, text, hits.there, hits.there + hits.size)
    bits = _bits(traced, text, parts.needles, hits)
    rows, hows = [], []
    for one, needle in enumerate(hits.needle.tolist()):
        low, size = int(hits.at[one]), int(hits.size[one])
        touched, begin, end = _touched(parts, needle, low, low + size)
        if len(touched) < 2:
            continue
        shift = int(hits.there[one]) - low
        beside = growing.grown(touched, int(hits.doc[one]), begin + shift, end + shift) if end else []
        for piece in (*touched, *beside):
            own, at = corpus.texts[piece.doc], int(corpus.tokens.offset[piece.doc])
            start, stop = (
                at + len(own[:place].encode("utf-8", "replace")) for place in (piece.start, piece.stop)
            )
            rows.append(
                (corpus.leaf[piece.doc], start, stop, hits.doc[one], origin[one], origin_end[one], bits[one])
            )
            hows.append(parts.hows[needle])
    if not rows:
        return Threads(_none(), [])
    columns: list[Any] = [np.array(column) for column in zip(*rows, strict=True)]
    return Threads(Stretches(*columns), hows)


def _touched(parts: Assembled, needle: int, low: int, high: int) -> tuple[Sequence[Piece], int, int]:
    """The pieces of which the characters `low` to `high` of a needle are more than the half; where the first
    of them begins and the last one ends in the needle (0 for what was decoded).
    """
    pieces, begins = parts.pieces[needle], parts.begins[needle]
    if begins is None:
        return pieces, 0, 0
    ends = [*begins[1:], int(parts.needles.size[needle])]
    spans = list(zip(pieces, begins, ends, strict=True))
    touched = [span for span in spans if (min(span[2], high) - max(span[1], low)) * 2 > span[2] - span[1]]
    if not touched:
        return [], 0, 0
    return [piece for piece, _, _ in touched], touched[0][1], touched[-1][2]
