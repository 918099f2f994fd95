"""What each session wrote to and read from places that another session can reach, as keyed fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.chains.prints import I64, U64, keyed, prints, wholes
from afteraction.lineage.verbs import NOUNLIKE, PLAIN, words_of
from afteraction.records.chain import FINGERPRINTS, TOUCHES
from afteraction.records.finding import SENSITIVITIES
from afteraction.records.session_batch import SessionBatch

_WRITES: Final = ("write", "send", "other", "grant", "pay")
_READS: Final = ("read", "search", "execute", "other", "authenticate")
#: Shorter texts say nothing that could be recognised elsewhere.
_LEAST_CHARS: Final = 4
_MOST_LISTED: Final = 4096
_MOST_FLOWS: Final = 64
#: The least share and length of what makes a write secret because it comes from a place of secrets.
_LEAST_SHARE: Final = 0.5
_LEAST_PLACED: Final = 12
_ANSWER_CHARS: Final = 2000
_ID: Final = r'(?i)"(?:\w*_?id|uuid|key|path|file|url|number|name)"\s*:\s*"?([^",}\s]{1,120})'
_RANKS: Final = {name: rank for rank, name in enumerate(SENSITIVITIES)}
_c = pl.col


def touches(batch: SessionBatch, shown: pl.DataFrame) -> pl.DataFrame:
    """TOUCHES of a followed batch; `shown` has the masked `target` and `destination` of its actions."""
    wrote, read = _written(batch), _read(batch)
    if wrote.is_empty() and read.is_empty():
        return pl.DataFrame(schema=TOUCHES)
    rows = pl.concat([wrote, read]).with_row_index("row").cast({"row": pl.Int64})
    rows = _printed(rows, batch.keys)
    rows = _with_secrets(rows, batch)
    rows = rows.join(_carried(batch, rows, shown), on=["action_id", "way"], how="left", maintain_order="left")
    places = shown.select(
        "action_id", _c("target").alias("place"), _c("destination").alias("shown_destination")
    )
    named = rows.join(places, on="action_id", how="left", maintain_order="left").with_columns(
        destination=pl.when(_c("way") == "wrote").then("shown_destination"),
        secrets=pl.concat_list(_c("secrets").fill_null([]), _c("linked").fill_null([])).list.unique(),
        sensitivity=pl.max_horizontal(_c("carried").fill_null(0), _c("held").fill_null(0)).replace_strict(
            dict(enumerate(SENSITIVITIES)), return_dtype=pl.String
        ),
    )
    telling = pl.any_horizontal(_c(name).list.len() > 0 for name in FINGERPRINTS)
    return named.filter(telling).select(_c(name).cast(kind) for name, kind in TOUCHES.items())


_OF_ACTION: Final = (
    "tenant", "session_key", "event_date", "action_id", _c("event_time").alias("touched_at"), "agent_id",
    "tool", "target", "destination_class",
)  # fmt: skip


def _written(batch: SessionBatch) -> pl.DataFrame:
    """What calls put somewhere: their content arguments, joined."""
    content = batch.arguments.filter(
        (_c("role") == "content") & ~_c("arg_path").str.starts_with("#") & (_c("value").str.len_bytes() > 0)
    )
    texts = content.group_by("action_id", maintain_order=True).agg(_c("value").str.join("\n").alias("text"))
    return (
        batch.actions.filter(_c("operation").is_in(_WRITES) | (_c("destination_class") == "local"))
        .select(*_OF_ACTION, _made().alias("made"))
        .join(texts, on="action_id", how="inner", maintain_order="left")
        .filter(_c("text").str.len_bytes() >= _LEAST_CHARS)
        .with_columns(way=pl.lit("wrote"))
    )


def _read(batch: SessionBatch) -> pl.DataFrame:
    return (
        batch.actions.filter(_c("operation").is_in(_READS) & (_c("result").str.len_bytes() >= _LEAST_CHARS))
        .select(*_OF_ACTION, pl.lit(None, pl.String).alias("made"), _c("result").alias("text"))
        .with_columns(way=pl.lit("read"), destination_class=pl.lit(None, pl.String))
    )


def _made() -> pl.Expr:
    """The id that a write's answer names: where to read again what was written."""
    answer = pl.when(_c("result").str.len_bytes() <= _ANSWER_CHARS).then("result")
    return answer.str.extract(_ID)


def _printed(rows: pl.DataFrame, keys: Mapping[str, bytes]) -> pl.DataFrame:
    """`rows` with fingerprints in place of texts."""
    made = prints(rows["text"].to_list(), (rows["way"] == "wrote").to_numpy())
    tenants = rows["tenant"]
    columns = [
        _listed("marks", made.run_text, _keyed(made.run, tenants.gather(made.run_text), keys, "run")),
        _listed(
            "values", made.value_text, _keyed(made.value, tenants.gather(made.value_text), keys, "value")
        ),
    ]
    kind = [_collection(tool or "") for tool in rows["tool"].to_list()]
    target = rows["target"].str.replace(r"^(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:\./|~/)?(?:www\.)?", "")
    short = target.str.contains(r"^\d*$|^.{1,2}$")
    place = pl.select(
        pl.when(target.is_null()).then(pl.Series(kind, dtype=pl.String))
        .when(short).then(pl.Series(kind, dtype=pl.String) + " " + target)
        .otherwise(target)
    ).to_series()  # fmt: skip
    rows = rows.drop("text", "target", "tool").with_columns(
        _one("place_fp", place, tenants, keys),
        _one("made_fp", rows["made"], tenants, keys),
        target.is_not_null().alias("named"),
    )
    for column in columns:
        rows = rows.join(column, on="row", how="left", maintain_order="left")
    return rows


def _listed(name: str, owner: I64, prints: I64) -> pl.DataFrame:
    """`row` and the fingerprints of each text, at most `_MOST_LISTED`."""
    found = pl.DataFrame({"row": owner, name: prints})
    return found.group_by("row", maintain_order=True).agg(_c(name).head(_MOST_LISTED))


def _one(name: str, texts: pl.Series, tenants: pl.Series, keys: Mapping[str, bytes]) -> pl.Series:
    distinct = texts.drop_nulls().unique()
    hashes = pl.DataFrame({"text": distinct, "hash": wholes(distinct.to_list())})
    known = pl.DataFrame({"text": texts}).join(hashes, on="text", how="left", maintain_order="left")["hash"]
    there = known.is_not_null()
    made = np.zeros(len(texts), dtype=np.int64)
    held = there.to_numpy()
    made[held] = _keyed(known.filter(there).to_numpy(), tenants.filter(there), keys, "whole")
    return pl.DataFrame({name: made, "there": there}).select(pl.when("there").then(name)).to_series()


def _keyed(hashes: U64, tenants: pl.Series, keys: Mapping[str, bytes], kind: str) -> I64:
    names = tenants.unique().to_list()
    if len(names) == 1:
        return keyed(hashes, keys[names[0]], kind)
    out = np.zeros(hashes.size, dtype=np.int64)
    for name in names:
        own = (tenants == name).to_numpy()
        out[own] = keyed(hashes[own], keys[name], kind)
    return out


@lru_cache(maxsize=16384)
def _collection(tool: str) -> str:
    """The things that a tool handles, whatever it does to them: `note` for `create_note` and `list_notes`."""
    words = [word for word in words_of(tool) if word not in PLAIN and word not in ("all", "by", "new", "my")]
    nouns = [word for word in words if word not in NOUNLIKE] or words
    return " ".join(sorted({word.removesuffix("s") for word in nouns}))


def _with_secrets(rows: pl.DataFrame, batch: SessionBatch) -> pl.DataFrame:
    """Recognised secrets at both ends, by the fingerprints that findings show; what else a write holds."""
    rank = _c("sensitivity").replace_strict(_RANKS, default=0, return_dtype=pl.Int64)
    secret = (_c("sensitivity") == "secret") & _c("part").is_in(["args", "result"])
    held = (_c("sensitivity") == "personal") & (_c("part") == "args")
    known = (
        batch.matches.filter(_c("action_id").is_not_null() & (secret | held))
        .with_columns(
            way=pl.when(_c("part") == "args").then(pl.lit("wrote")).otherwise(pl.lit("read")),
            number=_number(),
            rank=rank,
        )
        .group_by("action_id", "way")
        .agg(
            _c("number")
            .filter(_c("rank") == _RANKS["secret"])
            .drop_nulls()
            .head(_MOST_LISTED)
            .alias("secrets"),
            _c("rank").max().alias("held"),
        )
    )
    return rows.join(known, on=["action_id", "way"], how="left", maintain_order="left")


def _number() -> pl.Expr:
    """A value's fingerprint as findings show it, as a number."""
    return _c("value_fp").str.slice(3).str.to_integer(base=16, strict=False, dtype=pl.Int64)


def _carried(batch: SessionBatch, rows: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """By written action: where its content came from in the session, and how sensitive that is."""
    weight = _c("sensitivity").replace_strict(_RANKS, default=0, return_dtype=pl.Int64)
    flows = batch.flows.filter((_c("origin") == "result") & _c("origin_action_id").is_not_null())
    sources = batch.actions.select(
        _c("action_id").alias("origin_action_id"),
        _c("source_sensitivity").replace_strict(_RANKS, default=0, return_dtype=pl.Int64).alias("source"),
    )
    places = rows.filter(_c("way") == "read").select(_c("action_id").alias("origin_action_id"), "place_fp")
    named = shown.select(_c("action_id").alias("origin_action_id"), _c("target").alias("origin_place"))
    telling = (_c("strength") >= _LEAST_SHARE) & (_c("chars") >= _LEAST_PLACED)
    secret = pl.when((_c("source") >= _RANKS["secret"]) & telling).then(_RANKS["secret"]).otherwise(0)
    return (
        flows.select("action_id", "origin_action_id", "strength", "chars", "value_fp", weight=weight)
        .join(sources, on="origin_action_id", how="left")
        .join(places, on="origin_action_id", how="left")
        .join(named, on="origin_action_id", how="left")
        .with_columns(weight=pl.max_horizontal("weight", secret))
        .sort("weight", "strength", "chars", "origin_action_id", descending=[True, True, True, False])
        .group_by("action_id", maintain_order=True)
        .agg(
            _c("origin_action_id").unique(maintain_order=True).head(12).alias("origins"),
            _c("place_fp").drop_nulls().unique(maintain_order=True).head(12).alias("origin_fps"),
            _c("origin_place").first(),
            _c("weight").max().alias("carried"),
            _number().drop_nulls().unique(maintain_order=True).head(_MOST_FLOWS).alias("linked"),
        )
        .with_columns(way=pl.lit("wrote"))
    )
