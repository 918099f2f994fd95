"""The code location loads, is complete, and starts things by itself."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg

from afteraction.records.tables import PUBLIC
from pipelines.definitions import build_defs, defs
from pipelines.jobs import GATE, POLICY_STEPS, STEPS
from pipelines.resources import Home
from pipelines.versions import TABLES

PARTITIONED = set(TABLES)
OUR_OWN = {"ingested", "analysis", "challenger", "thresholds", "backtest", "published_database"}


def graph():
    return defs.resolve_asset_graph()


def test_every_public_table_is_an_asset_and_nothing_else_is():
    assert {key.to_user_string() for key in graph().get_all_asset_keys()} == set(PUBLIC) | OUR_OWN


def test_each_asset_stands_in_its_layer():
    layers = {node.key.to_user_string(): node.group_name for node in graph().asset_nodes}
    assert set(layers.values()) == {"raw", "core", "review", "policy", "published"}
    assert {name for name, layer in layers.items() if layer == "core"} == PARTITIONED | {"analysis"}


def test_tables_about_actions_are_cut_by_event_date():
    cut = {node.key.to_user_string() for node in graph().asset_nodes if node.partitions_def}
    assert cut == PARTITIONED
    assert {node.partitions_def.name for node in graph().asset_nodes if node.partitions_def} == {"event_date"}


def test_every_asset_is_retried_and_waits_for_the_lake():
    for definition in defs.assets:
        assert definition.op.retry_policy.max_retries == 3
        assert definition.op.retry_policy.backoff == dg.Backoff.EXPONENTIAL
        assert definition.op.pool == "lake"


def test_every_asset_and_check_says_what_it_is():
    for node in graph().asset_nodes:
        assert node.description, node.key
    for key in graph().asset_check_keys:
        assert graph().get(key).description, key


def test_the_audit_job_holds_every_step_and_takes_no_partition():
    job = defs.resolve_job_def("audit")
    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == set(STEPS)
    assert job.partitions_def is None


def test_schedules_and_sensors_are_on_by_default():
    repository = defs.get_repository_def()
    assert {one.name: one.default_status.value for one in repository.schedule_defs} == {
        "daily_audit": "RUNNING",
        "daily_policy": "RUNNING",
    }
    assert {one.name: one.default_status.value for one in repository.sensor_defs} == {
        "inbox": "RUNNING",
        "verdicts": "RUNNING",
    }


def test_the_gate_stands_before_the_bundle_in_the_policy_job_alone():
    assert graph().get(GATE).blocking
    for name, held in (("policy", True), ("audit", False)):
        assert (GATE in defs.resolve_job_def(name).asset_layer.asset_graph.asset_check_keys) == held
    steps = defs.resolve_job_def("policy").asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in steps} == set(POLICY_STEPS)


def test_a_resource_can_be_swapped(tmp_path):
    swapped = build_defs(resource_overrides={"home": Home(at=str(tmp_path))})
    assert swapped.resources["home"].folder == tmp_path


HEAVY = ("duckdb", "great_expectations", "sklearn", "altair", "hyperscan", "pyarrow", "vl_convert")


def test_loading_the_definitions_imports_nothing_heavy():
    code = "import sys, pipelines.definitions; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(HEAVY) & set(loaded.split()) == set()
