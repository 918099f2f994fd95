"""`afteraction bundle`: list, sign off, roll back and replay from the command line."""

import json

import pytest
from typer.testing import CliRunner

from afteraction.policy import RefusedError, build, choose, current, publish
from console.bundle import app


@pytest.fixture
def bundles(tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(tmp_path))
    return tmp_path / "bundles"


@pytest.fixture
def make(card, lists, bundles):
    return lambda ticket: build(card, choose(card, ticket), lists=lists, previous=current(bundles))


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_nothing_published_yet(bundles):
    assert "no bundle yet" in run("list").output
    assert run("rollback", "b1-000000000000").exit_code == 1


def test_list_sign_off_and_roll_back(bundles, make):
    first = publish(make(20), bundles)
    with pytest.raises(RefusedError) as error:
        publish(make(50), bundles)
    shown = json.loads(run("list", "--format", "json").output)
    assert [row["state"] for row in shown] == ["live", "refused"]
    assert "sign-off" in run("list").output
    done = run("publish", error.value.revision)
    assert done.exit_code == 0, done.output
    assert current(bundles).thresholds["ticket"]["points"] == 50
    assert "in force" in run("rollback", first.revision).output
    assert current(bundles).digest == first.digest
    for name in ("b9-000000000000", "../../x", "\x1b[31m"):
        done = run("publish", name)
        assert done.exit_code == 1
        assert "\x1b" not in done.output


def test_promote_and_end_a_rollout(bundles, make):
    first = publish(make(20), bundles)
    assert run("promote").exit_code == 1
    publish(make(25), bundles, stage=("shadow", 0.0))
    (bundles.parent / "afteraction.toml").write_text("[rollout]\nshadow = true\nshares = [0.1, 0.5]\n")
    assert "shadow" in run("list").output
    assert "canary for 10% of the agents" in run("promote").output
    assert "canary for 50% of the agents" in run("promote").output
    assert "canary 50%" in run("list").output
    assert current(bundles) == first
    assert "in force" in run("promote").output
    assert current(bundles).thresholds["ticket"]["points"] == 25
    assert "in force" in run("rollback").output
    assert current(bundles).digest == first.digest


def test_keys_are_shown_and_changed(bundles, make):
    publish(make(20), bundles)
    old = run("key").output.split()
    assert len(old) == 1
    assert run("key", "--switch").exit_code == 1
    both = run("key", "--next").output.split()
    assert both[0] == old[0]
    assert run("key", "--switch").output.split() == [both[1]]
    assert current(bundles).sequence == 2
    assert "+".join(both[1].split("+")[:2]) in run("list", "--format", "json").output


def test_a_replay_of_an_empty_lake_says_so(bundles, make):
    first = publish(make(20), bundles)
    done = run("backtest", first.revision)
    assert done.exit_code == 0, done.output
    assert "the newest 0 of 0 actions" in done.output
    assert "nothing speaks against it" in done.output
