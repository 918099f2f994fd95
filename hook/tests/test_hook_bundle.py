"""The bundle's format: what is accepted, what is refused and with which words."""

import json

import pytest
from afteraction_hook.bundle import BundleError, load


def _changed(found, **changes):
    return json.dumps({**found, **changes}).encode()


def test_a_sound_bundle_loads(make_document):
    found = make_document()
    bundle = load(json.dumps(found).encode())
    assert bundle.revision == found["revision"]
    assert (bundle.ticket, bundle.ask, bundle.deny) == (9, 9, 14)
    assert bundle.scorecard.risk(4) == 0.01
    assert bundle.scorecard.risk(5) == 0.25
    assert bundle.scorecard.risk(10) == 0.9


def test_order_and_spelling_do_not_change_the_digest(make_document):
    found = make_document()
    turned = json.dumps(dict(reversed(found.items())), indent=3).replace("1000.5", "1.0005e3")
    assert load(turned.encode()).digest == found["digest"]


def test_changed_content_is_refused(make_document):
    found = make_document()
    found["thresholds"]["ask"]["points"] = 14
    with pytest.raises(BundleError, match="another digest"):
        load(json.dumps(found).encode())


def test_golden_rows_must_score_exactly(make_document):
    golden = [{"row": {"operation": "send"}, "points": 7}]
    with pytest.raises(BundleError, match="expected 7; hook and maker do not agree"):
        load(json.dumps(make_document(golden=golden)).encode())
    with pytest.raises(BundleError, match="expected 1 to"):
        load(json.dumps(make_document(golden=[])).encode())


def test_the_name_must_be_that_of_the_content(make_document):
    for changes in ({"sequence": 2}, {"revision": "b1-000000000000"}, {"digest": "0" * 64}):
        with pytest.raises(BundleError, match=r"bundle\.(revision|digest)"):
            load(_changed(make_document(), **changes))


FEATURE = {"name": "n", "kind": "number", "edges": [1, 2], "points": [0, 1, 2], "missing": 0, "reason": "r"}
CATEGORY = {"name": "c", "kind": "category", "points": {"a": 1}, "other": 0, "missing": 0, "reason": "r"}
CALIBRATION = {"edges": [1], "risk": [0.1, 0.2]}


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({**FEATURE, "edges": [2, 1]}, "strictly rising"),
        ({**FEATURE, "edges": [1, 1]}, "strictly rising"),
        ({**FEATURE, "points": [0, 1]}, "one more"),
        ({**FEATURE, "points": [0, 1.0, 2]}, "expected an integer"),
        ({**FEATURE, "points": [0, True, 2]}, "expected an integer"),
        ({**FEATURE, "edges": [1, "2"]}, "finite number"),
        ({**FEATURE, "missing": None}, "found null"),
        ({**FEATURE, "points": [0, 1, 10**7]}, "expected -1000000"),
        ({**FEATURE, "other": 1}, "unknown field"),
        ({**FEATURE, "kind": "code"}, "kind 'number' or 'category'"),
        ({**FEATURE, "name": ""}, "0 characters"),
        ({**CATEGORY, "points": [1]}, "object of integers"),
        ({**CATEGORY, "points": {"a": "1"}}, "expected an integer"),
        ({"kind": "category"}, "is missing"),
        (None, "expected an object"),
    ],
)
def test_a_wrong_feature_is_refused(make_document, feature, words):
    card = {"features": [feature], "calibration": CALIBRATION}
    with pytest.raises(BundleError, match=words):
        load(json.dumps(make_document(scorecard=card, golden=[{"row": {}, "points": 0}])).encode())


@pytest.mark.parametrize(
    "calibration",
    [
        {"edges": [1], "risk": [0.1]},
        {"edges": [1], "risk": [0.2, 0.1]},
        {"edges": [1], "risk": [0, 1.5]},
        {"edges": [2, 1], "risk": [0, 0, 0]},
        {"edges": [], "risk": []},
        {},
        [],
    ],
)
def test_a_wrong_calibration_is_refused(make_document, calibration):
    card = {"features": [FEATURE], "calibration": calibration}
    with pytest.raises(BundleError, match="calibration"):
        load(json.dumps(make_document(scorecard=card, golden=[{"row": {}, "points": 0}])).encode())


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("format", 2, "bundle.format"),
        ("format", True, "bundle.format"),
        ("thresholds", {"ticket": {"points": 1}}, "'ask' is missing"),
        ("thresholds", {"ticket": {"points": 1}, "ask": {}}, "'points' is missing"),
        (
            "thresholds",
            {"ticket": {"points": 1}, "ask": {"points": 5}, "deny": {"points": 4}},
            "at least thresholds.ask",
        ),
        ("thresholds", {"ticket": {"points": 1, "certificate": 3}, "ask": {"points": 5}}, "certificate"),
        ("rules", [{"id": "r", "decision": "allow"}], "at least one of"),
        ("rules", [{"id": "r", "decision": "defer", "tool": "*"}], "allow, ask or deny"),
        ("rules", [{"id": "r", "decision": "deny", "operation": "remove"}], "expected words from"),
        ("rules", [{"id": "r", "decision": "deny", "operation": []}], "expected words from"),
        ("rules", [{"id": "r", "decision": "deny", "tool": "*"}] * 2, "an id twice"),
        ("rules", [{"id": "r", "decision": "deny", "tols": "*"}], "unknown field|at least one"),
        ("lists", {"internal": [1]}, "expected texts only"),
        ("lists", {"inernal": []}, "unknown field"),
        ("lists", {"lexicon": {"plain": {"a": "fly"}, "nounlike": {}}}, "each with its operation"),
        ("golden", [{"row": {"nobody": 1}, "points": 0}], "unknown field"),
    ],
)
def test_a_wrong_part_is_refused(make_document, part, value, words):
    with pytest.raises(BundleError, match=words):
        load(json.dumps(make_document(**{part: value})).encode())


def test_a_rule_on_operations_needs_the_words_that_tell_them(make_document):
    rules = [{"id": "r", "decision": "deny", "operation": "delete"}]
    with pytest.raises(BundleError, match="lexicon"):
        load(json.dumps(make_document(rules=rules, lists={})).encode())
    load(json.dumps(make_document(rules=rules)).encode())


def test_any_torn_or_flipped_byte_is_refused_or_changes_nothing(make_bundle_bytes):
    raw = make_bundle_bytes()
    sound = load(raw)
    for at in range(0, len(raw), 7):
        with pytest.raises(BundleError):
            load(raw[:at])
        flipped = raw[:at] + bytes([raw[at] ^ 0x20]) + raw[at + 1 :]
        try:
            found = load(flipped)
        except BundleError:
            continue
        assert found.digest == sound.digest
        assert found.revision == sound.revision


def test_a_signature_has_its_place(make_document):
    assert load(_changed(make_document(), signature="c2lnbmVk")).document["signature"] == "c2lnbmVk"
    with pytest.raises(BundleError, match="signature"):
        load(_changed(make_document(), signature=3))
