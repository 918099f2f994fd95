"""Trust from verdicts to the hook: through real tickets, and back down at once."""

from __future__ import annotations

import json

from leaky_lines import line

from afteraction.approvals.decide import decide
from afteraction.audit import Audit
from afteraction.audit.trust_step import for_hooks, held_down
from afteraction.lake import query
from afteraction.policy import current

PEOPLE = ("ada", "ben", "cleo", "dan", "eve")
TOML = """
[[rules]]
id = "sharing"
decision = "ask"
tool = "share_*"

[trust]
most_points = 20
signed_by = "ada"
""" + "".join(f'\n[[principals]]\nperson = "{one}"\ncan_approve = true\n' for one in PEOPLE)


def said(audit, verdict, code=None, most=None):
    for number, ticket in enumerate(audit.casebook.search("open")[:most]):
        person = PEOPLE[number % len(PEOPLE)]
        decide(
            audit.casebook, audit.settings, ticket.ticket_id, verdict,
            reviewer=person, reason="looked at it", channel="cli", reason_code=code,
        )  # fmt: skip


def sessions(file, count, first=0):
    with file.open("a") as log:
        for number in range(first, first + count):
            name = f"s{number}"
            log.write(json.dumps({"session_id": name, "role": "user", "text": "Share it."}) + "\n")
            log.write(line(f"c{number}", "share_file", {"path": f"f{number}"}, session_id=name) + "\n")


def levels(home):
    return query(home, "SELECT kind, name, level FROM trust ORDER BY kind").rows()


def test_it_is_earned_by_review_told_and_lost_at_once(tmp_path):
    home, log = tmp_path / "home", tmp_path / "log.jsonl"
    home.mkdir()
    (home / "afteraction.toml").write_text(TOML)
    sessions(log, 90)
    audit = Audit(home)
    audit.run([log])
    assert levels(home) == []
    said(audit, "approved", "legitimate")
    report = Audit(home).run([log])
    assert levels(home) == [("agent", "worker", 1), ("tool", "share_file", 1)]
    assert any("trust of agent worker" in reason for reason in report.policy.reasons)
    assert Audit(home).ledger.latest("trust")["default/agent/worker"]["level"] == 1
    asked = for_hooks(home, audit.settings)["trust"]
    assert (asked["points"], asked["tenants"]["default"]["agents"]) == ([0, 10, 20], {"worker": 1})
    sessions(log, 1, first=90)
    audit = Audit(home)
    audit.run([log])
    said(audit, "denied", "harmful")
    report = Audit(home).run([log])
    assert levels(home) == [("agent", "worker", 0), ("tool", "share_file", 0)]
    assert "trust" not in current(home / "bundles").document["lists"]
    assert Audit(home).ledger.latest("trust")["default/agent/worker"]["level"] == 0


OLD = {
    "points": [0, 5, 10],
    "never": ["pay"],
    "tenants": {"t": {"agents": {"a": 2, "b": 1}, "tools": {"x": 1}}},
}


def test_what_goes_out_without_a_gate_only_falls():
    new = {
        "points": [0, 10, 20],
        "never": [],
        "tenants": {"t": {"agents": {"a": 1, "c": 2}, "tools": {"x": 2}}},
    }
    assert held_down({"trust": OLD}, {"trust": new})["trust"] == {
        "points": [0, 5, 10],
        "never": ["pay"],
        "tenants": {"t": {"agents": {"a": 1}, "tools": {"x": 1}}},
    }


def test_an_owner_who_takes_it_back_has_it_back_at_once():
    assert held_down({"trust": OLD}, {}) == {}
