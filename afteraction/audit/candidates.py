"""Which scored actions need a person: at or above the ticket threshold of the bundle that scored them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from afteraction.lake import Lake

_FACTS = (
    "action_id",
    "agent_id",
    "on_behalf_of",
    "tool",
    "operation",
    "target",
    "destination",
    "args_sha256",
    "status",
)


def candidates(lake: Lake, thresholds: Mapping[str, int]) -> pl.DataFrame:
    """Rows for `approvals.open_retroactive`; `thresholds` gives the ticket points of each bundle revision.

    A critical level needs a person whatever its points are: it rests on deterministic evidence.
    """
    risk = lake.read("action_risk")
    least = pl.col("bundle_revision").replace_strict(thresholds, default=None, return_dtype=pl.Int64)
    chosen = risk.filter((pl.col("points") >= least) | (pl.col("level") == "critical"))
    if chosen.is_empty():
        return chosen
    dates = chosen["event_date"].unique().to_list()
    actions = lake.read("actions", columns=_FACTS, dates=dates)
    cause = pl.col("reasons").str.json_path_match("$[0].reason").fill_null("risk").alias("cause")
    return (
        chosen.join(actions, on="action_id", how="left")
        .with_columns(cause)
        .with_columns(
            _title().alias("title"),
            pl.coalesce("target", "destination").alias("target"),
        )
    )


def _title() -> pl.Expr:
    told = pl.col("reasons").str.json_path_match("$[0].text").fill_null("the score reached the threshold")
    return pl.format("{}: {}", pl.col("tool").str.slice(0, 80), told)
