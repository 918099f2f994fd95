"""Seams: where one argument ends and the next one goes on with what an earlier text holds in one piece.

Eight characters across the end of one value and the beginning of the next are looked up among the earlier
texts; so values are only put together where their pieces fit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, Corpus
from afteraction.lineage.needles import Squeezed
from afteraction.lineage.origins import Traced
from afteraction.lineage.places import GRAM, IDENTIFIER, Places, grams, keyed
from afteraction.lineage.telling import OPEN
from afteraction.lineage.tokens import I64, U8, U64, Bools

_ALNUM = np.array([chr(code).isalnum() or code >= 128 for code in range(256)])
_DIGIT = np.array([48 <= code <= 57 for code in range(256)])
#: What two calls have in common around their pieces is followed for so many bytes.
_FRAME = 256
#: Characters of the second argument that must agree where the first one fills the look-up.
_AHEAD = 2


class Rows(NamedTuple):
    """Arguments in rows that may carry one value: texts `doc` in order, `row` the number of the row."""

    doc: I64
    row: I64


class Seams(NamedTuple):
    """Eight characters across two arguments: `key`, the place (`at`) of the first of the two in the rows,
    how many characters are of the first (`left`), whether digits stand on both sides, and where the second
    one begins among the characters of the corpus (`right`).

    Where `left` is eight or more, the key is of the first one's last word: texts are looked up from the
    beginnings of their words.
    """

    key: U64
    at: I64
    left: I64
    digit: Bools
    right: I64


def rows_of(traced: Traced, actions: pl.DataFrame) -> Rows:
    """The arguments of each call, and those of each path of a tool towards one destination, call by call."""
    corpus, leaves = traced.corpus, traced.corpus.leaves
    own = (corpus.kind == ARGUMENT) & (corpus.parent == np.arange(corpus.parent.size))
    doc = np.flatnonzero(own)
    doc = doc[~leaves.derived[corpus.leaf[doc]]]
    leaf = corpus.leaf[doc]
    place = pl.col("destination").fill_null("").str.extract(r"([^.]+\.?[^.]*)$").fill_null("")
    ranks = actions.select(pl.col("tool").fill_null("").rank("dense"), place.rank("dense"))
    tool, place_number = (ranks[name].cast(pl.Int64).to_numpy()[corpus.row[doc]] for name in ranks.columns)
    path = pl.Series(leaves.path, dtype=pl.String).rank("dense").cast(pl.Int64).to_numpy()[leaf]
    key = corpus.session[doc], tool, place_number, path
    order = np.lexsort((traced.before[leaf], *reversed(key)))
    head = np.ones(doc.size, dtype=bool)
    head[1:] = np.any([np.diff(one[order]) != 0 for one in key], axis=0)
    calls = np.cumsum(head)
    return Rows(np.concatenate((doc, doc[order])), np.concatenate((-1 - corpus.row[doc], calls)))


def seams(corpus: Corpus, text: Squeezed, rows: Rows) -> Seams:
    """Every seam of neighbours in a row, without what surrounds the pieces in both."""
    at = np.flatnonzero(np.diff(rows.row) == 0)
    front, back = _frames(corpus, rows.doc[at], rows.doc[at + 1], rows.row[at] > 0)
    offset, first = corpus.tokens.offset, corpus.tokens.first
    end = _place(corpus, text, offset[rows.doc[at] + 1] - 1 - back)
    begin = _place(corpus, text, offset[rows.doc[at + 1]] + front)
    low, high = _edges(corpus, text)[first[rows.doc[at]]], _edges(corpus, text)[first[rows.doc[at + 1] + 1]]
    views, made = grams(text.chars), []
    for left in range(1, GRAM):
        some = np.flatnonzero((end - left >= low) & (begin + GRAM - left <= high) & (end > low))
        mask = np.uint64((1 << (8 * left)) - 1)
        joined = (views[end[some] - left] & mask) | (views[begin[some]] << np.uint64(8 * left))
        made.append((some, joined, np.full(some.size, left)))
    word = text.at[np.maximum(np.searchsorted(text.at, end - 1, "right") - 1, 0)]
    long = (end - word >= GRAM) & (end - word < IDENTIFIER) & (word >= low) & (begin + _AHEAD <= high)
    some = np.flatnonzero(long & (end > low))
    made.append((some, views[word[some]], (end - word)[some]))
    which, joined, left_of = (np.concatenate(columns) for columns in zip(*made, strict=True))
    digits = _DIGIT[text.chars[end[which] - 1]] & _DIGIT[text.chars[begin[which]]]
    keys = keyed(corpus, joined, rows.doc[at[which]])
    return Seams(keys, at[which], left_of, digits, begin[which])


def fitting(corpus: Corpus, text: Squeezed, made: Seams, found: Places) -> I64:
    """The places in the rows whose seam an earlier text holds within a word, between digits, or where a mark
    such as a dot or a hash joins two words.
    """
    which, there = found.of(made.key)
    tokens = corpus.tokens
    word = np.searchsorted(text.at, there, "right") - 1
    beyond = there + made.left[which] - (text.at[word] + tokens.end[word] - tokens.start[word])
    following = np.minimum(word + 1, text.at.size - 1)
    joint = (beyond == 0) & (tokens.start[following] - tokens.end[word] == 1)
    joint &= ~OPEN[tokens.raw[tokens.end[word]]] & (tokens.text[following] == tokens.text[word])
    readable = corpus.kind[tokens.text[word]] < ARGUMENT
    fits = readable & ((beyond < 0) | joint | made.digit[which])
    for ahead in range(_AHEAD):
        past = made.left[which] >= GRAM
        goes_on = text.chars[made.right[which] + ahead] == text.chars[there + made.left[which] + ahead]
        fits &= goes_on | ~past
    return np.unique(made.at[which[fits]])


def _edges(corpus: Corpus, text: Squeezed) -> I64:
    tokens = corpus.tokens
    return np.append(text.at, text.at[-1:] + tokens.end[-1:] - tokens.start[-1:])


def _place(corpus: Corpus, text: Squeezed, byte: I64) -> I64:
    """How many characters of the corpus stand before a byte that lies between words."""
    edge = _edges(corpus, text)
    return edge[np.searchsorted(corpus.tokens.start, byte)]


def _frames(corpus: Corpus, one: I64, two: I64, framed: Bools) -> tuple[I64, I64]:
    """How many bytes both texts begin with, and end with, up to a separator; none unless framed."""
    raw, offset = corpus.tokens.raw, corpus.tokens.offset
    room = np.where(framed, np.minimum(np.diff(offset)[one], np.diff(offset)[two]) - 1, 0)
    front = _alike(raw, offset[one], offset[two], room, 1)
    back = _alike(raw, offset[one + 1] - 2, offset[two + 1] - 2, room - front, -1)
    return front, back


def _alike(raw: U8, one: I64, two: I64, room: I64, step: int) -> I64:
    size = np.zeros(one.size, dtype=np.int64)
    last = size.copy()
    active = np.flatnonzero(room > 0)
    for count in range(_FRAME):
        here = raw[one[active] + step * count]
        active, here = (kept[here == raw[two[active] + step * count]] for kept in (active, here))
        size[active] = count + 1
        last[active] = np.where(_ALNUM[here], last[active], count + 1)
        active = active[room[active] > count + 1]
        if not active.size:
            break
    return last
