"""Finds clauses that tell somebody to do something inside texts an agent read, without any fixed wrapper."""

from __future__ import annotations

from functools import reduce
from typing import Final

import polars as pl

from detectors.behaviour._words import IMPERATIVES

_LEAD: Final = (
    "please|kindly|also|and|then|now|first|next|finally|just|simply|instead|immediately|urgently|additionally"
)
_YOU: Final = (
    r"(?:you|i|we|u)\s+(?:must|should|need(?:\s+you)?|have|can|could|want(?:\s+you)?|would\s+like|will"
    r"|are\s+required|are\s+asked|shall)\s+(?:to\s+)?"
)
_ASK: Final = (
    r"(?:(?:could|can|would|will)\s+(?:you|u)\s+|make\s+sure\s+(?:to|you)\s+|remember\s+to\s+"
    r"|don'?t\s+forget\s+to\s+)"
)
_CLAUSE: Final = (
    r"(?i)(?:^|[.!?]['\")]*\s|\n|\\[nrt]|[,:;(\[{<>'\"*#|-]|\band\b|\bthen\b)[\s'\"*#>-]*"
    rf"(?:(?:{_LEAD})[\s,]+){{0,3}}(?:{_YOU}|{_ASK})?(?:(?:{_LEAD})\s+)?"
    rf"(?:{'|'.join(IMPERATIVES)})\s+[^\s]"
)
_ESCAPES: Final = r"\\+\r?\n\s*\\?|\\+[nrt]"
_RECORD: Final = r"\n- |[})],\s*(?:\{|\w+\()|\n\s*\n\s*\n"
_END: Final = r"""[.!?]['")]*\s|\n\s*\n|\n[ \t]*(?:- |[\w' -]{1,30}:\s)|['"]\s*[,}\])]"""
_WORDS: Final = r"\S+\s+\S+\s+\S"
_MAX_TEXT: Final = 20_000
_MAX_CLAUSE: Final = 400
_MAX_CLAUSES: Final = 64
_BESIDE: Final = 200
#: How many sentences to each side, in the same record, count as "the record that holds it".
_RECORD_REACH: Final = 8

#: One row per clause: the sentence, with its neighbours, and the part of its record around it.
CLAUSES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "clause": pl.String(),
    "near": pl.String(),
    "record": pl.String(),
}


def may_instruct(text: pl.Expr) -> pl.Expr:
    """A fast first look: whether a text holds any clause that tells somebody to do something."""
    return text.str.contains(_CLAUSE)


def clauses(texts: pl.DataFrame) -> pl.DataFrame:
    """The clauses (`CLAUSES`) of a frame with `text_id` and `text`; texts are read to 20,000 characters."""
    told = _sentences(texts)
    if told.is_empty():
        return pl.DataFrame(schema=CLAUSES)
    kept = told.select(
        index=pl.int_range(pl.len(), dtype=pl.Int64),
        text_id="text_id",
        told=pl.col("said").str.contains(_CLAUSE) & pl.col("said").str.contains(_WORDS),
    ).filter("told")
    kept = kept.filter(pl.int_range(pl.len()).over("text_id") < _MAX_CLAUSES)
    at, said, records = kept["index"], told["said"], told["record"]
    before, after = (_beside(said, records, at, step) for step in (-1, 1))
    clause = said.gather(at).str.slice(0, _MAX_CLAUSE)
    steps = range(-_RECORD_REACH, _RECORD_REACH + 1)
    around = [_beside(said, records, at, step) for step in steps]
    return pl.DataFrame(
        {
            "text_id": kept["text_id"],
            "clause": clause,
            "near": before.str.tail(_BESIDE) + clause + after.str.head(_BESIDE),
            "record": reduce(lambda left, right: left + right, around),
        },
        schema=CLAUSES,
    )


def _sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """`text_id`, `record` (its number) and `said`, one row per sentence, in the order of the text."""
    text = pl.col("text").str.slice(0, _MAX_TEXT).str.replace_all(_ESCAPES, "\n")
    records = (
        texts.select("text_id", said=text.str.replace_all(_RECORD, "\x1e${0}").str.split("\x1e"))
        .explode("said")
        .with_row_index("record")
    )
    return records.with_columns(pl.col("said").str.replace_all(_END, "${0}\x1f").str.split("\x1f")).explode(
        "said"
    )


def _beside(said: pl.Series, records: pl.Series, at: pl.Series, step: int) -> pl.Series:
    """The sentence `step` places further on, empty where that is another record."""
    place = (at + step).clip(0, len(said) - 1)
    same = (records.gather(place) == records.gather(at)) & (place == at + step)
    frame = pl.DataFrame({"said": said.gather(place), "same": same})
    return frame.select(pl.when("same").then("said").otherwise(pl.lit(""))).to_series()
