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
#: What ends a sentence, so that no word runs on into the next.
_APART: Final = (" ", "\n", "\t", "\r", ",", "}", "]", ")")
_PAIR: Final = 1 << 32
_c = pl.col


def agreements(context: Context) -> pl.DataFrame:
    """One row per (action, clause) that agree: see `_ROW`; clauses stand in results the agent had read."""
    found, told = _clauses(context)
    if told.is_empty():
        return pl.DataFrame(schema=_ROW)
    spoken = _tokens(found, _c("clause")).collect()
    vocabulary = spoken.unique("word")
    stems = _stems(spoken, vocabulary).join(
        told.select("said", "ses", "read_at", "clause_id"), on="clause_id"
    )
    stems = stems.select("said", "ses", "read_at", "stem", key=words.in_session(_c("stem"), _c("ses")))
    leading = _leading(found, told, stems)
    parts = (_values(context, found, spoken, told), _verbs(context, stems), _operations(context, leading))
    pairs = pl.concat(parts, how="diagonal").group_by("pair").agg(pl.exclude("pair").sum())
    pairs = pairs.select(pl.exclude("pair"), act=(_c("pair") // _PAIR).cast(pl.UInt32), said=_said())
    kept = _worth(context, told, stems, spoken, vocabulary)
    pairs = pairs.join(kept, on="said")
    pairs = pairs.filter((_c("others") == 0) | (_c("value") > 0) | (_c("words") >= 3))
    return _chained(context, pairs.collect()).select(*_ROW)


def _pair() -> pl.Expr:
    return (_c("act").cast(pl.UInt64) * _PAIR + _c("said")).alias("pair")


def _said() -> pl.Expr:
    return (_c("pair") % _PAIR).cast(pl.UInt32)


def _tokens(found: pl.DataFrame, text: pl.Expr) -> pl.LazyFrame:
    """`clause_id`, `tok`, `word` (hashed), one row per token of each clause's `text`."""
    split = found.lazy().select("clause_id", tok=words.tokens(text)).explode("tok")
    return split.filter(_c("tok").is_not_null()).with_columns(word=words.hashed(_c("tok")))


def _stems(spoken: pl.DataFrame, vocabulary: pl.DataFrame) -> pl.DataFrame:
    """`clause_id`, `stem` (hashed): the stems of a clause, also the first four letters of long ones.

    Tools say `repo`, `info`, `auth`.
    """
    split = words.with_parts(vocabulary.select("word", "tok")).filter(words.meaningful(_c("tok")))
    stems = split.select("word", stem=words.stem(_c("tok")))
    short = stems.filter(_c("stem").str.len_chars() >= 7).with_columns(_c("stem").str.slice(0, 4))
    known = pl.concat([stems, short]).select("word", stem=words.hashed(_c("stem"))).unique()
    held = spoken.select("clause_id", "word").join(known, on="word").select("clause_id", "stem")
    return held.filter(words.in_session(_c("stem"), _c("clause_id")).is_first_distinct())


#: `value`, `beside`: identifiers of the action, not the person's, in the clause / in or beside it;
#: `words`, `around`: its other such words in the clause / in or beside it; `verbs`, `new_verbs`: words of
#: the tool in the clause / not the person's; `same`, `new_same`: operations both name / not the person's;
#: `effect`: of those, ones with an effect outside; `chained`: the value came from a call that followed the
#: clause; `content`: it stood in read content; `at`: its row in the sentences.
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
    "content": pl.Boolean(),
    "on_topic": pl.Float64(),
    "source": pl.UInt32(),
    "at": pl.Int64(),
}


def _clauses(context: Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The clauses (by `clause_id`), and where each was first read (`read_at`; `source` is the `act`)."""
    results = context.actions.select("act", "result_position", "operation").with_columns(
        text=context.batch.actions["result"]
    )
    results = results.filter(_c("text").is_not_null() & _c("result_position").is_not_null()).with_columns(
        length=_c("text").str.len_bytes()
    )
    last = context.decisive.group_by("ses").agg(last=_c("position").max())
    before = context.placed.select("act", "ses").join(last, on="ses")
    results = results.join(before, on="act").filter(_c("result_position") < _c("last")).drop("last")
    results = results.with_columns(
        mark=_c("text").hash(seed=1), source=_c("act").is_in(context.origins["act"].implode())
    )
    texts = results.select("mark", "text", every=_c("source").any().over("mark"))
    texts = texts.unique("mark", maintain_order=True)
    texts = texts.filter(
        pl.when("every")
        .then(instructions.may_instruct(_c("text")))
        .otherwise(instructions.may_affect(_c("text")))
    )
    texts = texts.with_row_index("text_id")
    found, context.memo["sentences"] = instructions.clauses(texts)
    found = found.with_row_index("clause_id")
    read = results.drop("text").join(texts.select("mark", "text_id"), on="mark")
    read = read.join(found.drop("before", "after"), on="text_id")
    read = read.filter(pl.when("source").then("early").otherwise("effective"))
    first = read.sort("result_position", "act", maintain_order=True).unique(
        ["ses", "clause"], keep="first", maintain_order=True
    )
    capped = first.filter(pl.int_range(pl.len()).over("ses") < _MAX_SESSION)
    told = capped.with_row_index("said").select(
        "said",
        "ses",
        "clause_id",
        "at",
        read_at="result_position",
        source="act",
        content=_c("operation").is_in(_READS).fill_null(value=True),
    )
    return found, told


def _worth(
    context: Context,
    told: pl.DataFrame,
    stems: pl.DataFrame,
    spoken: pl.DataFrame,
    vocabulary: pl.DataFrame,
) -> pl.LazyFrame:
    """Clauses that are not the person's own words again, with `on_topic` and `others`."""
    topic = (
        stems.lazy()
        .select("said", asked=_c("key").is_in(context.asked_stems["key"].implode()))
        .group_by("said")
        .agg(on_topic=_c("asked").mean(), length=pl.len())
        .filter((_c("on_topic") < _ECHO) | (_c("length") < 5))
    )
    identifiers = vocabulary.lazy().filter(words.telling(_c("tok")) & (_c("tok").str.len_bytes() >= 5))
    others = (
        spoken.lazy()
        .join(identifiers.select("word"), on="word", how="semi")
        .select("clause_id", "word")
        .unique()
        .join(told.lazy().select("said", "ses", "clause_id"), on="clause_id")
        .filter(~words.in_session(_c("word"), _c("ses")).is_in(context.asked["key"].implode()))
        .group_by("said")
        .agg(others=pl.len())
    )
    return (
        topic.join(others, on="said", how="left")
        .join(told.lazy().select("said", "content", "source", "read_at", "at"), on="said")
        .with_columns(_c("others").fill_null(0))
    )


def _values(context: Context, found: pl.DataFrame, spoken: pl.DataFrame, told: pl.DataFrame) -> pl.LazyFrame:
    own = context.argument_words.filter(~_c("asked")).select("act", "position", "telling", "word", "key")
    apart = (_c("before").str.tail(1).is_in(_APART) | (_c("before") == "")) & (
        _c("clause").str.tail(1).is_in(_APART) | (_c("after") == "")
    )
    found = found.with_columns(apart=apart)
    around = pl.concat_str("before", pl.when("apart").then(pl.lit("\n")).otherwise("clause"), "after")
    used = _c("word").is_in(own["word"].unique().implode())
    mark = words.in_session(_c("word"), _c("clause_id")).alias("mark")
    inner = spoken.lazy().select("clause_id", "word", mark).filter(used).collect()
    near = _tokens(found, around).select("clause_id", "word", mark).filter(used)
    whole = inner.join(found.filter("apart").select("clause_id"), on="clause_id", how="semi")
    near = pl.concat([near, whole.lazy()]).filter(_c("mark").is_first_distinct())
    near = near.with_columns(inside=_c("mark").is_in(inner["mark"].implode()))
    carried = own.lazy().select("word", source="act")
    held = (
        near.join(told.lazy().select("said", "ses", "read_at", "clause_id", "source"), on="clause_id")
        .join(carried, on=["source", "word"], how="anti")
        .select("said", "read_at", "inside", key=words.in_session(_c("word"), _c("ses")))
    )
    both = own.lazy().join(held, on="key").filter(_c("read_at") < _c("position"))
    return both.group_by(_pair()).agg(
        value=(_c("telling") & _c("inside")).sum(),
        beside=_c("telling").sum(),
        words=(~_c("telling") & _c("inside")).sum(),
        around=(~_c("telling")).sum(),
    )


def _verbs(context: Context, stems: pl.DataFrame) -> pl.LazyFrame:
    both = context.tool_words.lazy().join(stems.lazy(), on="key").filter(_c("read_at") < _c("position"))
    return both.group_by(_pair()).agg(verbs=pl.len(), new_verbs=(~_c("asked")).sum())


def _leading(found: pl.DataFrame, told: pl.DataFrame, stems: pl.DataFrame) -> pl.DataFrame:
    """`stems` of the verbs that clauses begin with; all of a clause's where such a verb says nothing."""
    verbs = found.select("clause_id", tok=instructions.asked_verbs(_c("clause"))).explode("tok").drop_nulls()
    light = verbs.filter(_c("tok").is_in(words.LIGHT)).select("clause_id").unique()
    whole = told.join(light, on="clause_id", how="semi").select("said")
    said = told.select("said", "ses", "read_at", "clause_id").join(verbs, on="clause_id")
    said = said.select("said", "ses", "read_at", stem=words.hashed(words.stem(_c("tok"))))
    said = said.with_columns(key=words.in_session(_c("stem"), _c("ses"))).unique()
    return pl.concat([stems.join(whole, on="said", how="semi"), said.select(stems.columns)])


def _operations(context: Context, stems: pl.DataFrame) -> pl.LazyFrame:
    meanings = words.operation_words().select(
        words.hashed(_c("stem")),
        name=words.hashed(_c("names")),
        effect=_c("names").is_in(words.EFFECTS),
    )
    named = stems.lazy().drop("key").join(meanings.lazy(), on="stem")
    named = named.filter(words.in_session(_c("name"), _c("said")).is_first_distinct())
    named = named.select("said", "read_at", "effect", key=words.in_session(_c("name"), _c("ses")))
    both = context.tool_operations.lazy().join(named, on="key").filter(_c("read_at") < _c("position"))
    return both.group_by(_pair()).agg(same=pl.len(), new_same=(~_c("asked")).sum(), effect=_c("effect").sum())


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
