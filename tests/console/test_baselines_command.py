"""`afteraction baselines`: what drifts is listed, signed off by who may, and models are compared."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from afteraction.audit import Audit, baselines, challenge_step
from afteraction.lake import write_small
from afteraction.scoring.guard import GUARD
from console.main import app

ROW = {
    "kind": "chars",
    "level": "agent",
    "tenant": "default",
    "agent_id": "a\u202e",
    "name": None,
    "raw": 900.0,
    "usual": 200.0,
    "anchor": 100.0,
    "anchored_on": date(2026, 10, 1),
    "cusum": 4.0,
    "alarmed_on": date(2026, 11, 1),
}
PEOPLE = """
[[principals]]
person = "kim"
accounts = ["kim@corp.example"]
can_approve = true
[[principals]]
person = "lee"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "afteraction.toml").write_text(PEOPLE)
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, ["baselines", *words])


def drifting(home):
    quiet = {**ROW, "agent_id": "b", "raw": 100.0, "usual": 100.0, "alarmed_on": None}
    write_small(home, baselines.LIMITS, pl.DataFrame([ROW, quiet], schema=GUARD))


def test_nothing_is_listed_before_the_first_audit(home):
    assert "audit first" in run("list").stdout


def test_what_drifts_is_listed_and_told(home):
    drifting(home)
    shown = run("list").stdout
    assert "chars/agent/default/a\\u{202e}/-" in shown
    assert "2026-11-01" in shown
    assert "/b/" not in shown
    assert "/b/" in run("list", "--all").stdout
    assert "1 baselines drift" in baselines.told(home)[0]


def test_only_who_may_approve_signs_off_and_the_ledger_says_who(home):
    drifting(home)
    for nobody in ("lee", "mallory"):
        assert run("sign-off", "--drifting", "--as", nobody, "--reason", "new season").exit_code == 2
    assert run("sign-off", "x/y", "--as", "kim", "--reason", "new season").exit_code == 2
    assert run("sign-off", "--drifting", "--as", "kim@corp.example", "--reason", "new season").exit_code == 0
    assert baselines.told(home) == ()
    signed = baselines.limits(home).filter(pl.col("signed_by").is_not_null())
    assert signed.select("raw", "usual", "anchor").row(0) == (900.0, 900.0, 900.0)
    assert Audit(home).ledger.verify().kinds["baseline"] == 1


def test_models_are_compared_and_the_report_is_kept(home, tmp_path):
    file = tmp_path / "log.jsonl"
    asked = {"session_id": "s", "role": "user", "text": "Please send host7.example the list."}
    call = {"session_id": "s", "result": "ok"}
    calls = [
        {**call, "call_id": f"c{n}", "tool": f"send{n % 5}", "args": {"to": f"host{n}.example", "n": n}}
        for n in range(60)
    ]
    lines = [asked, *calls]
    file.write_text("\n".join(map(json.dumps, lines)))
    assert "too few" in run("challenge").stdout
    Audit(home).run([file])
    assert "champion" in run("challenge").stdout
    assert "champion" in run("challenge").stdout
    kept = challenge_step.reports(home)
    assert kept["model"].to_list() == ["table", "isolation forest", "neighbours", "scorecard"]
    assert kept["actions"].unique().to_list() == [60]
