"""Asset checks: what must be true of the tables after an audit. Add one here when a promise gets a number."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg
import polars as pl

from afteraction.compliance.control import Control
from afteraction.compliance.registry import all_controls
from afteraction.compliance.suite import SuiteResult
from pipelines.resources import Home
from pipelines.versions import TABLES

#: Fails when records were lost between reading and storing. Evaluated by `ingest`, which knows the counts.
COUNTS: Final = dg.AssetCheckSpec(
    "counts_reconcile",
    asset="ingested",
    description="Records read are the accepted, the duplicate and the quarantined ones, no others.",
)


def counts_reconcile(report: Any) -> dg.AssetCheckResult:
    """`COUNTS` for one `IngestReport`."""
    counts = {name: getattr(report, name) for name in ("read", "accepted", "duplicate", "quarantined")}
    passed = counts["read"] == counts["accepted"] + counts["duplicate"] + counts["quarantined"]
    return dg.AssetCheckResult(check_name=COUNTS.name, passed=passed, metadata=counts)


@dg.asset_check(asset="action_risk", additional_deps=["analysis"])
def every_action_has_a_risk(home: Home) -> dg.AssetCheckResult:
    """Each action has exactly one risk between 0 and 1, or is called unscorable and has none."""
    actions, risk = home.table("actions"), home.table("action_risk")
    scored = (pl.col("level") != "unscorable") & pl.col("risk").is_between(0, 1)
    unscorable = (pl.col("level") == "unscorable") & pl.col("risk").is_null()
    counts = {
        "without_risk": actions.join(risk, on="action_id", how="anti").height,
        "without_action": risk.join(actions, on="action_id", how="anti").height,
        "twice": risk.height - risk["action_id"].n_unique(),
        "out_of_range": risk.filter(~(scored | unscorable).fill_null(value=False)).height,
    }
    return dg.AssetCheckResult(
        passed=not any(counts.values()), metadata={"actions": actions.height, **counts}
    )


@dg.asset_check(asset="backtest", blocking=True)
def candidate_may_go_live(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Fails where the candidate loses incidents or seeded attacks, tickets too much, or is out of reach."""
    told = context.instance.get_latest_materialization_event(dg.AssetKey("backtest"))
    found = told.asset_materialization if told is not None else None
    if found is None:
        return dg.AssetCheckResult(passed=False, description="no candidate was backtested yet")
    against = list(found.metadata["against"].value)
    return dg.AssetCheckResult(
        passed=not against,
        description=f"{len(against)} reasons against {found.metadata['candidate'].value}",
        metadata={"candidate": found.metadata["candidate"], "against": dg.MetadataValue.json(against)},
    )


@dg.asset_check(asset="tickets", additional_deps=["published_database"])
def nothing_waits_for_a_person(home: Home) -> dg.AssetCheckResult:
    """Warns while tickets are open, with how many are past their due time."""
    waiting = home.table("tickets").filter(pl.col("state") == "open")
    overdue = waiting.filter(pl.col("due_at").dt.convert_time_zone("UTC") < datetime.now(UTC))
    return dg.AssetCheckResult(
        passed=waiting.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{waiting.height} open, {overdue.height} of them overdue",
        metadata={"open": waiting.height, "overdue": overdue.height},
    )


def control_check(control: Control) -> str:
    """The name of the asset check of one control: `control_ac_5_1b` for `AC-5.1b`."""
    return f"control_{control.file_name}"


def _severity(found: SuiteResult) -> dg.AssetCheckSeverity:
    grave = found.errored or (found.outcome == "fail" and found.severity in {"high", "critical"})
    return dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN


def _words(found: SuiteResult) -> str:
    if found.errored:
        return "could not be evaluated: a fault of the control, which says nothing about the agents"
    return {
        "pass": f"none of {found.population} violates it",
        "fail": f"{found.exceptions} of {found.population} violate it",
        "not_applicable": "nothing to look at yet",
        "manual": "a person has to provide the evidence",
    }.get(found.outcome, "an outcome that this version does not know")


def control_result(control: Control, found: SuiteResult | None, query: str) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it; an error of the control itself is told apart from a failure."""
    found = found or SuiteResult(control.id, False, True, control.severity, "error", 0, 0)  # noqa: FBT003
    return dg.AssetCheckResult(
        asset_key="control_results",
        check_name=control_check(control),
        passed=found.success,
        severity=_severity(found),
        description=_words(found),
        metadata={
            "outcome": "error" if found.errored else found.outcome,
            "population": found.population,
            "exceptions": found.exceptions,
            "query": query,
        },
    )


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(
            control_check(control),
            asset="control_results",
            additional_deps=["published_database"],
            description=control.rule,
        )
        for control in all_controls()
    ],
    can_subset=True,
)
def controls(context: dg.AssetCheckExecutionContext, home: Home) -> Iterator[dg.AssetCheckResult]:
    """One check for each control, judged by the Great Expectations suite."""
    from afteraction.compliance.suite import validate

    results = home.table("control_results")
    verdicts = {found.control_id: found for found in validate(results)}
    queries = dict(results.select("control_id", "query").iter_rows())
    wanted = {key.name for key in context.selected_asset_check_keys}
    for control in (control for control in all_controls() if control_check(control) in wanted):
        yield control_result(control, verdicts.get(control.id), queries.get(control.id) or "")


@dg.asset_check(asset="published_database")
def published_matches_the_lake(home: Home) -> dg.AssetCheckResult:
    """Analysts see as many rows as the lake holds, table by table."""
    held = {name: home.table(name).height for name in TABLES}
    counted = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in TABLES)  # noqa: S608 - our own names
    seen = dict(home.query(counted).iter_rows())
    differing = {
        name: f"{seen.get(name)} of {number}" for name, number in held.items() if seen.get(name) != number
    }
    return dg.AssetCheckResult(passed=not differing, metadata={**held, **differing})
