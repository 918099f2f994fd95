"""The whole audit as Dagster runs it, over a small log with planted secrets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pytest
from sample_log import RAW, write_log

from afteraction.audit import Audit
from afteraction.compliance import all_controls
from afteraction.lake import Lake, query
from pipelines.checks import control_check
from pipelines.definitions import build_defs
from pipelines.jobs import GATE, STEPS
from pipelines.resources import Home
from pipelines.versions import TABLES

DAY = "2026-11-02"


class Done(NamedTuple):
    """A home after one audit, and the Dagster that ran it."""

    home: Path
    dagster: Path
    defs: dg.Definitions
    first: dg.ExecuteInProcessResult


def run(defs: dg.Definitions, instance: dg.DagsterInstance, *paths: Path) -> dg.ExecuteInProcessResult:
    config = {"ops": {"ingest": {"config": {"paths": [str(path) for path in paths]}}}}
    return defs.resolve_job_def("audit").execute_in_process(run_config=config, instance=instance)


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Done:
    home, dagster = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("dagster")
    defs = build_defs(resource_overrides={"home": Home(at=str(home))})
    with dg.DagsterInstance.local_temp(str(dagster)) as instance:
        return Done(home, dagster, defs, run(defs, instance, write_log(home / "log.jsonl")))


@pytest.fixture
def again(done, tmp_path):
    """A copy of the audited home with its Dagster, to go on from."""
    home, dagster = tmp_path / "home", tmp_path / "dagster"
    shutil.copytree(done.home, home)
    shutil.copytree(done.dagster, dagster)
    defs = build_defs(resource_overrides={"home": Home(at=str(home))})
    with dg.DagsterInstance.local_temp(str(dagster)) as instance:
        yield home, defs, instance


def materialized(result) -> list[tuple[str, str | None]]:
    return [
        (event.asset_key.to_user_string(), event.partition)
        for event in result.get_asset_materialization_events()
    ]


def metadata(result, asset: str) -> dict:
    events = [e for e in result.get_asset_materialization_events() if e.asset_key.to_user_string() == asset]
    return dict(events[-1].materialization.metadata)


def test_every_step_and_every_partition_is_materialized(done):
    assert done.first.success
    found = materialized(done.first)
    assert {(name, None) for name in STEPS} | {(name, DAY) for name in TABLES} == set(found)
    assert len(found) == len(set(found))


def test_every_check_of_the_code_location_ran_but_the_gate(done):
    ran = {
        (str(check.asset_key.to_user_string()), check.check_name)
        for check in done.first.get_asset_check_evaluations()
    }
    known = done.defs.resolve_asset_graph().asset_check_keys
    assert ran == {(key.asset_key.to_user_string(), key.name) for key in known if key != GATE}
    assert {control_check(control) for control in all_controls()} <= {name for _, name in ran}


def test_counts_risks_and_publication_hold(done):
    passed = {check.check_name: check.passed for check in done.first.get_asset_check_evaluations()}
    assert passed["counts_reconcile"]
    assert passed["every_action_has_a_risk"]
    assert passed["published_matches_the_lake"]


def test_no_control_failed_to_be_evaluated(done):
    controls = [c for c in done.first.get_asset_check_evaluations() if c.check_name.startswith("control_")]
    assert {check.metadata["outcome"].value for check in controls} <= {
        "pass",
        "fail",
        "not_applicable",
        "manual",
    }


def test_the_riskiest_actions_are_shown_with_masked_evidence(done):
    shown = metadata(done.first, "published_database")["riskiest_actions"]
    assert isinstance(shown, dg.TableMetadataValue)
    worst = shown.records[0].data
    assert worst["action"].startswith("http_post")
    assert "fp_" in worst["arguments"]
    assert worst["why"]


def test_row_counts_stand_beside_each_partition(done):
    events = done.first.get_asset_materialization_events()
    counts = {
        event.asset_key.to_user_string(): event.materialization.metadata["dagster/row_count"].value
        for event in events
        if event.partition
    }
    assert counts == {name: query(done.home, f"SELECT count(*) AS n FROM {name}")["n"][0] for name in TABLES}
    assert counts["actions"] == 12


def test_nothing_raw_and_secret_is_kept_by_dagster(done):
    files = [path for path in done.dagster.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        content = path.read_bytes()
        for secret in RAW:
            assert secret.encode() not in content, f"{secret!r} is readable in {path.name}"


def test_a_second_audit_of_the_same_log_reports_no_new_partition(again):
    home, defs, instance = again
    second = run(defs, instance, home / "log.jsonl")
    assert second.success
    assert {(name, None) for name in STEPS} == set(materialized(second))
    assert metadata(second, "ingested")["duplicate"].value == 12


def test_late_data_makes_a_new_version_of_its_own_partition_only(again, tmp_path):
    _, defs, instance = again
    other = write_log(tmp_path / "other.jsonl", day="2026-11-03")
    run(defs, instance, other)
    before = versions(instance)
    late = write_log(tmp_path / "late.jsonl", sessions=1, prefix="late")
    found = materialized(run(defs, instance, late))
    assert {date for _, date in found if date} == {DAY}
    after = versions(instance)
    assert after["actions"]["2026-11-03"] == before["actions"]["2026-11-03"]
    assert after["actions"][DAY] != before["actions"][DAY]


def versions(instance) -> dict[str, dict[str, str]]:
    tag = "dagster/data_version"
    return {
        name: {
            date: tags[tag]
            for date, tags in instance.event_log_storage.get_latest_tags_by_partition(
                dg.AssetKey(name), dg.DagsterEventType.ASSET_MATERIALIZATION, tag_keys=[tag]
            ).items()
        }
        for name in TABLES
    }


def test_one_partition_can_be_materialized_again(again):
    home, defs, instance = again
    everything = defs.resolve_implicit_global_asset_job_def()
    tables = [dg.AssetKey(name) for name in TABLES]
    result = everything.execute_in_process(instance=instance, partition_key=DAY, asset_selection=tables)
    assert set(materialized(result)) == {(name, DAY) for name in TABLES}
    held = {name: next(iter(Lake(home).manifest(name).values()))[:16] for name in TABLES}
    assert {name: versions(instance)[name][DAY] for name in TABLES} == held


def test_what_the_command_line_audited_is_reported_by_the_next_run(again, tmp_path):
    home, defs, instance = again
    Audit(home).run([write_log(tmp_path / "typed.jsonl", day="2026-11-05")])
    found = materialized(run(defs, instance, home / "log.jsonl"))
    assert {date for _, date in found if date} == {"2026-11-05"}


def test_an_empty_inbox_is_an_audit_of_nothing(tmp_path):
    defs = build_defs(resource_overrides={"home": Home(at=str(tmp_path))})
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("audit").execute_in_process(instance=instance)
    assert result.success
    assert {name for name, _ in materialized(result)} == set(STEPS)
    json.dumps([str(value) for value in metadata(result, "published_database").values()])
