"""Layer `policy`: what verdicts teach, the thresholds that history gives, their backtest, and the bundle."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.assets import POOL, RETRY
from pipelines.metadata import facts, table
from pipelines.policy_plots import drift_plot, newest_points, reliability_plot, score_plot, tickets_plot
from pipelines.resources import Home

_FIGURES = ("labels", "harmful", "reviewers", "agents", "weight", "method", "ece", "skill", "shipped_ece",
            "shipped_skill", "tickets", "precision", "least_precision", "note")  # fmt: skip


@dg.asset(deps=["action_risk"], group_name="policy", pool=POOL, retry_policy=RETRY)
def challenger(home: Home) -> dg.MaterializeResult[Any]:
    """An isolation forest over the same features: how far it agrees, and what only one of both flags."""
    report = home.audit().challenge()
    if report is None:
        return dg.MaterializeResult(metadata={"challenged": "too few actions"})
    apart = {"only_challenger": list(report.only_challenger), "only_scorecard": list(report.only_scorecard)}
    return dg.MaterializeResult(metadata={**facts(report), "disagreement": dg.MetadataValue.json(apart)})


@dg.multi_asset(
    name="propose_policy",
    specs=[
        dg.AssetSpec(
            "labels", deps=["decisions"], description="What verdicts teach, and how much each counts."
        ),
        dg.AssetSpec("reliability", deps=["labels"], description="How well risk agrees with verdicts."),
        dg.AssetSpec("thresholds", deps=["action_risk", "labels"], description="Certified cut-off points."),
        dg.AssetSpec(
            "backtest", deps=["thresholds"], description="The candidate against the bundle in force."
        ),
    ],
    group_name="policy",
    pool=POOL,
    retry_policy=RETRY,
)
def propose_policy(home: Home) -> Iterator[dg.MaterializeResult[Any]]:
    """The candidate that history and verdicts ask for; nothing is published here."""
    asked = home.audit().preview_policy()
    yield dg.MaterializeResult(asset_key="labels", metadata=_labels(home.small("labels")))
    yield dg.MaterializeResult(asset_key="reliability", metadata=_reliability(home.small("reliability")))
    points = newest_points(home.folder)
    pictures = {"scores": score_plot(points, asked.ticket_points), "drift": drift_plot(points)}
    yield dg.MaterializeResult(asset_key="thresholds", metadata={**facts(asked), **pictures})
    yield dg.MaterializeResult(asset_key="backtest", metadata=_backtest(asked))


@dg.asset(deps=["backtest"], group_name="policy", pool=POOL, retry_policy=RETRY)
def bundles(home: Home) -> dg.MaterializeResult[Any]:
    """Policy bundles, the newest in force: published, taken through a rollout, or refused with reasons."""
    report = home.audit().choose_policy()
    reasons = table(pl.DataFrame({"reason": report.reasons}, schema={"reason": pl.String}), {"reason": 400})
    return dg.MaterializeResult(metadata={**facts(report), "refused_or_waiting": reasons})


def _labels(labels: pl.DataFrame | None) -> dict[str, Any]:
    if labels is None or labels.is_empty():
        return {"labels": 0}
    counted = labels.group_by("source", "label").agg(labels=pl.len(), weight=pl.col("weight").sum().round(2))
    widths = {"source": 20, "label": 12, "labels": 12, "weight": 12}
    return {"labels": labels.height, "by_source": table(counted.sort("source", "label"), widths)}


def _reliability(found: pl.DataFrame | None) -> dict[str, Any]:
    if found is None or found.is_empty():
        return {"labels": 0}
    last = found.row(-1, named=True)
    told = {name: last[name] for name in _FIGURES if last[name] is not None}
    return {**told, "reliability": reliability_plot(last["diagram"])}


def _backtest(asked: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "candidate": asked.candidate,
        "live": asked.live,
        "against": dg.MetadataValue.json(list(asked.reasons)),
    }
    if asked.backtest is None:
        return {**told, "compared": "nothing would be judged otherwise, or limits spoke first"}
    return {
        **told,
        "figures": dg.MetadataValue.json(asked.backtest),
        "old_and_new": tickets_plot(asked.backtest),
    }
