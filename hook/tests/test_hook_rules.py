"""Rules and decisions: the strictest rule first, then the thresholds."""

import json

import pytest
from afteraction_hook.bundle import load
from afteraction_hook.decide import Call, decide, judge
from afteraction_hook.rules import glob
from afteraction_hook.verdict import Reason, Verdict


@pytest.fixture
def bundle(make_bundle_bytes):
    return load(make_bundle_bytes())


@pytest.mark.parametrize(
    ("row", "decision", "path", "points"),
    [
        ({"operation": "read", "args_chars": 1.0}, "allow", "clear", 0),
        ({"operation": "delete", "args_chars": 100.0}, "ask", "threshold", 9),
        ({"operation": "delete", "args_chars": 99.9}, "allow", "clear", 8),
        ({"operation": "send", "destination_class": "unknown", "args_chars": 2000}, "deny", "threshold", 15),
        ({}, "allow", "clear", 3),
    ],
)
def test_thresholds_decide(bundle, row, decision, path, points):
    verdict = judge(row, "any", bundle)
    assert (verdict.decision, verdict.path, verdict.points) == (decision, path, points)
    assert bool(verdict) is (decision == "allow")


def test_a_rule_goes_before_the_score_and_deny_before_allow(make_document):
    rules = [
        {"id": "a", "decision": "allow", "tool": "send_*"},
        {
            "id": "d",
            "decision": "deny",
            "operation": ["send"],
            "destination_class": "unknown",
            "reason": "Not there.",
        },
        {"id": "q", "decision": "ask", "tool": "send_mail"},
    ]
    bundle = load(json.dumps(make_document(rules=rules)).encode())
    outside = judge({"operation": "send", "destination_class": "unknown"}, "send_mail", bundle)
    assert (outside.decision, outside.path) == ("deny", "rule")
    assert outside.reasons[0] == Reason("rule:d", "Not there.")
    inside = judge({"operation": "send", "destination_class": "internal"}, "send_mail", bundle)
    assert inside.decision == "ask"
    other = judge(
        {"operation": "send", "destination_class": "internal", "args_chars": 9999}, "send_x", bundle
    )
    assert (other.decision, other.path) == ("allow", "rule")


def test_a_rule_does_not_match_what_is_not_known(make_document):
    rules = [{"id": "d", "decision": "allow", "destination_class": "internal"}]
    bundle = load(json.dumps(make_document(rules=rules)).encode())
    assert judge({}, "x", bundle).path == "clear"


def test_the_verdict_names_what_it_could_not_see(bundle):
    assert decide(Call("read_page", {"id": 1}, "s"), bundle).missing == ("history",)


def test_an_empty_verdict_is_no_permission():
    with pytest.raises(ValueError, match="at least one reason"):
        Verdict("deny", "rule", ())
    with pytest.raises(ValueError, match="expected allow, ask or deny"):
        Verdict("", "clear", ())


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("*", "", True),
        ("a*b", "ab", True),
        ("a*b", "axxb", True),
        ("a*b", "axxbc", False),
        ("?", "a", True),
        ("?", "", False),
        ("mcp__*__send*", "mcp__mail__send_now", True),
        ("A", "a", False),
        ("[a]", "a", False),
        ("a**?", "ab", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_globs(pattern, value, matches):
    assert glob(pattern, value) is matches


def test_a_hostile_glob_is_not_slow():
    assert glob("*a" * 100, "a" * 5000 + "b") is False
