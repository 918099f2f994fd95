"""Validates control results with Great Expectations, which sees numbers and column names of ours only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    import pandas as pd

SUITE: Final = "control_results"
_OUTCOMES_WITHOUT_COUNT: Final = ("error", "manual")


@dataclass(frozen=True)
class SuiteResult:
    """The verdict on one control. `errored`: it could not be evaluated, which is neither good nor bad.

    `success` is true where the control passed or had nothing to look at; never where it errored or
    where a person has to provide the evidence (`outcome` "manual").
    """

    control_id: str
    success: bool
    errored: bool
    severity: str
    outcome: str
    population: int
    exceptions: int


def validate(control_results: pl.DataFrame) -> list[SuiteResult]:
    """One result per row of `CONTROL_RESULTS`, in the same order.

    Great Expectations gets one row of integers, one column per control, named by position: no id, title
    or value from a log reaches it or its pages (they are rendered unescaped there). A control without
    a count has no column, so its expectation raises and is told apart by `exception_info`. Importing
    Great Expectations takes 5 to 20 seconds, so this function is the only place that does.
    """
    rows = list(control_results.iter_rows(named=True))
    verdicts = _expectations(len(rows), _numbers(rows)) if rows else {}
    return [_result(row, *verdicts[number]) for number, row in enumerate(rows)]


def _numbers(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Per control the exceptions that count against it, under a name that only says its position."""
    return {
        _column(number): 0
        if row["outcome"] in ("pass", "not_applicable")
        else max(int(row["exceptions"] or 0), 1)
        for number, row in enumerate(rows)
        if row["outcome"] not in _OUTCOMES_WITHOUT_COUNT
    }


def _column(number: int) -> str:
    return f"control_{number:04d}"


def _expectations(count: int, numbers: Mapping[str, int]) -> dict[int, tuple[bool, bool]]:
    """Run one expectation per control: position to (success, errored)."""
    gx, pandas = _load()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("controls").add_dataframe_asset("results")
    batch = asset.add_batch_definition_whole_dataframe("run").get_batch(
        {"dataframe": _frame(pandas, numbers)}
    )
    expected = gx.expectations.ExpectColumnValuesToBeInSet
    suite = gx.ExpectationSuite(
        name=SUITE,
        expectations=[
            expected(column=_column(number), value_set=[0], meta={"number": number})
            for number in range(count)
        ],
    )
    found = batch.validate(suite).results
    return {
        result.expectation_config.meta["number"]: (bool(result.success), _raised(result.exception_info))
        for result in found
    }


def _load() -> tuple[Any, Any]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415  (5 to 20 seconds)
    import pandas as pd  # noqa: PLC0415

    return gx, pd


def _frame(pandas: Any, numbers: Mapping[str, int]) -> pd.DataFrame:
    return pandas.DataFrame({name: [value] for name, value in numbers.items()}, index=[0])


def _raised(info: Mapping[str, Any] | None) -> bool:
    """Whether the expectation raised: the flag stands at the top, or per metric one level down."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(bool(inner.get("raised_exception")) for inner in info.values() if isinstance(inner, Mapping))


def _result(row: Mapping[str, Any], success: bool, raised: bool) -> SuiteResult:  # noqa: FBT001  (a verdict's two halves)
    return SuiteResult(
        control_id=row["control_id"],
        success=success and not raised,
        errored=raised and row["outcome"] != "manual",
        severity=row["severity"],
        outcome=row["outcome"],
        population=int(row["population"] or 0),
        exceptions=int(row["exceptions"] or 0),
    )
