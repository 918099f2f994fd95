"""One risk per action: reasons, unscorable actions, decisive evidence, odd data."""

import json

import polars as pl

from afteraction.records.action import ACTIONS_RAW, ACTIONS_TARGETED
from afteraction.records.finding import FINDINGS
from afteraction.records.risk import ACTION_RISK
from afteraction.records.session_batch import SessionBatch
from afteraction.scoring.risk import score
from afteraction.scoring.scorecard import Calibration, CategoryFeature, NumberFeature, Scorecard

CARD = Scorecard(
    features=(
        NumberFeature(name="odd", edges=(1.0,), points=(0, 5), missing=0, reason="oddness is {value}"),
        CategoryFeature(
            name="leak", points={"high": 30}, other=0, missing=0, reason="leaks, severity {value}"
        ),
    ),
    calibration=Calibration(edges=(5.0, 30.0), risk=(0.001, 0.3, 0.6)),
)


def batch(*rows):
    schema = {**ACTIONS_RAW, **ACTIONS_TARGETED}
    base = {"tenant": "t", "session_id": "s", "session_key": "k", "event_date": "undated", "seq": 0}
    return SessionBatch.empty().with_(actions=pl.DataFrame([{**base, **row} for row in rows], schema=schema))


def features(**columns):
    return pl.DataFrame(columns, schema_overrides={"odd": pl.Float64})


def findings(*rows):
    return pl.DataFrame(list(rows), schema=FINDINGS)


def finding(action, severity="critical", confidence="high", part="args"):
    return {"action_id": action, "severity": severity, "confidence": confidence, "part": part}


def test_reasons_name_what_raised_the_score_with_value_and_place():
    told = features(action_id=["a"], odd=[2.0]).with_columns(pl.lit('call 3 said "so"').alias("odd.where"))
    row = score(batch({"action_id": "a"}), findings(), told, CARD).row(0, named=True)
    assert json.loads(row["reasons"]) == [
        {"reason": "odd", "points": 5, "text": 'oddness is 2: call 3 said "so"'}
    ]
    assert (row["risk"], row["points"], row["level"]) == (0.3, 5, "medium")


def test_an_unscorable_action_keeps_its_row_without_risk():
    rows = batch({"action_id": "a", "unscorable": "arguments missing"}, {"action_id": "b"})
    frame = score(rows, findings(finding("a")), features(action_id=["a", "b"], odd=[2.0, None]), CARD)
    assert frame["level"].to_list() == ["unscorable", "none"]
    assert frame["risk"].to_list() == [None, 0.001]
    assert frame["reasons"].to_list() == ["[]", "[]"]


def test_decisive_evidence_bypasses_the_sum():
    frame = score(
        batch({"action_id": "a"}), findings(finding("a")), features(action_id=["a"], odd=[0.0]), CARD
    )
    assert frame["risk"][0] >= 0.95
    assert frame["level"][0] == "critical"
    assert json.loads(frame["reasons"][0])[0]["reason"] == "decisive_evidence"


def test_only_what_was_sent_with_high_confidence_decides():
    for weaker in (
        finding("a", part="result"),
        finding("a", confidence="medium"),
        finding("a", part="action"),
    ):
        frame = score(batch({"action_id": "a"}), findings(weaker), features(action_id=["a"], odd=[0.0]), CARD)
        assert frame["risk"][0] == 0.001


def test_a_high_leak_adds_points():
    found = findings(finding("a", severity="high", confidence="medium"))
    frame = score(batch({"action_id": "a"}), found, features(action_id=["a"], odd=[1.0]), CARD)
    assert frame["points"][0] == 35


def test_empty_and_featureless_batches():
    empty = SessionBatch.empty()
    frame = score(empty, findings(), features(action_id=pl.Series([], dtype=pl.String)), CARD)
    assert frame.schema == pl.Schema(ACTION_RISK)
    bare = score(batch({"action_id": "a"}), findings(), pl.DataFrame({"action_id": ["a"]}), CARD)
    assert bare["points"].to_list() == [0]


def test_a_planted_value_decides_where_it_was_read_too():
    found = findings(finding("a", part="result")).with_columns(pl.lit("canary").alias("detector"))
    frame = score(batch({"action_id": "a"}), found, features(action_id=["a"], odd=[0.0]), CARD)
    assert frame["level"][0] == "critical"
