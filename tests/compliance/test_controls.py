"""Every control against its own examples: the failing one gives exactly the planted ids."""

from __future__ import annotations

import pytest

from afteraction.compliance import all_controls, evaluate

CONTROLS = pytest.mark.parametrize("control", all_controls(), ids=lambda control: control.id)


@CONTROLS
def test_failing_example_gives_exactly_the_plant(control, tables):
    tables.put(control.failing.frames())
    found = evaluate(control, tables.query)
    assert found.outcome == ("pass" if control.advisory else "fail"), found.detail
    assert found.ids == tuple(sorted(control.failing.exceptions))
    assert found.exceptions == len(control.failing.exceptions)


@CONTROLS
def test_passing_example_is_clean(control, tables):
    tables.put(control.passing.frames())
    found = evaluate(control, tables.query)
    assert (found.outcome, found.exceptions, found.ids) == ("pass", 0, ())
    assert found.population > 0


@CONTROLS
def test_without_rows_it_is_not_applicable(control, tables):
    tables.put({name: frame.clear() for name, frame in control.passing.frames().items()})
    found = evaluate(control, tables.query)
    assert found.outcome == "not_applicable"
    assert control.population in found.detail


@CONTROLS
def test_query_runs_again_as_it_is_printed(control, tables):
    tables.put(control.failing.frames())
    found = evaluate(control, tables.query)
    assert sorted(tables.query(found.query)["id"].unique().to_list()) == list(found.ids)
