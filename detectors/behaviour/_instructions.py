"""Finds clauses that tell somebody to do something inside texts an agent read, without any fixed wrapper."""

from __future__ import annotations

from typing import Final

import polars as pl

from detectors.behaviour._words import EFFECTIVE, IMPERATIVES

_LEAD: Final = (
    "please|kindly|also|and|then|now|first|next|finally|just|simply|instead|immediately|urgently|additionally"
)
_YOU: Final = (
    r"(?:you|i|we|u)(?:'ll|'d)?\s+(?:(?:will|would|do)\s+)?(?:must|should|need(?:\s+you)?|have|can|could"
    r"|want(?:\s+you)?|like(?:\s+you)?|will|are\s+required|are\s+asked|shall|ask\s+you)\s+(?:to\s+)?"
)
_ASK: Final = (
    r"(?:(?:could|can|would|will)\s+(?:you|u)\s+|(?:make\s+sure|be\s+sure|ensure)\s+(?:that\s+)?(?:to|you)\s+"
    r"|remember\s+to\s+|don'?t\s+forget\s+to\s+|let(?:'?s|\s+us)\s+"
    r"|(?:(?:your|the|our|my)\s+)?(?:(?:next|first|new|only)\s+)?(?:task|job|goal|step|duty)\s+(?:now\s+)?is\s+to\s+"
    r"|(?:it(?:'s|\s+is)\s+)?(?:necessary|important|required|essential)\s+(?:that\s+you|to)\s+)"
)
_BEFORE: Final = rf"[\s'\"*#>-]*(?:(?:{_LEAD})[\s,]+){{0,3}}(?:{_YOU}|{_ASK})?(?:(?:{_LEAD})\s+)?"
_OPENS: Final = r"^|[.!?]['\")]*\s|\n|\\[nrt]|[,:;(\[{<>'\"*#|-]|\band\b|\bthen\b"


def _told(verbs: tuple[str, ...]) -> str:
    return rf"{_BEFORE}(?:{'|'.join(verbs)})\s+[^\s]"


_CLAUSE: Final = rf"(?i)(?:{_OPENS}){_told(IMPERATIVES)}"
_EFFECT: Final = rf"(?i)(?:{_OPENS}){_told(EFFECTIVE)}"
_FOLDED: Final = r"\\\r?\n\s*(?:\\ )?"
_ESCAPES: Final = r"\\+[nrt]"
_STRUCTURE: Final = r"[})],\s*(?:\{|\w+\()"
_PARAGRAPH: Final = r"\n[ \t]*\n\s*|</?\w[^<>]{0,400}>"
_END: Final = (
    rf"{_STRUCTURE}|{_PARAGRAPH}"
    r"""|[.!?]['")]*(?:[ \t]*\n[ \t]*(?:\n\s*)?(?:[-*•] )?|\s)"""
    r"""|\n[ \t]*(?:[-*•] |[\w' -]{1,30}:\s)|['"]\s*(?:[})\]]*[})],\s*(?:\{|\w+\()|[,}\])])"""
)
#: What a sentence ends with where the next one stands in another record, or in another paragraph.
_RECORD_ENDS: Final = rf"(?:\n- |{_STRUCTURE})$"
_PARAGRAPH_ENDS: Final = rf"(?:{_PARAGRAPH})$"
#: A line that begins with an instruction begins a sentence of its own.
_FRESH: Final = rf"(?i)\n{_told(IMPERATIVES)}"
_WORDS: Final = r"\S+\s+\S+\s+\S"
_MAX_TEXT: Final = 20_000
_MAX_CLAUSE: Final = 400
_MAX_CLAUSES: Final = 64
_BESIDE: Final = 200
#: Characters of a record that are looked at for its speaker.
_MAX_RECORD: Final = 6_000

_c = pl.col
_said: Final = _c("said")

#: One row per clause: the sentence, the ends of its neighbours towards it, and `at`, its row in `SENTENCES`;
#: `early`: among the first of all clauses of its text; `effective`: among the first that may have an effect.
CLAUSES: Final[dict[str, pl.DataType]] = {
    "text_id": pl.UInt32(),
    "at": pl.Int64(),
    "early": pl.Boolean(),
    "effective": pl.Boolean(),
    "clause": pl.String(),
    "before": pl.String(),
    "after": pl.String(),
}
#: One row per sentence of all texts, in order.
SENTENCES: Final[dict[str, pl.DataType]] = {"text_id": pl.UInt32(), "said": pl.String()}


def may_instruct(text: pl.Expr) -> pl.Expr:
    """A fast first look: whether a text holds any clause that tells somebody to do something."""
    return text.str.contains(_CLAUSE)


def may_affect(text: pl.Expr) -> pl.Expr:
    """The same for clauses whose verb may have an effect outside the conversation."""
    return text.str.contains(_EFFECT)


def clauses(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`CLAUSES` and `SENTENCES` of a frame with `text_id`, `text` and `every`.

    Texts are read to 20,000 characters; where `every` is false, only for verbs that may have an effect.
    """
    told = _sentences(texts)
    kept = told.with_columns(at=pl.int_range(pl.len(), dtype=pl.Int64), effective=may_affect(_said))
    kept = kept.filter(_said.str.contains(_WORDS) & (_c("effective") | (_c("every") & may_instruct(_said))))
    kept = kept.with_columns(
        number=pl.int_range(pl.len()).over("text_id"), effect=_c("effective").cum_sum().over("text_id")
    )
    kept = kept.with_columns(early=_c("every") & (_c("number") < _MAX_CLAUSES))
    kept = kept.with_columns(effective=_c("effective") & (_c("effect") <= _MAX_CLAUSES))
    kept = kept.filter(_c("early") | _c("effective"))
    told = told.select(*SENTENCES)
    found = kept.select(
        "text_id",
        "at",
        "early",
        "effective",
        clause=_said.str.slice(0, _MAX_CLAUSE),
        before=_beside(told, kept["at"], -1).str.tail(_BESIDE),
        after=_beside(told, kept["at"], 1).str.head(_BESIDE),
    )
    return found, told


def records(sentences: pl.DataFrame, at: pl.Series) -> pl.Series:
    """The whole record around each of the sentences `at`, up to 6,000 characters."""
    texts = sentences["text_id"].gather(at).unique()
    held = sentences.with_row_index("at").filter(pl.col("text_id").is_in(texts.implode()))
    ends = _said.str.contains(_RECORD_ENDS) | (pl.col("text_id") != pl.col("text_id").shift(-1))
    held = held.with_columns(record=ends.shift(1, fill_value=False).cum_sum())
    whole = held.group_by("record").agg(_said.str.join("").str.slice(0, _MAX_RECORD))
    mine = at.cast(pl.UInt32).to_frame("at").join(held.select("at", "record"), on="at", maintain_order="left")
    return mine.join(whole, on="record", how="left", maintain_order="left")["said"]


def following(sentences: pl.DataFrame, at: pl.Series) -> pl.Series:
    """The sentence after each of the sentences `at`, empty where that is in another paragraph."""
    ends = sentences["said"].gather(at).str.contains(_PARAGRAPH_ENDS)
    frame = pl.DataFrame({"after": _beside(sentences, at, 1), "ends": ends})
    return frame.select(pl.when("ends").then(pl.lit("")).otherwise("after").alias("after"))["after"]


def asked_verbs(clause: pl.Expr) -> pl.Expr:
    """The verbs that a clause tells somebody to do, lower case; a list column."""
    told = clause.str.extract_all(_CLAUSE).list.eval(pl.element().str.extract(r"(\p{L}+)\s+\S$"))
    return told.list.eval(pl.element().str.to_lowercase())


def _sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """`SENTENCES` and `every`, in the order of the texts."""
    text = pl.col("text").str.slice(0, _MAX_TEXT)
    escaped = texts.with_columns(text).with_columns(escaped=pl.col("text").str.contains("\\", literal=True))
    plain = escaped.filter(~pl.col("escaped"))
    unescaped = escaped.filter("escaped").with_columns(
        pl.col("text").str.replace_all(_FOLDED, " ").str.replace_all(_ESCAPES, "\n")
    )
    parts = pl.concat([plain, unescaped]).select(
        "text_id",
        "every",
        said=pl.col("text")
        .str.replace_all(_END, "${0}\x1f")
        .str.replace_all(_FRESH, "\x1f${0}")
        .str.split("\x1f"),
    )
    return parts.explode("said").filter(_said != "")


def _beside(sentences: pl.DataFrame, at: pl.Series, step: int) -> pl.Series:
    """The sentence `step` places further on, empty where that is another record."""
    place = (at + step).clip(0, max(sentences.height - 1, 0))
    text = sentences["text_id"]
    between = sentences["said"].gather((at + min(step, 0)).clip(0, None)).str.contains(_RECORD_ENDS)
    same = (text.gather(place) == text.gather(at)) & (place == at + step) & ~between
    return pl.DataFrame({"said": sentences["said"].gather(place), "same": same}).select(
        pl.when("same").then("said").otherwise(pl.lit(""))
    )["said"]
