"""Trust from verdicts to the hook: through real tickets, and back down at once."""

from __future__ import annotations

import json

import polars as pl
from leaky_lines import line

from afteraction import policy
from afteraction.approvals.decide import decide
from afteraction.audit import Audit, policy_step
from afteraction.audit.trust_step import for_hooks, held_down, too_much
from afteraction.lake import query
from afteraction.policy import current
from afteraction.scoring.labels import harms

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


def ticket_again(harmful):
    """The next version of the tickets of `harmful`, which waits."""
    return harmful.select(
        "action_id", "agent_id", "actions", ticket_id=pl.col("ticket_id") + ".1", state=pl.lit("open")
    )


def in_trial(home, settings):
    """Put a bundle that trusts on trial, as a rollout does."""
    live = current(home / "bundles")
    trust = for_hooks(home, settings)
    candidate = policy_step._candidate(
        live.document["scorecard"], live.thresholds, settings, live, note="on trial", taught=trust
    )
    policy.publish(candidate, home / "bundles", stage=("canary", 0.2))


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
    in_trial(home, audit.settings)
    said(audit, "denied", "harmful")
    report = Audit(home).run([log])
    assert policy.rolling(home / "bundles", current(home / "bundles")) is None
    assert levels(home) == [("agent", "worker", 0), ("tool", "share_file", 0)]
    assert "trust" not in current(home / "bundles").document["lists"]
    assert Audit(home).ledger.latest("trust")["default/agent/worker"]["level"] == 0
    harmful = harms(Audit(home).casebook.ticket_actions())
    assert harmful.height == 1
    again = pl.concat([ticket_again(harmful), Audit(home).casebook.ticket_actions()], how="diagonal")
    assert harms(again).height == 1, "harm under review again is no clean history"


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


def test_a_rollout_that_trusts_more_than_is_earned_is_too_much():
    assert too_much({"trust": OLD}, {})
    assert not too_much({"trust": OLD}, {"trust": OLD})
    assert not too_much({}, {"trust": OLD})
