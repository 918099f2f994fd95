"""Finds clauses that tell somebody to do something inside texts an agent read, without any fixed wrapper."""

from __future__ import annotations

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
_TOLD: Final = (
    rf"[\s'\"*#>-]*(?:(?:{_LEAD})[\s,]+){{0,3}}(?:{_YOU}|{_ASK})?(?:(?:{_LEAD})\s+)?"
    rf"(?:{'|'.join(IMPERATIVES)})\s+[^\s]"
)
_OPENS: Final = r"^|[.!?]['\")]*\s|\n|\\[nrt]|[,:;(\[{<>'\"*#|-]|\band\b|\bthen\b"
_CLAUSE: Final = rf"(?i)(?:{_OPENS}){_TOLD}"
#: Matches whatever holds a sentence that `_CLAUSE` matches: sentences also begin after these.
_MAYBE: Final = rf"(?i)(?:{_OPENS}|[}}\])\x1f]){_TOLD}"
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

#: One row per clause: the sentence, the ends of its neighbours towards it, and `at`, its row in `SENTENCES`.
CLAUSES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "at": pl.Int64(),
    "clause": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}
#: One row per sentence of all texts, in order; `record` numbers the records that hold them.
SENTENCES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "record": pl.UInt32(),
    "said": pl.String(),
}


def may_instruct(text: pl.Expr) -> pl.Expr:
    """A fast first look: whether a text holds any clause that tells somebody to do something."""
    return text.str.contains(_CLAUSE)


def clauses(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`CLAUSES` and `SENTENCES` of a frame with `text_id` and `text`; texts are read to 20,000 characters."""
    told = _sentences(texts)
    if told.is_empty():
        return pl.DataFrame(schema=CLAUSES), pl.DataFrame(schema=SENTENCES)
    kept = told.select("text_id", "said", at=pl.int_range(pl.len(), dtype=pl.Int64))
    kept = kept.filter(pl.col("said").str.contains(_CLAUSE)).filter(pl.col("said").str.contains(_WORDS))
    kept = kept.filter(pl.int_range(pl.len()).over("text_id") < _MAX_CLAUSES)
    found = kept.select(
        "text_id",
        "at",
        clause=pl.col("said").str.slice(0, _MAX_CLAUSE),
        before=_beside(told, kept["at"], -1).str.tail(_BESIDE),
        after=_beside(told, kept["at"], 1).str.head(_BESIDE),
    )
    return found, told


def records(sentences: pl.DataFrame, at: pl.Series) -> pl.Series:
    """The part of its record around each of the sentences `at`, up to eight sentences to each side."""
    steps = pl.int_ranges(-_RECORD_REACH, _RECORD_REACH + 1, dtype=pl.Int64)
    places = pl.DataFrame({"at": at}).with_row_index("row").with_columns(step=steps).explode("step")
    places = places.with_columns(place=pl.col("at") + pl.col("step"))
    places = places.filter(pl.col("place").is_between(0, sentences.height - 1))
    same = sentences["record"].gather(places["place"]) == sentences["record"].gather(places["at"])
    places = places.filter(same)
    said = places.select("row", said=sentences["said"].gather(places["place"]))
    return said.group_by("row", maintain_order=True).agg(pl.col("said").str.join(""))["said"]


def _sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """`SENTENCES`, in the order of the texts."""
    text = pl.col("text").str.slice(0, _MAX_TEXT).str.replace_all(_ESCAPES, "\n")
    records = (
        texts.select("text_id", said=text.str.replace_all(_RECORD, "\x1e${0}").str.split("\x1e"))
        .explode("said")
        .with_row_index("record")
        .filter(pl.col("said").str.contains(_MAYBE))
    )
    parts = records.with_columns(pl.col("said").str.replace_all(_END, "${0}\x1f").str.split("\x1f"))
    return parts.explode("said").select(*SENTENCES)


def _beside(sentences: pl.DataFrame, at: pl.Series, step: int) -> pl.Series:
    """The sentence `step` places further on, empty where that is another record."""
    place = (at + step).clip(0, sentences.height - 1)
    said, record = sentences["said"].gather(place), sentences["record"]
    same = (record.gather(place) == record.gather(at)) & (place == at + step)
    return pl.DataFrame({"said": said, "same": same}).select(
        pl.when("same").then("said").otherwise(pl.lit(""))
    )["said"]
