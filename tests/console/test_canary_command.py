"""`afteraction canary`: a value is made or taken, sealed, shown once and found by the next audit."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from afteraction.audit import Audit
from afteraction.records.settings import load_settings
from console.main import app


@pytest.fixture
def home(tmp_path, monkeypatch):
    at = tmp_path / "home"
    at.mkdir()
    monkeypatch.setenv("AFTERACTION_HOME", str(at))
    return at


def run(*words, given=None):
    return CliRunner().invoke(app, ["canary", *words], input=given)


def everything(home):
    return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_one_is_made_shown_once_and_found(home, tmp_path):
    done = run("add", "wiki-note", "--owner", "casey")
    assert done.exit_code == 0, done.output
    value = done.stdout.splitlines()[0]
    assert len(value) == 32
    assert value.encode() not in everything(home)
    log = tmp_path / "log.jsonl"
    call = {"session_id": "s", "agent_id": "a", "call_id": "c", "tool": "read_file", "args": {"path": "x"}}
    log.write_text(json.dumps({**call, "result": f"keep {value}"}) + "\n")
    report = CliRunner().invoke(app, ["audit", str(log)])
    assert report.exit_code == 0, report.output
    assert "canary" in report.output
    listed = run("list")
    assert listed.exit_code == 0
    assert "sealed" in listed.output
    assert " 1 " in listed.output
    assert value not in report.output + listed.output


def test_your_own_value_comes_from_standard_input(home):
    value = "Heron-Ledger-" + "5Kq2Vx9TbW"
    done = run("add", "note", "--owner", "casey", "--read", given=value + "\n")
    assert done.exit_code == 0, done.output
    assert value not in done.output
    assert value.encode() not in everything(home)
    (one,) = load_settings(home).canaries
    assert (one.name, one.owner) == ("note", "casey")
    said = [json.loads(raw) for raw in Audit(home).ledger.entries()]
    assert [(entry["key"], entry["kept"]) for entry in said if entry["kind"] == "canary"] == [
        ("note", "sealed")
    ]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("add", "../x", "--owner", "casey"), None),
        (("add", "note", "--owner", ""), None),
        (("add", "note", "--owner", "casey", "--read"), "short"),
        (("add", "note", "--owner", "casey", "--read"), ""),
    ],
)
def test_what_cannot_be_planted_is_refused_and_leaves_nothing(home, words, given):
    done = run(*words, given=given)
    assert done.exit_code != 0
    assert not (home / "afteraction.toml").exists()
    assert not list(home.rglob("*.sealed"))


def test_a_name_is_taken_once(home):
    assert run("add", "note", "--owner", "casey").exit_code == 0
    sealed = next(home.rglob("*.sealed")).read_bytes()
    assert run("add", "note", "--owner", "casey").exit_code != 0
    assert next(home.rglob("*.sealed")).read_bytes() == sealed
    assert len(load_settings(home).canaries) == 1


def test_without_any_it_says_how_to_begin(home):
    assert "canary add" in run("list").output
