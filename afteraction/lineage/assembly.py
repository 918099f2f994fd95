"""Values sent in pieces, put together again over the calls of one tool."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.decoding import decoded
from afteraction.lineage.needles import PLAIN, SHORTEST, Needles
from afteraction.lineage.origins import Traced
from afteraction.lineage.tokens import I64, U8, Bools, as_i64, folded

#: A leaf is a piece if at least so many characters of it are unexplained and it is no longer than this.
_LEAST: Final = 3
_MOST: Final = 2000
#: Neighbours of the first and last piece that may be pieces, too.
_BESIDE: Final = 3
#: Pieces of one value, and their characters, that are put together at most.
_MAX_PIECES: Final = 512
_MAX_SIZE: Final = 1 << 16
_FIELDS: Final = re.compile(r"[^\s:;,|?&=/\"']+")
_MAX_FIELDS: Final = 12
_FRAME: Final = re.compile(r"\w+://[^/?#]*/|[\w./-]+ (?=.* )")
_TAIL: Final = re.compile(r"[A-Za-z0-9]+$")
_FRONT: Final = re.compile(r"^[A-Za-z0-9]+")


class Piece(NamedTuple):
    """Characters `start` to `stop` of the text of an argument (a text of the corpus)."""

    doc: int
    start: int
    stop: int


class Assembled(NamedTuple):
    """Needles made of pieces: `pieces` of each, where in the needle each piece begins (`None`: it is decoded,
    and took all of them), and the codings between the pieces and the needle (`how`).
    """

    needles: Needles
    pieces: list[Sequence[Piece]]
    begins: list[Sequence[int] | None]
    hows: list[str]


def assembled(traced: Traced, actions: pl.DataFrame, new: Bools) -> Assembled:
    """Every needle that pieces with unexplained words (`new`) make, as they are and decoded."""
    corpus, homes = traced.corpus, _homes(traced.corpus)
    chars: list[U8] = []
    docs, pieces, begins, hows = [], [], [], []
    for group in _groups(traced, actions, new):
        for parts in _cuts(corpus, homes, group):
            texts = [corpus.texts[part.doc][part.start : part.stop] for part in parts]
            joined = "".join(texts)
            if not SHORTEST <= len(joined) <= _MAX_SIZE:
                continue
            for how, text, used, places in _made(parts, texts, joined):
                needle = folded(text)
                if needle.size >= SHORTEST:
                    chars.append(needle)
                    docs.append(parts[0].doc)
                    pieces.append(used)
                    begins.append(places)
                    hows.append(how)
    return Assembled(_needles(chars, docs), pieces, begins, hows)


def _made(
    parts: Sequence[Piece], texts: Sequence[str], joined: str
) -> Iterator[tuple[str, str, Sequence[Piece], Sequence[int] | None]]:
    """(how, text, pieces, where they begin) of the joined text and of what several of its pieces encode."""
    starts = np.cumsum([0, *(folded(text).size for text in texts)])[:-1].tolist()
    yield "chunk", joined, parts, starts
    ends = np.cumsum([len(text) for text in texts])
    for inner in decoded(joined, escapes=False, spaced=False):
        begins = ends - [len(text) for text in texts]
        shared = np.minimum(ends, inner.end) - np.maximum(begins, inner.start)
        used = [part for part, size, text in zip(parts, shared, texts, strict=True) if size * 2 > len(text)]
        if len(used) > 1:
            yield f"chunk>{inner.how}", inner.text, used, None


def _homes(corpus: Corpus) -> I64:
    """By leaf: its own text."""
    own = np.flatnonzero((corpus.leaf >= 0) & (corpus.parent == np.arange(corpus.parent.size)))
    homes = np.zeros(len(corpus.leaves), dtype=np.int64)
    homes[corpus.leaf[own]] = own
    return homes


def _needles(chars: list[U8], docs: list[int]) -> Needles:
    size = as_i64([one.size for one in chars])
    begin = np.cumsum(size) - size
    owner = np.repeat(np.arange(size.size), size)
    none = np.zeros(size.size, dtype=np.int64)
    blob = np.concatenate(chars) if chars else np.zeros(0, dtype=np.uint8)
    return Needles(blob, begin, size, as_i64(docs), none + PLAIN, none - 1, np.arange(blob.size), owner)


def _groups(traced: Traced, actions: pl.DataFrame, new: Bools) -> Iterator[list[int]]:
    """Leaves (by number) whose values may be pieces of one, in the order in which they were sent."""
    corpus, found = traced.corpus, traced.pieces
    leaves, tokens = corpus.leaves, corpus.tokens
    text = tokens.text[found.element]
    own = new & (corpus.parent[text] == text)
    size = tokens.end[found.element] - tokens.start[found.element]
    strange = np.bincount(found.owner[own], size[own], len(leaves))
    calls = defaultdict(list)
    keys = [
        (tool, ".".join((place or "").split(".")[-2:]))
        for tool, place in actions.select("tool", "destination").iter_rows()
    ]
    session = np.zeros(actions.height, dtype=np.int64)
    session[corpus.row[corpus.row >= 0]] = corpus.session[corpus.row >= 0]
    for leaf in np.flatnonzero((strange >= _LEAST) & ~leaves.derived).tolist():
        value, row = leaves.text[leaf], int(leaves.row[leaf])
        if len(value) <= _MOST:
            calls[int(session[row]), keys[row], leaves.path[leaf], _frame(value)].append(leaf)
    for (number, key, path, frame), some in calls.items():
        if len(some) > 1:
            of_session = np.flatnonzero(session[leaves.row] == number)
            ordered = of_session[np.argsort(traced.before[of_session], kind="stable")].tolist()
            alike = [n for n in ordered if leaves.path[n] == path and keys[int(leaves.row[n])] == key]
            alike = [n for n in alike if _frame(leaves.text[n]) == frame]
            places = [alike.index(leaf) for leaf in some]
            low, high = min(places), max(places) + 1
            yield alike[low:high][:_MAX_PIECES]
            if low or high < len(alike):
                yield alike[max(low - _BESIDE, 0) : high + _BESIDE][:_MAX_PIECES]


def _frame(text: str) -> str:
    """What calls that carry pieces of one value have in common: the first word, or the host of a URL."""
    found = _FRAME.match(text)
    return found.group() if found else ""


def _cuts(corpus: Corpus, homes: I64, group: list[int]) -> Iterator[list[Piece]]:
    """The ways to cut the pieces out of what they are wrapped in."""
    docs = homes[group].tolist()
    texts = [corpus.texts[doc] for doc in docs]
    front = len(_TAIL.sub("", _common(texts)))
    back = len(_FRONT.sub("", _common([text[front:][::-1] for text in texts])[::-1]))
    yield [Piece(doc, front, len(text) - back) for doc, text in zip(docs, texts, strict=True)]
    fields = [list(_FIELDS.finditer(text)) for text in texts]
    if {len(row) for row in fields} != {len(fields[0])} or not 1 < len(fields[0]) <= _MAX_FIELDS:
        return
    for column in zip(*fields, strict=True):
        if len({field.group() for field in column}) > 1:
            yield [Piece(doc, *field.span()) for doc, field in zip(docs, column, strict=True)]


def _common(texts: Sequence[str]) -> str:
    """The longest beginning that all texts share."""
    low, high = min(texts), max(texts)
    return low[
        : next((at for at, (one, two) in enumerate(zip(low, high, strict=False)) if one != two), len(low))
    ]
