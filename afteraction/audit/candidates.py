"""Which actions need a person: those that reach the threshold, or a rule, of the bundle that scored them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import polars as pl

from afteraction.audit.policy_step import Demands
from afteraction.lake import Lake
from afteraction.records.settings import Rule

_FACTS = (
    "action_id",
    "agent_id",
    "on_behalf_of",
    "tool",
    "operation",
    "target",
    "destination",
    "destination_class",
    "args_sha256",
    "status",
    "approval",
)


def candidates(lake: Lake, demands: Mapping[str, Demands]) -> pl.DataFrame:
    """Rows for `approvals.open_retroactive`; `demands` is by bundle revision.

    A critical level needs a person whatever its points are: it rests on deterministic evidence. A rule
    that asks or denies needs one where the log holds no approval, also for what cannot be scored.
    """
    risk = lake.read("action_risk")
    points = {revision: one.points for revision, one in demands.items()}
    least = pl.col("bundle_revision").replace_strict(points, default=None, return_dtype=pl.Int64)
    risky = (pl.col("points") >= least) | (pl.col("level") == "critical")
    if not any(one.rules for one in demands.values()):
        risk = risk.filter(risky)
    dates = risk["event_date"].unique().to_list()
    scored = risk.join(lake.read("actions", columns=_FACTS, dates=dates), on="action_id", how="left")
    parts = [scored.filter(risky).with_columns(_cause().alias("cause"), _title(_reason()).alias("title"))]
    parts += _demanded(scored, demands)
    return pl.concat(parts).with_columns(pl.coalesce("target", "destination").alias("target"))


def _demanded(scored: pl.DataFrame, demands: Mapping[str, Demands]) -> Iterator[pl.DataFrame]:
    unapproved = scored.filter(pl.col("approval").fill_null("") != "approved")
    for revision, one in demands.items():
        for rule in one.rules:
            if rule.decision != "allow":
                reason = rule.reason or f"the rule {rule.id} wants an approval and the log holds none"
                yield unapproved.filter(
                    (pl.col("bundle_revision") == revision) & _matches(rule)
                ).with_columns(
                    pl.lit(f"rule:{rule.id}").alias("cause"), _title(pl.lit(reason)).alias("title")
                )


def _matches(rule: Rule) -> pl.Expr:
    """As the hook's `Rule.matches`: every condition that is given holds."""
    held = pl.lit(True)  # noqa: FBT003 - a literal of a Polars expression
    for column, words in (("operation", rule.operation), ("destination_class", rule.destination_class)):
        if words:
            held &= pl.col(column).is_in(list(words))
    if rule.tool is not None:
        held &= pl.col("tool").str.contains(_regex(rule.tool))
    return held.fill_null(value=False)


def _regex(glob: str) -> str:
    parts = {"*": ".*", "?": "."}
    return "(?s)^" + "".join(parts.get(char) or re.escape(char) for char in glob) + "$"


def _cause() -> pl.Expr:
    return pl.col("reasons").str.json_path_match("$[0].reason").fill_null("risk")


def _reason() -> pl.Expr:
    return pl.col("reasons").str.json_path_match("$[0].text").fill_null("the score reached the threshold")


def _title(reason: pl.Expr) -> pl.Expr:
    return pl.format("{}: {}", pl.col("tool").str.slice(0, 80), reason)
