"""What hooks said, and what both bundles said during a rollout, is a public table."""

import json

import pytest
from afteraction_hook import check
from afteraction_hook.config import Config

from afteraction.audit import Audit
from afteraction.ingest.readers.hook_log import READER, _verdict
from afteraction.lake import query
from afteraction.policy import build, choose, current, publish
from afteraction.records.settings import Settings


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def test_disagreements_in_the_shadow_are_counted_in_sql(home, card, lists):
    publish(build(card, choose(card, 26), (), lists), home / "bundles")
    rules = [{"id": "no-sending", "decision": "deny", "operation": "send"}]
    trial = build(card, choose(card, 26), rules, lists, current(home / "bundles"))
    trial = publish(trial, home / "bundles", stage=("shadow", 0.0))
    config = Config(bundle=str(home / "bundles"), log=str(home / "inbox" / "hook.jsonl"), log_args=True)
    for number in range(6):
        tool = "send_message" if number % 3 == 0 else "read_page"
        check(tool, {"to": "ann@corp.example.com"}, session_id="s", agent_id=f"a{number}", config=config)
    Audit(home, Settings()).run([home / "inbox"])
    found = query(
        home,
        "SELECT live_decision, candidate_decision, count(*) AS n FROM hook_decisions "
        "WHERE stage = 'shadow' AND live_decision <> candidate_decision GROUP BY ALL",
    )
    assert found.rows() == [("allow", "deny", 2)]
    rows = query(home, "SELECT * FROM hook_decisions ORDER BY event_time")
    assert rows.height == 6
    assert set(rows["candidate_revision"]) == {trial.revision}
    assert set(rows["enforced"]) == {"live"}
    assert rows["decision"].to_list() == ["allow"] * 6
    assert rows["points"].to_list() == rows["live_points"].to_list()


def test_a_log_of_another_kind_has_no_verdicts(home, tmp_path):
    log = tmp_path / "a.jsonl"
    log.write_text(json.dumps({"session_id": "s", "tool": "read", "args": {}, "call_id": "c"}) + "\n")
    Audit(home, Settings()).run([log])
    assert query(home, "SELECT count(*) AS n FROM hook_decisions")["n"].item() == 0


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"rollout": "x"},
        {"rollout": {"live": [], "candidate": 7, "stage": ["a"]}},
        {"decision": "\u202eallow", "path": "A" * 300, "points": True, "bundle_revision": "AKIA"},
        {"points": 1.5, "rollout": {"stage": "x" * 21, "enforced": None, "live": {"points": "1"}}},
    ],
)
def test_odd_verdicts_leave_words_points_and_revisions_only(odd):
    found = json.loads(_verdict(odd))
    sides = [found, *(found.get("rollout", {}).get(side, {}) for side in ("live", "candidate"))]
    assert all(value is None for side in sides for key, value in side.items() if key != "rollout")
    assert READER.format == "hook_log"
