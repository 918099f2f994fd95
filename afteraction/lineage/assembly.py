"""Values sent in pieces, put together again over the calls of one tool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.decoding import decoded
from afteraction.lineage.needles import PLAIN, SHORTEST, Needles
from afteraction.lineage.origins import Traced
from afteraction.lineage.seams import Rows
from afteraction.lineage.tokens import I64, U8, Bools, as_i64, folded

#: A leaf is a piece if at least so many characters of it are unexplained and it is no longer than this.
_LEAST: Final = 3
_DENSE: Final = 12
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


def assembled(traced: Traced, rows: Rows, fits: I64, new: Bools) -> Assembled:
    """Every needle that pieces make, as they are and decoded.

    Pieces are neighbours in `rows` whose seams fit (`fits` are the first ones of each two), and those that
    hold unexplained words (`new`) which look encoded.
    """
    corpus = traced.corpus
    chars: list[U8] = []
    docs, pieces, begins, hows = [], [], [], []
    encoded = _encoded(traced, new)
    for group in _groups(rows, fits, encoded):
        for parts in _cuts(corpus, group):
            texts = [corpus.texts[part.doc][part.start : part.stop] for part in parts]
            joined = "".join(texts)
            if not SHORTEST <= len(joined) <= _MAX_SIZE:
                continue
            for how, text, used, places in _made(parts, texts, joined, coded=bool(encoded[group].any())):
                needle = folded(text)
                if needle.size >= SHORTEST:
                    chars.append(needle)
                    docs.append(parts[0].doc)
                    pieces.append(used)
                    begins.append(places)
                    hows.append(how)
    return Assembled(_needles(chars, docs), pieces, begins, hows)


def _encoded(traced: Traced, new: Bools) -> Bools:
    """Which texts hold an unexplained word of letters and digits, or of alternating cases."""
    corpus, tokens = traced.corpus, traced.corpus.tokens
    word = traced.pieces.element[new]
    size = tokens.end[word] - tokens.start[word]
    letters = tokens.letters(word)
    drawn = (letters > 0) & (letters < np.minimum(size, 8)) | tokens.mixed_case(word) | (size >= _DENSE)
    found = np.zeros(corpus.kind.size, dtype=bool)
    found[tokens.text[word[drawn & (size >= _LEAST)]]] = True
    return found


def _groups(rows: Rows, fits: I64, encoded: Bools) -> Iterator[list[int]]:
    """Texts that may be pieces of one value, with a few neighbours, in the order in which they were sent."""
    likely = np.zeros(rows.doc.size, dtype=bool)
    likely[fits], likely[fits + 1] = True, True
    coded = encoded[rows.doc] & (rows.row > 0)
    likely |= coded & (
        np.bincount(rows.row[coded], minlength=rows.row.max(initial=0) + 1)[np.maximum(rows.row, 0)] > 1
    )
    some = np.flatnonzero(likely)
    if not some.size:
        return
    starts = np.flatnonzero(np.diff(rows.row, prepend=rows.row[0] - 1))
    ends = np.append(starts[1:], rows.row.size)
    apart = (np.diff(rows.row[some]) != 0) | (np.diff(some) > 2 * _BESIDE)
    for group in np.split(some, np.flatnonzero(apart) + 1):
        number = int(np.searchsorted(starts, group[0], "right")) - 1
        low, high = int(group[0]), int(group[-1]) + 1
        wide = max(low - _BESIDE, int(starts[number])), min(high + _BESIDE, int(ends[number]))
        if wide != (low, high) and encoded[rows.doc[low:high]].any():
            yield rows.doc[low:high][:_MAX_PIECES].tolist()
        yield rows.doc[slice(*wide)][:_MAX_PIECES].tolist()


def _made(
    parts: Sequence[Piece], texts: Sequence[str], joined: str, *, coded: bool
) -> Iterator[tuple[str, str, Sequence[Piece], Sequence[int] | None]]:
    """(how, text, pieces, where they begin) of the joined text and of what several of its pieces encode."""
    starts = np.cumsum([0, *(folded(text).size for text in texts)])[:-1].tolist()
    yield "chunk", joined, parts, starts
    ends = np.cumsum([len(text) for text in texts])
    for inner in decoded(joined, escapes=False, spaced=False) if coded else ():
        begins = ends - [len(text) for text in texts]
        shared = np.minimum(ends, inner.end) - np.maximum(begins, inner.start)
        used = [part for part, size, text in zip(parts, shared, texts, strict=True) if size * 2 > len(text)]
        if len(used) > 1:
            yield f"chunk>{inner.how}", inner.text, used, None


def _needles(chars: list[U8], docs: list[int]) -> Needles:
    size = as_i64([one.size for one in chars])
    begin = np.cumsum(size) - size
    owner = np.repeat(np.arange(size.size), size)
    none = np.zeros(size.size, dtype=np.int64)
    blob = np.concatenate(chars) if chars else np.zeros(0, dtype=np.uint8)
    return Needles(blob, begin, size, as_i64(docs), none + PLAIN, none - 1, np.arange(blob.size), owner)


def _cuts(corpus: Corpus, docs: list[int]) -> Iterator[list[Piece]]:
    """The ways to cut the pieces out of what they are wrapped in."""
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
