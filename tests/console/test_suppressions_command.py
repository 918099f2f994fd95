"""`afteraction suppressions`: what add writes is read again, and nothing half-written is left."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hostile import HOSTILE
from sample_log import write_log
from typer.testing import CliRunner

from afteraction.audit import Audit
from afteraction.lake import query
from afteraction.records.settings import load_settings
from console.main import app

TODAY = datetime.now(UTC).date()


@pytest.fixture
def home(tmp_path, monkeypatch):
    at = tmp_path / "home"
    at.mkdir()
    monkeypatch.setenv("AFTERACTION_HOME", str(at))
    (at / "afteraction.toml").write_text(
        'default_tenant = "t"\n# keep this comment\n[[principals]]\nperson = "casey"'
    )
    return at


def run(*words):
    return CliRunner().invoke(app, ["suppressions", *map(str, words)])


def add(name, *words):
    given = {"--owner": "casey", "--reason": "known", "--expires": "30"}
    given |= dict(zip(words[::2], words[1::2], strict=True))
    return run("add", name, *(part for pair in given.items() for part in pair))


def test_it_is_written_read_listed_and_in_the_ledger(home):
    done = add("drop-box", "--detector", "email_address", "--tool", "send_*")
    assert done.exit_code == 0, done.output
    settings = load_settings(home)
    (one,) = settings.suppressions
    assert (one.id, one.tool, one.expires) == ("drop-box", "send_*", TODAY + timedelta(days=30))
    assert settings.default_tenant == "t"
    assert "# keep this comment" in (home / "afteraction.toml").read_text()
    said = [json.loads(raw) for raw in Audit(home, settings).ledger.entries()]
    assert [entry["key"] for entry in said if entry["kind"] == "suppression"] == ["drop-box"]
    assert "drop-box" in run("list").output


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_any_text_survives_the_file(home, text):
    assert add("x", "--value-fp", "fp_1", "--reason", text).exit_code == 0
    assert load_settings(home).suppressions[0].reason == text
    assert run("list").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--owner", "stranger", "--value-fp", "fp_1"),
        ("--expires", "500", "--value-fp", "fp_1"),
        ("--expires", "soon", "--value-fp", "fp_1"),
        ("--expires", "9" * 30, "--value-fp", "fp_1"),
        ("--detector", "no_such", "--tool", "x"),
        ("--detector", "email_address"),
        ("--finding", "fnd_none"),
    ],
)
def test_what_is_refused_leaves_the_file_alone(home, words):
    Audit(home).publish()
    before = (home / "afteraction.toml").read_bytes()
    done = add("x", *words)
    assert done.exit_code != 0
    assert (home / "afteraction.toml").read_bytes() == before


def test_a_name_is_taken_once(home):
    assert add("x", "--value-fp", "fp_1").exit_code == 0
    assert add("x", "--value-fp", "fp_2").exit_code != 0
    assert len(load_settings(home).suppressions) == 1


def test_a_finding_gives_the_conditions(home, tmp_path):
    log = write_log(tmp_path / "release.jsonl", sessions=1)
    Audit(home).run([log])
    finding = query(
        home, "SELECT finding_id FROM findings WHERE detector = 'cloud_credential' AND part = 'args'"
    ).item()
    assert add("from-finding", "--finding", finding).exit_code == 0
    (one,) = load_settings(home).suppressions
    assert (one.detector, one.tool, one.agent) == ("cloud_credential", "http_post", "release-helper")
    report = CliRunner().invoke(app, ["audit", str(log)])
    assert report.exit_code == 0, report.output
    assert "Held back" in report.output
    assert query(home, "SELECT uses FROM suppressions").item() == 1
