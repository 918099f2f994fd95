"""Which verdicts teach: not those that wait again, were overtaken, or came from somebody revoked."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from afteraction.records.reason_code import REASON_CODES, fitting
from afteraction.scoring.labels import answered, standing

SCHEMA = {
    "ticket_id": pl.String,
    "state": pl.String,
    "action_id": pl.String,
    "agent_id": pl.String,
    "propensity": pl.Float64,
    "actions": pl.UInt32,
    "person": pl.String,
    "reason_code": pl.String,
    "decided_at": pl.Datetime("us", "UTC"),
}


def reviews(*rows: dict) -> pl.DataFrame:
    """One decision each: by carol on T-1 about act_1, unless said otherwise; later rows came later."""
    made = []
    for number, row in enumerate(rows):
        base = {
            "ticket_id": "T-1",
            "state": "approved",
            "action_id": "act_1",
            "agent_id": "bot",
            "actions": 1,
        }
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=number)
        made.append({**base, "person": "carol", "decided_at": at, **row})
    return pl.DataFrame(made, schema=SCHEMA)


def told(*rows: dict, believed=("carol", "dave")) -> list[tuple[str, str, str, float]]:
    found = standing(reviews(*rows), believed)
    return list(found.select("action_id", "person", "label", pl.col("base").round(3)).iter_rows())


@pytest.mark.parametrize("code", REASON_CODES)
def test_each_code_teaches_what_its_table_says(code):
    for verdict in code.verdicts:
        found = told({"state": verdict, "reason_code": code.code})
        assert found == ([("act_1", "carol", code.teaches, 1.0)] if code.teaches else [])


def test_codes_are_told_once_and_each_verdict_has_some():
    assert len({one.code for one in REASON_CODES}) == len(REASON_CODES)
    assert {one.disposition for one in REASON_CODES} == {
        "legitimate",
        "false_alarm",
        "needs_follow_up",
        "harmful",
    }
    assert "harmful" not in fitting("approved")
    assert "legitimate" not in fitting("denied")


def test_without_a_code_the_verdict_speaks():
    assert told({}) == [("act_1", "carol", "harmless", 1.0)]
    assert told({"state": "denied"}) == [("act_1", "carol", "harmful", 1.0)]


def test_a_ticket_counts_one_over_all_its_actions():
    rows = [{"action_id": name, "actions": 4} for name in "abcd"]
    assert [weight for *_, weight in told(*rows)] == [0.25] * 4


def test_who_is_not_believed_any_more_teaches_nothing():
    assert told({}, {"person": "dave", "ticket_id": "T-2"}, believed=("dave",)) == [
        ("act_1", "dave", "harmless", 1.0)
    ]
    assert told({}, believed=()) == []


def test_persons_who_contradict_each_other_share_the_weight():
    found = told({}, {"ticket_id": "T-2", "state": "denied", "person": "dave"})
    assert found == [("act_1", "carol", "harmless", 0.5), ("act_1", "dave", "harmful", 0.5)]


def test_of_one_persons_verdicts_the_latest_stands():
    assert told({}, {"ticket_id": "T-2", "state": "denied"}) == [("act_1", "carol", "harmful", 1.0)]
    taken_back = told({"state": "denied"}, {"ticket_id": "T-2", "reason_code": "needs_follow_up"})
    assert taken_back == []


def test_a_reopened_ticket_teaches_nothing_while_it_waits_and_then_overrules_its_first_version():
    first = {"state": "approved"}
    waits = {"ticket_id": "T-1.2", "state": "open", "person": None, "decided_at": None, "actions": 2}
    grown = {**waits, "action_id": "act_2"}
    assert told(first, waits, grown) == []
    decided = {"ticket_id": "T-1.2", "state": "denied", "person": "dave", "actions": 2}
    assert told(first, decided, {**decided, "action_id": "act_2"}) == [
        ("act_1", "dave", "harmful", 0.5),
        ("act_2", "dave", "harmful", 0.5),
    ]


def test_expired_and_superseded_tickets_teach_nothing():
    for state in ("expired", "superseded", "open"):
        assert told({"state": state, "person": None, "decided_at": None}) == []


def test_random_audits_are_told_apart():
    found = standing(reviews({"propensity": 0.01}), ("carol",))
    assert found["source"].to_list() == ["random_audit"]


def test_the_share_of_tickets_that_was_answered():
    rows = [{"ticket_id": f"T-{number}", "state": state, "actions": 2, "action_id": f"{number}{part}"}
            for number, state in enumerate(["approved", "open", "open", "denied", "superseded"])
            for part in "ab"]  # fmt: skip
    rows.append({"ticket_id": "T-9", "propensity": 0.1})
    assert answered(reviews(*rows)) == {"ticket": 0.5, "random_audit": 1.0}
    assert answered(reviews()) == {}
    assert standing(reviews(), ("carol",)).is_empty()
