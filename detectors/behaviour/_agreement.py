"""How far each action agrees with what earlier results told somebody to do."""

from __future__ import annotations

from typing import Final

import polars as pl

from detectors.behaviour import _instructions as instructions
from detectors.behaviour import _words as words
from detectors.behaviour._context import Context

_READS: Final = ("read", "search")
_ECHO: Final = 0.6
_MAX_SESSION: Final = 256
#: A clause that makes up more of a result than this is what a service answers, not something it holds.
_REPLY: Final = 0.7
_c = pl.col


def agreements(context: Context) -> pl.DataFrame:
    """One row per (action, clause) that agree: see `_ROW`; clauses stand in results the agent had read."""
    told = _clauses(context)
    if told.is_empty():
        return pl.DataFrame(schema=_ROW)
    spoken = words.with_parts(_words_of(told, "clause")).filter(words.meaningful(_c("tok")))
    stems = _with_short_forms(spoken.select("ses", "said", "read_at", stem=words.stem(_c("tok"))).unique())
    kept = _worth(context, told, stems)
    pairs = _values(context, told).join(_verbs(context, stems), on=["act", "said"], how="full", coalesce=True)
    pairs = pairs.join(_operations(context, stems), on=["act", "said"], how="full", coalesce=True).fill_null(
        0
    )
    pairs = pairs.join(kept, on="said")
    pairs = pairs.filter((_c("others") == 0) | (_c("value") > 0) | (_c("words") >= 3))
    return _chained(context, pairs).select(*_ROW)


def _with_short_forms(stems: pl.DataFrame) -> pl.DataFrame:
    """The stems and, for long ones, their first four letters: tools say `repo`, `info`, `auth`."""
    short = stems.filter(_c("stem").str.len_chars() >= 7).with_columns(_c("stem").str.slice(0, 4))
    return pl.concat([stems, short]).unique()


#: `value`, `beside`: identifiers of the action, not the person's, in the clause / in or beside it;
#: `words`, `around`: its other such words in the clause / in or beside it; `verbs`, `new_verbs`: words of
#: the tool in the clause / not the person's; `same`, `new_same`: operations both name / not the person's;
#: `effect`: of those, ones with an effect outside; `chained`: the value came from a call that followed the
#: clause; `named`: the record that holds the clause names somebody or something the person named;
#: `content`: it stood in read content.
_ROW: Final[dict[str, pl.DataType]] = {
    "act": pl.UInt32(),
    "said": pl.UInt32(),
    "value": pl.UInt32(),
    "beside": pl.UInt32(),
    "words": pl.UInt32(),
    "around": pl.UInt32(),
    "verbs": pl.UInt32(),
    "new_verbs": pl.UInt32(),
    "same": pl.UInt32(),
    "new_same": pl.UInt32(),
    "effect": pl.UInt32(),
    "chained": pl.UInt32(),
    "named": pl.UInt32(),
    "content": pl.Boolean(),
    "on_topic": pl.Float64(),
    "source": pl.UInt32(),
}


def _clauses(context: Context) -> pl.DataFrame:
    """One row per clause, where it was first read: `read_at` is the place, `source` the `act`."""
    results = context.actions.select("act", "result_position", "operation").with_columns(
        text=context.batch.actions["result"]
    )
    results = results.filter(_c("text").is_not_null() & _c("result_position").is_not_null()).with_columns(
        length=_c("text").str.len_bytes()
    )
    last = context.decisive.group_by("ses").agg(last=_c("position").max())
    before = context.placed.select("act", "ses").join(last, on="ses")
    results = results.join(before, on="act").filter(_c("result_position") < _c("last")).drop("last")
    texts = results.select(_c("text").unique(maintain_order=True)).with_row_index("text_id")
    worth = texts.filter(instructions.may_instruct(_c("text")))
    found = instructions.clauses(worth)
    if found.is_empty():
        return found.with_columns(said=pl.lit(0))
    read = results.join(worth, on="text").drop("text").join(found, on="text_id")
    first = read.sort("result_position", "act", maintain_order=True).unique(
        ["ses", "clause"], keep="first", maintain_order=True
    )
    capped = first.filter(pl.int_range(pl.len()).over("ses") < _MAX_SESSION)
    return capped.with_row_index("said").select(
        "said",
        "ses",
        "clause",
        "near",
        "record",
        read_at="result_position",
        source="act",
        content=_c("operation").is_in(_READS).fill_null(value=True)
        & (_c("clause").str.len_bytes() < _REPLY * _c("length")),
    )


def _words_of(told: pl.DataFrame, column: str) -> pl.DataFrame:
    split = told.select("ses", "said", "read_at", tok=words.tokens(_c(column))).explode("tok")
    return split.filter(_c("tok").is_not_null())


def _worth(context: Context, told: pl.DataFrame, stems: pl.DataFrame) -> pl.DataFrame:
    """Clauses that are not the person's own words again, with `on_topic`, `others`, `named`."""
    topic = (
        stems.join(context.asked_stems, on=["ses", "stem"], how="left")
        .group_by("said")
        .agg(on_topic=_c("asked_at").is_not_null().mean(), length=pl.len())
        .filter((_c("on_topic") < _ECHO) | (_c("length") < 5))
    )
    identifiers = (
        _words_of(told, "clause")
        .filter(words.telling(_c("tok")) & (_c("tok").str.len_bytes() >= 5))
        .unique(["said", "tok"])
    )
    others = (
        identifiers.join(context.asked, on=["ses", "tok"], how="anti").group_by("said").agg(others=pl.len())
    )
    held = told.select("ses", "said", record=_c("record").str.to_lowercase()).join(context.names, on="ses")
    named = (
        held.filter(_c("record").str.contains(_c("tok"), literal=True)).group_by("said").agg(named=pl.len())
    )
    return (
        topic.join(others, on="said", how="left")
        .join(named, on="said", how="left")
        .join(told.select("said", "content", "source", "read_at"), on="said")
        .with_columns(_c("others").fill_null(0), _c("named").fill_null(0))
    )


def _values(context: Context, told: pl.DataFrame) -> pl.DataFrame:
    own = context.argument_words.filter(~_c("asked")).drop("asked")
    wanted = own.select("ses", "tok").unique()
    near = _words_of(told, "near").join(wanted, on=["ses", "tok"], how="semi").unique(["said", "tok"])
    held = told.join(near.select("said").unique(), on="said", how="semi")
    inner = _words_of(held, "clause").select("said", "tok", inside=pl.lit(1)).unique()
    near = near.join(inner, on=["said", "tok"], how="left")
    both = own.join(near, on=["ses", "tok"]).filter(_c("read_at") < _c("position"))
    inside = _c("inside").is_not_null()
    return both.group_by("act", "said").agg(
        value=(_c("telling") & inside).sum(),
        beside=_c("telling").sum(),
        words=(~_c("telling") & inside).sum(),
        around=(~_c("telling")).sum(),
    )


def _verbs(context: Context, stems: pl.DataFrame) -> pl.DataFrame:
    both = context.tool_words.join(stems, on=["ses", "stem"]).filter(_c("read_at") < _c("position"))
    return both.group_by("act", "said").agg(verbs=pl.len(), new_verbs=(~_c("asked")).sum())


def _operations(context: Context, stems: pl.DataFrame) -> pl.DataFrame:
    named = stems.join(words.operation_words(), on="stem").select("ses", "said", "read_at", "names").unique()
    both = context.tool_operations.join(named, on=["ses", "names"]).filter(_c("read_at") < _c("position"))
    return both.group_by("act", "said").agg(
        same=pl.len(), new_same=(~_c("asked")).sum(), effect=_c("names").is_in(words.EFFECTS).sum()
    )


def _chained(context: Context, pairs: pl.DataFrame) -> pl.DataFrame:
    """Mark actions whose values came from the result of a call that itself followed the clause."""
    number = context.actions.select("action_id", "act")
    links = (
        context.batch.arguments.filter(_c("origin") == "result")
        .select("action_id", "origin_action_id")
        .unique()
        .join(number, on="action_id")
        .join(number.select(origin_action_id="action_id", before="act"), on="origin_action_id")
        .select("act", "before")
    )
    followed = pairs.filter((_c("value") > 0) | (_c("around") > 0)).select("said", before="act")
    chained = links.join(followed, on="before").select("act", "said", chained=pl.lit(1, pl.UInt32)).unique()
    return pairs.join(chained, on=["act", "said"], how="left").with_columns(_c("chained").fill_null(0))
