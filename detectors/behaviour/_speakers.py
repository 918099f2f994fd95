"""Who gives an instruction, and whether the person's words point at them or hand the say over to them."""

from __future__ import annotations

from typing import Final

import polars as pl

from detectors.behaviour import _instructions as instructions
from detectors.behaviour import _words as words
from detectors.behaviour._context import Context

#: Where a record says who speaks: a field for its author, or the line under a closing formula.
_SPEAKER: Final = (
    r"(?i)\b\w{0,12}(?:sender|from|author|owner|creator|reviewer|by)\w{0,10}"
    r"[\\'\"]*\s*[:=]\s*[\\'\"]*[^\\'\",\n]{2,60}"
    r"|(?:regards|best|thanks|thank you|cheers|sincerely|yours|greetings|signed)[\w ]{0,16}[,.!]?"
    r"\s*[-~]?\s*[^\n'\",.]{2,40}"
)
#: From this length a name is also found at the start of a longer word, such as a user name.
_LONG: Final = 5
_SENTENCE: Final = r"[.!?]['\")]*\s+|\n+"
_PLAIN: Final = r"[^\p{L}\p{N}]+"
_ENDING: Final = r"\.\w{1,5}$"
_c = pl.col


def vouched(context: Context, clauses: pl.DataFrame) -> pl.DataFrame:
    """Which clauses (`said`, `at`, `ses`) the person's words point at: `said` and `by`.

    `speaker`: whoever signs or sends the record that holds the clause was named by the person (not the
    person's own name); `near`: the sentence after it in its paragraph names what the person named;
    `itself`: an identifier in the clause does. That it speaks about somebody whom the person named as well
    ("send it to Lee") says nothing about who gives it.
    """
    asked = clauses.join(context.names.select("ses").unique(), on="ses", how="semi")
    if asked.is_empty():
        return pl.DataFrame(schema={"said": pl.UInt32, "by": pl.String})
    sentences = context.memo["sentences"]
    beside = instructions.following(sentences, asked["at"])
    near = asked.select("said", "ses", by=pl.lit("near"), text=beside)
    own = asked.select("said", "ses", by=pl.lit("itself"), text=sentences["said"].gather(asked["at"]))
    whole = asked.select(
        "said", "ses", by=pl.lit("speaker"), text=instructions.records(sentences, asked["at"])
    )
    signed = whole.with_columns(text=_c("text").str.extract_all(_SPEAKER).list.join(" "))
    held = (
        pl.concat([own, near, signed]).with_columns(tok=words.tokens(_c("text"))).drop("text").explode("tok")
    )
    telling = (_c("by") != "itself") | words.telling(_c("tok"))
    held = words.with_parts(held.filter(_c("tok").is_not_null() & telling))
    both = held.join(context.names.rename({"tok": "name"}), on="ses")
    long = _c("name").str.len_chars() >= _LONG
    same = (_c("tok") == _c("name")) | (long & _c("tok").str.starts_with(_c("name")))
    return both.filter(same).group_by("said").agg(_c("by").max())


def entrusted(context: Context, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs (`act`, `source`, `ses`, `asked`) whose source the person told the agent to act on: `act`.

    One sentence of the request names the place and hands the say over ("follow the steps in plan.txt"), or
    asks, before it names the place, for an operation with an effect, where all that action and clause share
    was asked for (`asked`: "pay the bill in bill.txt").
    """
    places = (
        context.named_places.rename({"act": "source"})
        .join(pairs, on="source")
        .filter(words.telling(_c("value")))
        .select("act", "ses", "asked", place=_plain(_c("value").str.replace(_ENDING, "")))
        .filter(_c("place").str.len_bytes() >= _LONG)
    )
    said = context.requests.join(places.select("ses").unique(), on="ses", how="semi")
    said = said.select("ses", text=_c("text").str.replace_all(_SENTENCE, "\x1f").str.split("\x1f"))
    said = said.explode("text").with_columns(_plain(_c("text")), handed=words.delegates(_c("text")))
    both = places.join(said, on="ses").filter(_c("text").str.contains(_c("place"), literal=True))
    head = _c("text").str.split(_c("place")).list.first()
    wanted = _c("asked") & words.asks_effect(head) & ~head.str.ends_with(" to ")
    return both.filter(_c("handed") | wanted).select("act").unique()


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(_PLAIN, " ").str.strip_chars()
