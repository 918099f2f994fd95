"""The way of a candidate bundle in Dagster: verdicts start it, pictures tell of it, the gate may end it."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from sample_log import write_log

from afteraction import policy
from afteraction.approvals.decide import decide
from afteraction.audit import Audit
from pipelines.definitions import build_defs, defs
from pipelines.jobs import GATE, POLICY_STEPS
from pipelines.policy_plots import drift_plot, newest_points, reliability_plot, score_plot, tickets_plot
from pipelines.resources import Home
from pipelines.sensors import watch_verdicts

PEOPLE = "".join(f'[[principals]]\nperson = "r{number}"\ncan_approve = true\n' for number in range(6))
SIDE = {"tickets_per_day": 2.5, "incidents_kept": 1, "seeds_ticketed": 9, "seeds_stopped": 8}


@pytest.fixture(scope="module")
def audited(tmp_path_factory) -> Path:
    """A home with three leaks and six people, audited once."""
    home = tmp_path_factory.mktemp("home")
    (home / "afteraction.toml").write_text(PEOPLE)
    Audit(home).run([write_log(home / "log.jsonl")])
    return home


@pytest.fixture
def home(audited, tmp_path) -> Home:
    shutil.copytree(audited, tmp_path / "home")
    return Home(at=str(tmp_path / "home"))


def answer(home: Home, verdict: str) -> None:
    audit = home.audit()
    for number, ticket in enumerate(audit.casebook.search("open")):
        said = {"reviewer": f"r{number % 6}", "reason": "seen", "channel": "test"}
        decide(audit.casebook, audit.settings, ticket.ticket_id, verdict, **said)


def run(home: Home) -> dg.ExecuteInProcessResult:
    job = build_defs(resource_overrides={"home": home}).resolve_job_def("policy")
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(instance=instance, raise_on_error=False)


def materialized(result) -> dict[str, dict]:
    return {
        event.asset_key.to_user_string(): dict(event.materialization.metadata)
        for event in result.get_asset_materialization_events()
    }


def look(home: Home, cursor: str | None = None):
    with dg.instance_for_test() as instance:
        repository = defs.get_repository_def()
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        return watch_verdicts.evaluate_tick(context.merge_resources({"home": home}))


def picture(value: dg.MarkdownMetadataValue) -> str:
    assert value.value.startswith("![")
    return base64.b64decode(value.value.partition("base64,")[2].removesuffix(")")).decode()


def test_verdicts_are_learned_backtested_shown_and_published(home):
    answer(home, "denied")
    result = run(home)
    assert result.success
    found = materialized(result)
    assert set(found) == set(POLICY_STEPS)
    (gate,) = (one for one in result.get_asset_check_evaluations() if one.check_name == GATE.name)
    assert (gate.passed, gate.blocking) == (True, True)
    assert found["labels"]["labels"].value == len(home.small("labels"))
    for asset, name in (("thresholds", "scores"), ("thresholds", "drift"), ("reliability", "reliability")):
        assert "<svg" in picture(found[asset][name])
    assert found["bundles"]["outcome"].value in {"kept", "published"}


def test_the_gate_ends_the_run_before_anything_is_published(home):
    """What a person rolled back is not published again by itself, however often history asks for it."""
    first = policy.current(home.folder / "bundles")
    with (home.folder / "afteraction.toml").open("a") as settings:
        settings.write('[[rules]]\nid = "no-deletes"\ndecision = "ask"\noperation = ["delete"]\n')
    assert home.audit().choose_policy().outcome == "published"
    back = policy.rollback(home.folder / "bundles", first.revision)
    result = run(home)
    assert not result.success
    assert not {"bundles", "published_database"} & set(materialized(result))
    (gate,) = (one for one in result.get_asset_check_evaluations() if one.check_name == GATE.name)
    assert not gate.passed
    assert "was rolled back" in gate.metadata["against"].value[0]
    assert policy.current(home.folder / "bundles").revision == back.revision


def test_the_sensor_asks_for_one_run_per_new_count_of_decisions(home, tmp_path):
    assert look(home).skip_message == "nobody has decided anything new"
    answer(home, "denied")
    first = look(home)
    assert [request.run_key for request in first.run_requests] == [f"verdicts-{home.decisions()}"]
    assert look(home, first.cursor).skip_message == "nobody has decided anything new"
    assert look(Home(at=str(tmp_path / "nothing"))).skip_message == "nobody has decided anything new"


def test_pictures_hold_numbers_and_our_own_words(home):
    points = newest_points(home.folder)
    assert points.height == 3
    drawn = [
        score_plot(points, 87),
        score_plot(points.clear(), 87),
        drift_plot(points),
        drift_plot(points.clear()),
        tickets_plot({"live": SIDE, "candidate": {**SIDE, "tickets_per_day": 1.0}}),
        reliability_plot('[{"said":0.1,"found":0.2,"weight":1.0}]'),
        reliability_plot("[]"),
    ]
    assert all("<script" not in picture(one) for one in drawn)
    assert "87 points" in picture(drawn[0])
    assert "in force" in picture(drawn[4])
    assert newest_points(home.folder / "nowhere").is_empty()
    assert points.schema["points"] == pl.Int64
