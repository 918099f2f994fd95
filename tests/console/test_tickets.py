"""`afteraction tickets` over a real audit: what waits, masked evidence, and decisions by people apart."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from audited_home import KEY
from rich.console import Console
from typer.testing import CliRunner, Result

from afteraction.approvals.retroactive import open_retroactive
from afteraction.audit.audit import Audit
from afteraction.casebook import Casebook
from afteraction.lake import query
from afteraction.records.settings import load_settings
from console.ticket_page import MOST_CHARACTERS, _arguments
from console.tickets import app


@pytest.fixture
def ticket(home) -> str:
    return json.loads(run("list", "--format", "json").stdout)[0]["ticket_id"]


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def test_list_shows_what_waits(home, ticket):
    shown = run("list")
    assert shown.exit_code == 0
    assert ticket in shown.stdout
    assert "ops-agent" in shown.stdout
    assert run("list", "--state", "denied").stdout == "no denied tickets\n"
    assert json.loads(run("list", "--state", "denied", "--format", "json").stdout) == []


def test_show_prints_masked_evidence_and_who_may_decide(home, ticket):
    shown = run("show", ticket)
    assert shown.exit_code == 0
    assert "http_post" in shown.stdout
    assert "fp_" in shown.stdout
    assert "May decide: mina, sofia, tomas" in shown.stdout
    for printed in (shown.stdout, run("show", ticket, "--format", "json").stdout):
        assert KEY not in printed
        assert "\u202e" not in printed
        assert "\x1b" not in printed


def test_rows_68_and_73_text_of_an_agent_stays_text(home, ticket):
    settings = load_settings(home)
    odd = {"action_id": "a", "session_key": "k", "cause": "c\n\x1b[31m", "agent_id": "[red]x"}
    odd["title"] = "[bold]ok[/bold] \x1b]0;x\x07 \u202e/ \r approved by sofia"
    (other,) = open_retroactive(Casebook.open(home / "casebook.sqlite"), pl.DataFrame([odd]), settings).opened
    for printed in (run("list").stdout, run("show", other).stdout):
        assert "[bold]ok[/bold]" in printed
        assert not {"\x1b", "\u202e", "\r", "\x07"} & set(printed)
    assert "does not hold these actions yet" in run("show", other).stdout


def test_row_21_a_cut_payload_is_announced():
    shown = io.StringIO()
    Console(file=shown, width=200).print(*_arguments("a" * MOST_CHARACTERS + "; then the payload"))
    assert "18 more characters are not shown here; --format json has them" in shown.getvalue()
    assert [str(line).strip() for line in _arguments("short")] == ["short"]


def test_approve_and_deny(home, ticket):
    done = run("approve", ticket, "--as", "sofia@northwind.example", "--reason", "a canary key of ours")
    assert done.exit_code == 0
    assert f"{ticket} approved by sofia" in done.stdout
    shown = run("show", ticket).stdout
    assert "approved by sofia: a canary key of ours" in shown
    again = run("deny", ticket, "--as", "sofia", "--reason", "no")
    assert again.exit_code == 2
    assert "already approved by sofia" in again.stderr


def test_a_reason_code_is_kept_shown_and_held_to_its_verdict(home, ticket):
    words = ("--as", "sofia@northwind.example", "--reason", "ours", "--reason-code")
    for code, said in (("harmful", "goes with approved: legitimate"), ("no\x1bsuch", "'no\\x1bsuch'")):
        refused = run("approve", ticket, *words, code)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert "\x1b" not in refused.stderr
    assert run("approve", ticket, *words, "drill").exit_code == 0
    assert "approved (drill) by sofia: ours" in run("show", ticket).stdout
    kept = query(home, "SELECT reason_code, disposition FROM decisions")
    assert kept.rows() == [("drill", "legitimate")]


def test_the_reviewer_may_come_from_the_environment(home, ticket, monkeypatch):
    monkeypatch.setenv("AFTERACTION_REVIEWER", "tomas@northwind.example")
    assert "denied by tomas" in run("deny", ticket, "--reason", "rotate it").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "noor@northwind.example", "--reason", "mine"], "noor asked for it"),
        (["--as", "noor@northwind.example", "--reason", "mine"], "these people may: mina, sofia, tomas"),
        (["--as", "viktor", "--reason", "x"], "viktor is not active"),
        (["--as", "paula", "--reason", "x"], "paula may not approve"),
        (["--as", "mallory\x1b[2J", "--reason", "x"], "'mallory\\x1b[2J' is not an account"),
        (["--as", "sofia"], "reason: found none"),
        (["--reason", "x"], "--as or AFTERACTION_REVIEWER"),
    ],
)
def test_who_may_not_is_told_why(home, ticket, words, said):
    refused = run("approve", ticket, *words)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert Casebook.open(home / "casebook.sqlite").ticket(ticket).state == "open"


def test_an_unknown_ticket(home):
    for words in (["show", "T-nix"], ["approve", "T-nix", "--as", "sofia", "--reason", "x"]):
        assert run(*words).exit_code == 2
        assert "not in the casebook" in run(*words).stderr


def test_before_the_first_audit(tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(tmp_path / "none"))
    refused = run("list")
    assert refused.exit_code == 2
    assert "run `afteraction audit PATH` first" in refused.stderr
    assert not (tmp_path / "none").exists()


def test_without_a_published_database_the_ticket_is_still_shown(home, ticket):
    (home / "afteraction.duckdb").unlink()
    shown = run("show", ticket)
    assert shown.exit_code == 0
    assert "run `afteraction audit PATH` first" in shown.stdout
    (home / "afteraction.duckdb").write_bytes(b"not a database")
    assert "cannot be read" in run("show", ticket).stdout


def test_a_decision_reaches_the_published_tables(home, ticket):
    run("deny", ticket, "--as", "sofia", "--reason", "real key")
    Audit(home).publish()
    rows = query(home, "SELECT verdict, person, reason FROM decisions").rows()
    assert rows == [("denied", "sofia", "real key")]


def test_an_approval_does_not_hide_another_concern_about_the_action(home, ticket):
    action_id = Casebook.open(home / "casebook.sqlite").ticket(ticket).action_id
    run("approve", ticket, "--as", "sofia", "--reason", "a canary key of ours")
    other = pl.DataFrame([{"action_id": action_id, "session_key": "k", "cause": "volume"}])
    (second,) = open_retroactive(Casebook.open(home / "casebook.sqlite"), other, load_settings(home)).opened

    def state() -> str:
        Audit(home).publish()
        found = query(home, "SELECT approval_state FROM actions WHERE action_id = $id", {"id": action_id})
        return str(found.item())

    assert state() == "open"
    run("deny", second, "--as", "sofia", "--reason", "too much")
    assert state() == "denied"


def test_two_must_approve_where_the_settings_say_so(home, ticket):
    settings = home / "afteraction.toml"
    settings.write_text(settings.read_text() + "\n[[quorums]]\npeople = 2\n")
    first = run("approve", ticket, "--as", "sofia", "--reason", "a test key")
    assert first.exit_code == 0
    assert "1 of 2 approvals (sofia); next may: mina, tomas" in first.stdout
    assert "Approved: 1 of 2 (sofia)" in run("show", ticket).stdout
    assert "approved by tomas" in run("approve", ticket, "--as", "tomas", "--reason", "seen").stdout
    kept = query(home, "SELECT event, actor FROM ticket_events WHERE event = 'endorsed'")
    assert kept.rows() == [("endorsed", "sofia")]


def test_a_denial_is_followed_up_and_opened_once_more(home, ticket):
    denied = run(
        "deny", ticket, "--as", "sofia", "--reason", "it leaked", "--then", "rotate", "--then", "notify"
    )
    assert denied.exit_code == 0
    assert "to do: rotate" in run("show", ticket).stdout
    done = run("remediate", ticket, "rotate", "--as", "noor", "--evidence", f"{KEY} is off")
    assert done.stdout == f"{ticket}: rotate recorded\n"
    shown = run("show", ticket).stdout
    assert "done: rotate by noor: [AWS_ACCESS_KEY:" in shown
    assert "to do: rotate" not in shown
    assert KEY.encode() not in (home / "casebook.sqlite").read_bytes()
    again = run("reopen", ticket, "--as", "tomas", "--reason", "a drill, it turns out")
    assert again.stdout.startswith(f"{ticket}.2 opened")
    assert run("reopen", ticket, "--as", "noor", "--reason", "please").exit_code == 2
    assert run("break-glass", f"{ticket}.2", "--as", "sofia", "--reason", "now").exit_code == 2
    assert run("sweep").stdout == "nothing was due\n"


def test_an_original_needs_a_right_and_a_reason_and_stands_in_trail_and_ledger(home, ticket):
    ask = ("original", ticket, "--as", "sofia", "--reason", "is the key still live?")
    refused = run(*ask)
    assert refused.exit_code == 2
    assert "names no group" in refused.stderr
    settings = home / "afteraction.toml"
    settings.write_text(settings.read_text() + '\n[review]\noriginals = "security"\n')
    assert run("original", ticket, "--as", "sofia").exit_code == 2
    assert run("original", ticket, "--as", "mina", "--reason", "curious").exit_code == 2
    assert run(*ask, "--action", "act_of_another").exit_code == 2
    shown = run(*ask)
    assert KEY in shown.stdout
    assert not {"\u202e", "\x1b"} & set(shown.stdout)
    trail = [one.event for one in Casebook.open(home / "casebook.sqlite").events_of(ticket)]
    assert trail == ["opened", "refused", "refused", "original_opened"]
    kept = Audit(home).ledger.latest("ticket_event").values()
    assert [one["event"] for one in kept].count("original_opened") == 1
    assert KEY.encode() not in (home / "casebook.sqlite").read_bytes()
