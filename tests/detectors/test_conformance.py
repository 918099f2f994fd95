"""What every detector must hold: its examples, odd frames, any row order, any batching, nothing raw."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afteraction.records.action import ACTIONS_RAW, ACTIONS_TARGETED
from afteraction.records.finding import FINDINGS, FOUND, SEVERITIES
from afteraction.records.message import MESSAGES
from afteraction.records.session_batch import SessionBatch
from detectors import registry, scan
from detectors.detector import Detector, Example
from detectors.runner import run

DETECTORS = registry()
OWNED = tuple(
    (detector.id, example in detector.firing, example)
    for detector in DETECTORS
    for example in (*detector.firing, *detector.silent)
)
EXAMPLES = tuple(example for _, _, example in OWNED)
each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)


@pytest.fixture(scope="module")
def everything(build) -> SessionBatch:
    return build(EXAMPLES)


@pytest.fixture(scope="module")
def findings(everything: SessionBatch) -> pl.DataFrame:
    return run(everything)


def sessions(batch: SessionBatch, keys: list[str]) -> SessionBatch:
    def of(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("session_key").is_in(keys))

    return batch.with_(
        actions=of(batch.actions),
        messages=of(batch.messages),
        matches=of(batch.matches),
        arguments=of(batch.arguments),
        flows=of(batch.flows),
    )


def test_there_are_detectors():
    assert len(DETECTORS) >= 20
    assert len({detector.id for detector in DETECTORS}) == len(DETECTORS)


@each_detector
def test_metadata_is_complete(detector: Detector):
    assert detector.summary.endswith(".")
    assert len(detector.misses) > 20
    assert detector.standards
    assert detector.severity in SEVERITIES
    assert detector.firing
    assert detector.silent


@each_detector
def test_firing_examples_fire_and_silent_ones_do_not(detector: Detector, everything: SessionBatch):
    found = detector.find(everything).join(
        everything.actions.select("action_id", "session_id"), on="action_id"
    )
    fired = {int(name.split(" ")[0]) for name in found.get_column("session_id")}
    wrong = [
        example.name
        for number, (owner, fires, example) in enumerate(OWNED)
        if owner == detector.id and fires != (number in fired)
    ]
    assert wrong == []


@each_detector
def test_found_has_its_columns_and_known_words(detector: Detector, everything: SessionBatch):
    found = detector.find(everything)
    assert found.schema == FOUND
    assert set(found.get_column("severity")) <= set(SEVERITIES)
    assert set(found.get_column("confidence")) <= {"low", "medium", "high"}
    assert set(found.get_column("part")) <= {"args", "result", "action", "effect"}


@each_detector
def test_an_empty_batch_has_no_findings(detector: Detector):
    found = detector.find(SessionBatch.empty())
    assert found.is_empty()
    assert found.schema == FOUND


@each_detector
def test_null_columns_are_no_trouble(detector: Detector, cache):
    blank = dict.fromkeys((*ACTIONS_RAW, *ACTIONS_TARGETED))
    actions = pl.DataFrame(
        [
            {
                **blank,
                "action_id": "act_1",
                "tenant": "t",
                "session_id": "s",
                "session_key": "k",
                "position": 0,
            }
        ],
        schema={**ACTIONS_RAW, **ACTIONS_TARGETED},
    )
    batch = SessionBatch(actions=actions, messages=pl.DataFrame(schema=MESSAGES), keys={})
    batch = batch.with_(matches=scan.matches(batch, cache))
    assert detector.find(batch).is_empty()


def test_findings_have_their_columns_and_unique_ids(findings: pl.DataFrame):
    assert findings.schema == FINDINGS
    assert findings.get_column("finding_id").is_unique().all()


def test_the_order_of_rows_does_not_matter(everything: SessionBatch, findings: pl.DataFrame, cache):
    shuffled = everything.with_(
        actions=everything.actions.sample(fraction=1, shuffle=True, seed=1),
        messages=everything.messages.sample(fraction=1, shuffle=True, seed=2),
        flows=everything.flows.sample(fraction=1, shuffle=True, seed=3),
    )
    again = shuffled.with_(matches=scan.matches(shuffled, cache))
    assert again.matches.equals(everything.matches)
    assert run(again).equals(findings)
    assert run(again.with_(matches=again.matches.sample(fraction=1, shuffle=True, seed=4))).equals(findings)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_batching_of_whole_sessions_finds_the_same(data, everything, findings, cache):
    keys = sorted(set(everything.actions.get_column("session_key")))
    part_of = data.draw(st.lists(st.integers(0, 2), min_size=len(keys), max_size=len(keys)))
    parts = []
    for number in range(3):
        part = sessions(everything, [key for key, at in zip(keys, part_of, strict=True) if at == number])
        parts.append(run(part.with_(matches=scan.matches(part, cache))))
    assert pl.concat(parts).sort("finding_id").equals(findings.sort("finding_id"))


def test_evidence_belongs_to_the_session(everything: SessionBatch, findings: pl.DataFrame):
    known = everything.actions.select("action_id", "session_key")
    assert findings.join(known, on=["action_id", "session_key"], how="anti").is_empty()
    inside = findings.select(
        "session_key", pl.col("evidence").str.extract_all("act_[0-9a-f]{32}").alias("action_id")
    )
    named = inside.explode("action_id").filter(pl.col("action_id").is_not_null())
    assert named.join(known, on=["action_id", "session_key"], how="anti").is_empty()


def test_nothing_raw_stands_in_any_column(everything: SessionBatch, findings: pl.DataFrame):
    raw = set()
    for one in everything.matches.iter_rows(named=True):
        rows = everything.actions.filter(pl.col("action_id") == one["action_id"])
        if one["part"] in ("args", "result") and len(rows):
            raw.add(rows.item(0, one["part"])[one["start"] : one["end"]])
    shown = findings.drop("session_id").write_ndjson()
    assert len(raw) > 30
    assert [value for value in raw if len(value) > 3 and value in shown] == []


def test_examples_have_names_of_their_own():
    for detector in DETECTORS:
        names = [example.name for example in (*detector.firing, *detector.silent)]
        assert len(names) == len(set(names))


def test_an_example_is_a_session():
    assert all(isinstance(example, Example) and example.messages for example in EXAMPLES)
