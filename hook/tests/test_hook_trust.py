"""Trust lifts the edge that asks, within what its owner signed, and nothing else."""

import pytest
from afteraction_hook.bundle import Bundle
from afteraction_hook.decide import judge
from afteraction_hook.shape import ShapeError
from afteraction_hook.trust import Trust

LEVELS = {"agents": {"a1": 2, "a2": 1}, "tools": {"send": 2, "post": 1}}
TRUST = {"points": [0, 1, 3], "never": ["pay"], "tenants": {"t": LEVELS}}
ROW = {"operation": "send", "destination_class": "unknown", "args_chars": 10}


@pytest.fixture
def said(make_document):
    def of(*, row=ROW, tool="send", agent="a1", trust=TRUST, ask=9, tenant="t", deny=40):
        thresholds = {"ticket": {"points": 9}, "ask": {"points": ask}, "deny": {"points": deny}}
        lists = {} if trust is None else {"trust": trust}
        bundle = Bundle(make_document(thresholds=thresholds, lists=lists))
        return judge(row, tool, bundle, tenant=tenant, agent=agent)

    return of


def test_the_score_would_ask(said):
    assert (said(trust=None).points, said(trust=None).decision) == (11, "ask")


def test_trust_lifts_the_edge_and_says_so(said):
    verdict = said()
    assert (verdict.decision, verdict.path) == ("allow", "trust")
    assert verdict.reasons[0].reason == "trust:2"
    assert "lifts that to 12" in verdict.reasons[0].text


@pytest.mark.parametrize(
    "change",
    [
        {"agent": "a2"},
        {"tool": "post"},
        {"agent": "a3"},
        {"tool": "other"},
        {"agent": None},
        {"tenant": None},
        {"tenant": "u"},
        {"ask": 8},
        {"row": {**ROW, "leak": "high"}},
        {"row": {**ROW, "leak": "critical"}},
        {"row": {**ROW, "effect": "high"}},
    ],
    ids=str,
)
def test_otherwise_a_person_is_asked(said, change):
    assert said(**change).decision == "ask"


def test_what_is_never_lifted_is_asked(said):
    assert said(trust={**TRUST, "never": ["send"]}).decision == "ask"


def test_what_may_be_anything_or_is_public_is_not_lifted():
    def lift(row):
        return Trust(TRUST).lift("t", "a1", "send", row)

    assert lift(ROW) == (3, 2)
    assert lift({**ROW, "destination_class": "public"}) == (0, 0)
    assert lift({**ROW, "operation": "other"}) == (0, 0)
    assert lift({"destination_class": "unknown"}) == (0, 0)


def test_what_is_denied_stays_denied(said):
    far = {**TRUST, "points": [0, 1, 10**6]}
    assert said(trust=far).decision == "allow"
    assert said(trust=far, row={**ROW, "operation": "send", "history": 1}, deny=12).decision == "deny"


@pytest.mark.parametrize(
    "change",
    [
        {"points": [0, 1]},
        {"points": [1, 2, 3]},
        {"points": [0, 3, 1]},
        {"never": [1]},
        {"tenants": []},
        {"tenants": {"t": {"agents": {"a": 3}, "tools": {}}}},
        {"tenants": {"t": {"agents": {}}}},
    ],
    ids=str,
)
def test_a_part_that_cannot_be_read_is_refused(change):
    with pytest.raises(ShapeError):
        Trust({**TRUST, **change})
