"""Per-action features: where purpose, destination and content came from. They decide nothing."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.lineage.roles import OUTGOING
from afteraction.records.session_batch import SessionBatch

_RANKS: Final = {"none": 0, "internal": 1, "personal": 2, "secret": 3}

#: One row per action. Shares are 0 to 1 and null where there is nothing to share.
#: `destination_arguments` (count) how many arguments say who or where it goes to;
#: `destination_user_share`, `destination_result_share`, `destination_own_share` (share of those) whose
#: origin is the person, an earlier result, the agent's own words; `destination_named` whether the
#: person (or the system prompt) named every one of them. `decisive_user_share`,
#: `decisive_result_share`, `decisive_own_share`: the same over destinations and locators.
#: `content_user_share`, `content_result_share` (share of words) of the payload that the person's words
#: and earlier results explain. `late_result_share` (share of arguments that decide or carry) whose
#: value came from a result read after the person's last words. `tool_requested` (share of words) of the
#: tool's name that the person said, by stem; `tool_told` (share of words) that only instruction-like
#: sentences of results said. `operation_requested` whether the person used a verb of the action's kind
#: of operation; `operation_told` whether only instruction-like sentences of results did.
#: `request_overlap` (share of words) of name and arguments that the person said. `told_share` (share of
#: words) of the arguments that stand in instruction-like sentences of earlier results and not in the
#: person's words; `told_destination` (the same, of destinations alone, the largest). `results_read`
#: (count) results that had come back before; `chars_read` (characters) their length; `sensitive_read`
#: (0 none, 1 internal, 2 personal, 3 secret) the most sensitive match in them. `chars_out` (characters)
#: the length of what an outgoing call carries; `encoded` whether an argument holds base64, hex or
#: packed text. `flows_in` (count) arguments linked to earlier results; `sensitive_out` (0 to 3) the
#: most sensitive value linked into this call.
PROVENANCE: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "destination_arguments": pl.Int64(),
    "destination_user_share": pl.Float64(),
    "destination_result_share": pl.Float64(),
    "destination_own_share": pl.Float64(),
    "destination_named": pl.Boolean(),
    "decisive_user_share": pl.Float64(),
    "decisive_result_share": pl.Float64(),
    "decisive_own_share": pl.Float64(),
    "content_user_share": pl.Float64(),
    "content_result_share": pl.Float64(),
    "late_result_share": pl.Float64(),
    "tool_requested": pl.Float64(),
    "tool_told": pl.Float64(),
    "operation_requested": pl.Boolean(),
    "operation_told": pl.Boolean(),
    "request_overlap": pl.Float64(),
    "told_share": pl.Float64(),
    "told_destination": pl.Float64(),
    "results_read": pl.Int64(),
    "chars_read": pl.Int64(),
    "sensitive_read": pl.Int64(),
    "chars_out": pl.Int64(),
    "encoded": pl.Boolean(),
    "flows_in": pl.Int64(),
    "sensitive_out": pl.Int64(),
}


def provenance(batch: SessionBatch) -> pl.DataFrame:
    """`PROVENANCE` of a batch that `follow` has filled, row for row as `batch.actions`."""
    if batch.actions.is_empty():
        return pl.DataFrame(schema=PROVENANCE)
    actions = batch.actions.select(
        "action_id", "session_key", "position", "operation", "result", "result_position"
    )
    traced = _traced(batch.arguments, _last_words(actions, batch.messages))
    flows = (
        batch.flows.filter(pl.col("origin") == "result")
        .group_by("action_id")
        .agg(flows_in=pl.col("arg_path").n_unique().cast(pl.Int64))
    )
    labelled = batch.flows.group_by("action_id").agg(sensitive_out=_rank().max())
    frame = (
        actions.join(traced, on="action_id", how="left", maintain_order="left")
        .join(flows, on="action_id", how="left", maintain_order="left")
        .join(labelled, on="action_id", how="left", maintain_order="left")
        .join(_read_before(actions, batch.matches), on="action_id", how="left", maintain_order="left")
    )
    outgoing = pl.col("operation").is_in(list(OUTGOING))
    counts = (
        "destination_arguments",
        "results_read",
        "chars_read",
        "sensitive_read",
        "flows_in",
        "sensitive_out",
    )
    return frame.with_columns(
        *(pl.col(name).fill_null(0) for name in counts),
        encoded=pl.col("encoded").fill_null(value=False),
        chars_out=pl.when(outgoing).then("chars_out").otherwise(0).fill_null(0),
    ).select(pl.col(name).cast(kind) for name, kind in PROVENANCE.items())


def _rank() -> pl.Expr:
    return pl.col("sensitivity").replace_strict(_RANKS, default=0, return_dtype=pl.Int64)


def _last_words(actions: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """(action_id, asked_at): where the person last spoke before each action, -1 for never."""
    said = (
        messages.filter(pl.col("role") == "user").select("session_key", asked_at="position").sort("asked_at")
    )
    return (
        actions.select("action_id", "session_key", before=pl.col("position") - 1)
        .sort("before")
        .join_asof(said, left_on="before", right_on="asked_at", by="session_key", check_sortedness=False)
        .select("action_id", pl.col("asked_at").fill_null(-1))
    )


def _traced(arguments: pl.DataFrame, last_words: pl.DataFrame) -> pl.DataFrame:
    role, origin, path = pl.col("role"), pl.col("origin"), pl.col("arg_path")
    tool, asked = path == "#tool", path == "#operation"
    real = ~path.str.starts_with("#")
    aimed = (role == "destination") & (pl.col("value") != "")
    decisive = role.is_in(["destination", "locator"]) & (pl.col("value") != "")
    carried = role.is_in(["destination", "locator", "content"]) & real & (pl.col("value") != "")
    content = (role == "content") & (pl.col("value") != "")
    size = pl.col("value").str.len_chars()
    late = (origin == "result") & (pl.col("origin_position") > pl.col("asked_at"))

    def share(of: pl.Expr, within: pl.Expr) -> pl.Expr:
        return of.filter(within).mean()

    def weighted(column: str, within: pl.Expr) -> pl.Expr:
        return (pl.col(column) * size).filter(within).sum() / size.filter(within).sum().replace(0, None)

    return (
        arguments.join(last_words, on="action_id", how="left", maintain_order="left")
        .group_by("action_id")
        .agg(
            destination_arguments=(aimed & real).sum(),
            destination_user_share=share(origin == "user", aimed),
            destination_result_share=share(origin == "result", aimed),
            destination_own_share=share(origin == "own", aimed),
            destination_named=(origin.is_in(["user", "system"]) | (pl.col("user_share") > 0.99))
            .filter(aimed)
            .all()
            .and_(pl.when(aimed.any()).then(statement=True)),
            decisive_user_share=share(origin == "user", decisive),
            decisive_result_share=share(origin == "result", decisive),
            decisive_own_share=share(origin == "own", decisive),
            content_user_share=weighted("user_share", content),
            content_result_share=weighted("result_share", content),
            late_result_share=share(late.fill_null(value=False), carried),
            tool_requested=pl.col("user_share").filter(tool).max(),
            tool_told=pl.col("told_share").filter(tool).max(),
            operation_requested=pl.col("user_share").filter(asked).max() > 0,
            operation_told=pl.col("told_share").filter(asked).max() > 0,
            request_overlap=weighted("user_share", tool | carried),
            told_share=weighted("told_share", carried),
            told_destination=pl.col("told_share").filter(aimed).max(),
            chars_out=size.filter(carried & (role != "locator")).sum(),
            encoded=pl.col("encoded").any(),
        )
    )


def _read_before(actions: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """What had been read before each action: results, characters, the most sensitive match."""
    found = matches.filter(pl.col("part") == "result").group_by("action_id").agg(rank=_rank().max())
    read = (
        actions.filter(pl.col("result").is_not_null())
        .join(found, on="action_id", how="left")
        .select(
            "session_key",
            at=pl.coalesce("result_position", "position"),
            chars=pl.col("result").str.len_chars().cast(pl.Int64),
            rank=pl.col("rank").fill_null(0),
        )
        .sort("session_key", "at")
        .with_columns(
            results_read=pl.int_range(1, pl.len() + 1).over("session_key"),
            chars_read=pl.col("chars").cum_sum().over("session_key"),
            sensitive_read=pl.col("rank").cum_max().over("session_key"),
        )
        .sort("at", "results_read")
    )
    return (
        actions.select("action_id", "session_key", before=pl.col("position") - 1)
        .sort("before")
        .join_asof(read, left_on="before", right_on="at", by="session_key", check_sortedness=False)
        .select("action_id", "results_read", "chars_read", "sensitive_read")
    )
