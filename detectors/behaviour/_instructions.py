"""Finds clauses that tell somebody to do something inside texts an agent read, without any fixed wrapper."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

import polars as pl
import re2

from detectors.behaviour._words import IMPERATIVES

_LEAD: Final = (
    "please|kindly|also|and|then|now|first|next|finally|just|simply|instead|immediately|urgently|additionally"
)
_YOU: Final = (
    r"(?:you|i|we|u)\s+(?:must|should|need(?:\s+you)?|have|can|could|want(?:\s+you)?|would\s+like|will|are\s+required"
    r"|are\s+asked|shall)\s+(?:to\s+)?"
)
_ASK: Final = (
    r"(?:(?:could|can|would|will)\s+(?:you|u)\s+|make\s+sure\s+(?:to|you)\s+|remember\s+to\s+"
    r"|don'?t\s+forget\s+to\s+)"
)
_CLAUSE: Final = (
    r"(?:^|[.!?]['\")]*\s|\n|\\[nrt]|[,:;(\[{<>'\"*#|-]|\band\b|\bthen\b)[\s'\"*#>-]*"
    rf"(?:(?:{_LEAD})[\s,]+){{0,3}}(?:{_YOU}|{_ASK})?(?:(?:{_LEAD})\s+)?"
    rf"(?:{'|'.join(IMPERATIVES)})\s+[^\s]"
)
_FIND: Final = re2.compile(rf"(?i){_CLAUSE}".encode())
_END: Final = re2.compile(rb"""[.!?]['")]*\s|\n\s*\n|\n[ \t]*(?:- |[\w' -]{1,30}:\s)|['"]\s*[,}\])]|[.!?]$""")
_ESCAPES: Final = re2.compile(rb"\\+\r?\n\s*\\?|\\+[nrt]")
_RECORD: Final = re2.compile(rb"\n- |[})],\s*(?:\{|\w+\()|\n\s*\n\s*\n")
_MAX_TEXT: Final = 20_000
_MAX_CLAUSE: Final = 400
_MAX_CLAUSES: Final = 64
_RECORD_REACH: Final = 1_500
_BESIDE: Final = 200

#: One row per clause: the clause, what stands beside it in its paragraph, and the record that holds it.
CLAUSES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "clause": pl.String(),
    "near": pl.String(),
    "record": pl.String(),
}


def may_instruct(text: pl.Expr) -> pl.Expr:
    """A fast first look: whether a text holds any clause that tells somebody to do something."""
    return text.str.contains(f"(?i){_CLAUSE}")


def clauses(texts: pl.DataFrame) -> pl.DataFrame:
    """The clauses (`CLAUSES`) of a frame with `text_id` and `text`; texts are read to 20,000 characters."""
    rows = [
        (text_id, *clause)
        for text_id, text in texts.select("text_id", "text").iter_rows()
        for clause in _clauses(text)
    ]
    return pl.DataFrame(rows, schema=CLAUSES, orient="row")


def _clauses(text: str) -> Iterator[tuple[str, str, str]]:
    raw = _ESCAPES.sub(b"\n", text[:_MAX_TEXT].encode("utf-8", "replace"))
    told = sorted({match.end() - 1 for match in _FIND.finditer(raw)})
    if not told:
        return
    ends = [0, *(match.end() for match in _END.finditer(raw)), len(raw)]
    records = [0, *(match.start() for match in _RECORD.finditer(raw)), len(raw)]
    seen = dict.fromkeys(bisect_right(ends, at) - 1 for at in told)
    for index in list(seen)[:_MAX_CLAUSES]:
        start, end = ends[index], min(ends[index + 1], ends[index] + _MAX_CLAUSE)
        clause = _text(raw[start:end])
        if len(clause.split()) < 3:
            continue
        record = bisect_right(records, start) - 1
        first = max(records[record], start - _RECORD_REACH)
        last = min(records[record + 1], end + _RECORD_REACH)
        yield clause, _near(raw, ends, index), _text(raw[first:last])


def _near(raw: bytes, ends: list[int], index: int) -> str:
    before = raw[max(ends[max(0, index - 1)], ends[index] - _BESIDE) : ends[index]]
    last = ends[min(index + 2, len(ends) - 1)]
    return _text(before + raw[ends[index] : min(last, ends[index + 1] + _BESIDE)])


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
