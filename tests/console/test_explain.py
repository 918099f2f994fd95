"""`afteraction explain` on a real audit: what went where, in words and as a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from sample_log import RAW, write_log
from typer.testing import CliRunner

from afteraction.audit import Audit
from afteraction.lake import query
from console.main import app
from pipelines.metadata import flow_graph


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    at = tmp_path_factory.mktemp("explained")
    Audit(at).run([write_log(at / "release.jsonl", sessions=1)])
    return at


@pytest.fixture
def invoke(home, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(home))
    return lambda *words: CliRunner().invoke(app, ["explain", *map(str, words)])


def riskiest(home):
    return query(home, "SELECT action_id FROM action_risk ORDER BY risk DESC LIMIT 1").item()


def test_it_says_what_went_where(home, invoke):
    done = invoke(riskiest(home))
    assert done.exit_code == 0
    assert "What went where" in done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("  .env ─")]
    assert "#1 read_file" in line
    assert "secret → #2 http_post" in line
    assert "drop.files.example" in line
    assert [value for value in RAW if value in done.output] == []


def test_a_newcomer_reads_it_on_one_screen(home, invoke):
    lines = invoke(riskiest(home)).output.splitlines()
    assert len(lines) <= 40
    assert re.fullmatch(
        r"Critical risk 0\.9\d: release-helper for casey calls http_post, "
        r"which sends to drop\.files\.example \(unknown\)\.",
        lines[0],
    )
    told = [line for line in lines if line and not line.startswith(" ")][1:]
    assert [line.partition(" (")[0] for line in told] == [
        "What went where", "Why it is risky", "Findings", "Where its values came from", "Its session",
        "What waits for a person",
    ]  # fmt: skip
    assert any("afteraction tickets show T-" in line for line in lines)


def test_evidence_is_shown_when_asked_for(home, invoke):
    assert "fnd_" not in invoke(riskiest(home)).output
    shown = invoke(riskiest(home), "--evidence").output
    assert "fnd_" in shown
    assert [value for value in RAW if value in shown] == []


def test_every_action_can_be_explained(home, invoke):
    for action in query(home, "SELECT action_id FROM actions")["action_id"]:
        done = invoke(action)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("ending", [".svg", ".html"])
def test_it_draws_a_picture(home, invoke, tmp_path, ending):
    file = tmp_path / f"flow{ending}"
    done = invoke(riskiest(home), "--picture", file)
    assert done.exit_code == 0
    assert str(file) in done.output.replace("\n", "")
    text = file.read_text(encoding="utf-8")
    assert "http_post" in text
    assert [value for value in RAW if value in text] == []
    if ending == ".svg":
        ET.fromstring(text)


def test_another_ending_or_folder_is_refused_in_one_sentence(home, invoke, tmp_path):
    assert invoke(riskiest(home), "--picture", tmp_path / "flow.png").exit_code == 2
    (tmp_path / "file").touch()
    done = invoke(riskiest(home), "--picture", tmp_path / "file" / "flow.svg")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_dagster_gets_the_picture_and_our_own_words_only(home, tmp_path):
    (shown,) = flow_graph(home).values()
    assert shown.value.startswith("![Flow graph of the riskiest session](data:image/svg+xml;base64,")
    assert shown.value.count("(") == 1
    Audit(tmp_path).publish()
    assert flow_graph(tmp_path) == {}
