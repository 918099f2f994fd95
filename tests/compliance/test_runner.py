"""Result rows: schema, caps, errors, hostile ids, parameters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from afteraction.compliance import Control, Example, Period, all_controls, evaluate, run
from afteraction.compliance.control import hour, literal
from afteraction.compliance.runner import parameters_of
from afteraction.records.action import TIME
from afteraction.records.control_result import CONTROL_RESULTS
from afteraction.records.settings import Settings

AT = datetime(2026, 11, 3, tzinfo=UTC)


def control(**changes):
    base = {
        "id": "X-1",
        "title": "t",
        "statement": "s",
        "severity": "high",
        "frameworks": {"soc2": ("CC6.1",)},
        "subject": "tickets",
        "population": "rows",
        "population_sql": "SELECT i AS id FROM range(500) r(i)",
        "exception_sql": "SELECT 'act_' || lpad(i::VARCHAR, 4, '0') AS id FROM range({n}) r(i)",
        "parameters": {"n": 250},
        "cannot_show": "nothing",
        "passing": Example({}),
        "failing": Example({}, ("x",)),
    }
    return Control(**{**base, **changes})


def test_rows_have_the_public_schema(tables):
    tables.put(all_controls()[0].failing.frames())
    frame = run(tables.query, evaluated_at=AT)
    assert frame.schema == pl.Schema(CONTROL_RESULTS)
    assert frame["control_id"].to_list() == [
        "AC-5.1", "AC-5.1b", "AC-5.2", "AC-5.3", "AC-5.4", "CM-3.1", "CM-3.2", "CM-3.3", "CM-3.4", "CM-3.5",
    ]  # fmt: skip
    assert frame["evaluated_at"].unique().to_list() == [AT]
    assert set(frame["outcome"]) <= {"pass", "fail", "not_applicable"}


def test_ids_are_capped_and_the_count_is_true(tables):
    row = run(tables.query, controls=[control()]).row(0, named=True)
    assert row["exceptions"] == 250
    assert len(json.loads(row["exception_ids"])) == 100
    assert row["detail"] == "250 of 500 rows are exceptions."
    assert len(evaluate(control(), tables.query, cap=None).ids) == 250


def test_parameters_can_be_set_and_stand_in_the_query(tables):
    found = evaluate(control(), tables.query, {"X-1": {"n": 3}})
    assert found.exceptions == 3
    assert "range(3)" in found.query


def test_a_query_that_does_not_run_is_an_error_and_quotes_nothing(tables):
    tables.connection.execute("CREATE TABLE secrets AS SELECT 'hunter2' AS word")
    broken = control(exception_sql="SELECT word::INTEGER AS id FROM secrets")
    found = evaluate(broken, tables.query)
    assert (found.outcome, found.detail) == ("error", "the query did not run: ConversionException")
    assert evaluate(control(population_sql="SELECT nothing"), tables.query).outcome == "error"


def test_an_error_in_one_control_leaves_the_others_alone(tables):
    rows = run(tables.query, controls=[control(exception_sql="SELECT"), replace(control(), id="X-2")])
    assert rows["outcome"].to_list() == ["error", "fail"]


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "a\nb", "\u202ex", "x" * 300, "../../etc", "=1+1", ""]
)
def test_ids_that_are_not_ours_become_digests(tables, hostile):
    found = evaluate(
        control(exception_sql="SELECT {hostile} AS id", parameters={"hostile": hostile}), tables.query
    )
    assert found.exceptions == 1
    assert found.ids[0].startswith("id_")
    assert len(found.ids[0]) == 27


def test_the_owners_deadline_is_the_controls(tables):
    control = next(one for one in all_controls() if one.id == "CM-3.2")
    tables.put(control.failing.frames())
    settings = parameters_of(Settings(retro_sla_hours=100))
    assert evaluate(control, tables.query, settings).ids == ("T-1", "T-3")


def test_parameters_are_quoted():
    assert literal("it's") == "'it''s'"
    assert literal(("a", "b'")) == "('a', 'b''')"
    assert literal(()) == "(NULL)"
    assert literal(2.5) == "2.5"


def test_a_control_needs_a_failing_example():
    with pytest.raises(ValueError, match="failing example"):
        control(failing=Example({}))
    with pytest.raises(ValueError, match="found severity"):
        control(severity="awful")
    with pytest.raises(ValueError, match="found columns"):
        Example({"tickets": [{"nonsense": 1}]}).frames()


def test_a_period_keeps_what_happened_in_it_and_sees_everything_else(tables):
    control = next(one for one in all_controls() if one.id == "AC-5.1")
    frames = control.failing.frames()
    decided = [hour(number) for number in range(frames["decisions"].height)]
    frames["decisions"] = frames["decisions"].with_columns(pl.Series("decided_at", decided, dtype=TIME))
    tables.put(frames)
    found = evaluate(control, tables.query, period=Period(hour(1), hour(3)))
    assert found.ids == ("D-2", "D-3")
    assert found.population == 2
    assert evaluate(control, tables.query, period=Period(end=hour(1))).ids == ("D-1",)
    assert evaluate(control, tables.query, period=Period()).exceptions == 5
    assert evaluate(control, tables.query, period=Period(start=hour(99))).outcome == "not_applicable"


@pytest.mark.parametrize("control", all_controls(), ids=lambda one: one.id)
def test_every_control_runs_over_a_period(control, tables):
    tables.put(control.failing.frames())
    assert evaluate(control, tables.query, period=Period(hour(-9999), hour(9999))).outcome != "error"
