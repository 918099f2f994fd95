"""Which actions need a person: those that reach the threshold, or a rule, of the bundle that scored them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from afteraction.audit.demands import Demands, demands
from afteraction.lake import Lake
from afteraction.lake.tables import scan
from afteraction.policy.lookup import ticket_points
from afteraction.records.risk import ACTION_RISK
from afteraction.records.settings import Rule

#: What a ticket says of an action, beside its risk.
FACTS = (
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
#: Rests on deterministic evidence.
_CERTAIN = pl.col("level") == "critical"


def candidates(home: Path, lake: Lake, files: Sequence[str]) -> pl.DataFrame:
    """Rows for `approvals.open_retroactive` among those of some files of `action_risk`.

    Each action is held against the bundle that scored it, at the threshold of its agent. A critical level
    needs a person whatever its points are: it rests on deterministic evidence. A rule that asks or denies
    needs one where the log holds no approval, also for what cannot be scored.
    """
    risk = scan("action_risk", files) if files else pl.LazyFrame(schema=ACTION_RISK)
    risk = risk.select(*ACTION_RISK)
    revisions = risk.select(pl.col("bundle_revision").drop_nulls().unique()).collect().to_series()
    wanted = demands(home, revisions.sort())
    if not any(one.rules for one in wanted.values()):
        least = min((one.least for one in wanted.values()), default=None)
        risk = risk.filter(_CERTAIN if least is None else (pl.col("points") >= least) | _CERTAIN)
    found = risk.collect()
    dates = found["event_date"].unique().to_list()
    scored = found.join(lake.read("actions", columns=FACTS, dates=dates), on="action_id", how="left")
    least_points = ticket_points(scored, {revision: one.thresholds for revision, one in wanted.items()})
    risky = scored.filter((pl.col("points") >= least_points) | _CERTAIN)
    parts = [risky.with_columns(_cause().alias("cause"), _title(_reason()).alias("title"))]
    parts += _demanded(scored, wanted)
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
