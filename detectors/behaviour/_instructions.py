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
_FOLDED: Final = r"\\\r?\n\s*(?:\\ )?"
_ESCAPES: Final = r"\\+[nrt]"
_RECORD: Final = r"\n- |[})],\s*(?:\{|\w+\()"
_PARAGRAPH: Final = r"\n[ \t]*\n\s*|</?\w[^<>]{0,400}>"
_END: Final = r"""[.!?]['")]*\s|\n[ \t]*(?:[-*•] |[\w' -]{1,30}:\s)|['"]\s*[,}\])]"""
_WORDS: Final = r"\S+\s+\S+\s+\S"
_MAX_TEXT: Final = 20_000
_MAX_CLAUSE: Final = 400
_MAX_CLAUSES: Final = 64
_BESIDE: Final = 200
#: Characters of a record that are looked at for its speaker.
_MAX_RECORD: Final = 6_000

#: One row per clause: the sentence, the ends of its neighbours towards it, and `at`, its row in `SENTENCES`.
CLAUSES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "at": pl.Int64(),
    "clause": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}
#: One row per sentence of all texts, in order; `record` numbers the records that hold them, `paragraph`
#: what stands together in one.
SENTENCES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "record": pl.UInt32(),
    "paragraph": pl.UInt32(),
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
    """The whole record around each of the sentences `at`, up to 6,000 characters."""
    mine = sentences["record"].gather(at)
    held = sentences.filter(pl.col("record").is_in(mine.unique().implode()))
    whole = held.group_by("record").agg(pl.col("said").str.join("").str.slice(0, _MAX_RECORD))
    return mine.to_frame().join(whole, on="record", how="left", maintain_order="left")["said"]


def surroundings(sentences: pl.DataFrame, at: pl.Series) -> pl.Series:
    """Each of the sentences `at` with its neighbours of the same paragraph."""
    parts = [_beside(sentences, at, step, within="paragraph") for step in (-1, 0, 1)]
    frame = pl.DataFrame({str(place): part for place, part in enumerate(parts)})
    return frame.select(said=pl.concat_str(pl.all()))["said"]


def asked_verbs(clause: pl.Expr) -> pl.Expr:
    """The verbs that a clause tells somebody to do, lower case; a list column."""
    told = clause.str.extract_all(_CLAUSE).list.eval(pl.element().str.extract(r"(\p{L}+)\s+\S$"))
    return told.list.eval(pl.element().str.to_lowercase())


def _sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """`SENTENCES`, in the order of the texts."""
    text = (
        pl.col("text").str.slice(0, _MAX_TEXT).str.replace_all(_FOLDED, " ").str.replace_all(_ESCAPES, "\n")
    )
    records = (
        texts.select("text_id", said=text.str.replace_all(_RECORD, "\x1e${0}").str.split("\x1e"))
        .explode("said")
        .with_row_index("record")
        .filter(pl.col("said").str.contains(_MAYBE))
    )
    parts = (
        records.with_columns(pl.col("said").str.replace_all(_PARAGRAPH, "${0}\x1d").str.split("\x1d"))
        .explode("said")
        .with_row_index("paragraph")
        .with_columns(pl.col("said").str.replace_all(_END, "${0}\x1f").str.split("\x1f"))
    )
    return parts.explode("said").filter(pl.col("said") != "").select(*SENTENCES)


def _beside(sentences: pl.DataFrame, at: pl.Series, step: int, *, within: str = "record") -> pl.Series:
    """The sentence `step` places further on, empty where that is another record (or paragraph)."""
    place = (at + step).clip(0, sentences.height - 1)
    said, unit = sentences["said"].gather(place), sentences[within]
    same = (unit.gather(place) == unit.gather(at)) & (place == at + step)
    return pl.DataFrame({"said": said, "same": same}).select(
        pl.when("same").then("said").otherwise(pl.lit(""))
    )["said"]
