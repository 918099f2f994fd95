"""Runs that a dead process left behind are closed before a daemon starts."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.recover import recover


@dg.job
def nothing():
    """A job without steps."""


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


def status(instance, run) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run.run_id).status


@pytest.mark.parametrize("left", ["STARTING", "STARTED", "CANCELING"])
def test_a_run_that_was_under_way_is_called_failed(instance, left):
    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus[left])
    assert recover(instance) == 1
    assert status(instance, run) == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("left", ["NOT_STARTED", "SUCCESS", "CANCELED"])
def test_a_run_that_waits_or_ended_is_left_alone(instance, left):
    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus[left])
    assert recover(instance) == 0
    assert status(instance, run) == dg.DagsterRunStatus[left]
