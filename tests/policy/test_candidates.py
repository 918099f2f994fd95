"""Candidates: content-addressed, with golden rows, in the form that the hook accepts."""

import msgspec
import pytest
from afteraction_hook.bundle import load

from afteraction.policy import PolicyError, beyond_limits, build, choose
from afteraction.policy.golden import golden_rows


def test_the_same_content_has_the_same_digest_whenever_and_however_it_is_made(card, lists):
    first = build(card, choose(card, 26), lists=lists)
    turned = {
        "calibration": card["calibration"],
        "features": [dict(reversed(f.items())) for f in card["features"]],
    }
    assert build(turned, choose(turned, 26), lists=lists).digest == first.digest
    assert first.revision == f"b1-{first.digest[:12]}"
    assert load(first.raw).revision == first.revision


def test_other_content_has_another_name(card, lists):
    first = build(card, choose(card, 26), lists=lists)
    assert build(card, choose(card, 27), lists=lists).digest != first.digest
    assert build(card, choose(card, 26)).digest != first.digest


def test_golden_rows_meet_every_bin(card, default_card):
    for document in (card, default_card):
        rows = golden_rows(document)
        assert rows == golden_rows(document)
        for feature in document["features"]:
            met = [row["row"][feature["name"]] for row in rows]
            assert None in met
            if feature["kind"] == "category":
                assert set(feature["points"]) <= set(met)
            else:
                assert {float(edge) for edge in feature["edges"]} <= set(met)
                assert min(v for v in met if v is not None) < min(feature["edges"])
                assert max(v for v in met if v is not None) > max(feature["edges"])


def test_what_the_hook_would_refuse_cannot_be_built(card):
    with pytest.raises(PolicyError, match="the hook would refuse"):
        build(card, {"ticket": {"points": 1}})
    with pytest.raises(PolicyError, match="at least one of"):
        build(card, choose(card, 3), [{"id": "x", "decision": "allow"}])
    with pytest.raises(PolicyError, match="the hook would refuse"):
        build({"features": []}, choose(card, 3))
    with pytest.raises(PolicyError, match="the hook would refuse"):
        build(card, choose(card, 3, {"alpha": float("nan")}))


def test_thresholds_follow_the_number_and_the_calibration(card):
    certificate = {"n": 300, "k": 1, "alpha": 0.01, "delta": 0.05, "level": "all"}
    found = choose(card, 20, certificate)
    assert found["ticket"] == {"points": 20, "certificate": certificate}
    assert found["ask"] == {"points": 20}
    assert found["deny"] == {"points": 40}
    assert choose(card, 50)["deny"] == {"points": 51}
    assert choose(card, 20, deny_risk=None)["deny"] is None
    assert choose(card, 20, deny_risk=0.99)["deny"] is None
    assert choose(card, 20, ask=10)["ask"] == {"points": 10}


@pytest.mark.parametrize(
    ("now", "then", "refused"),
    [
        (20, 20, 0),
        (40, 20, 0),
        (41, 20, 2),
        (10, 20, 0),
        (9, 20, 2),
        (0, 0, 0),
        (1, 0, 0),
        (2, 0, 2),
        (-4, -2, 0),
        (-5, -2, 2),
    ],
)
def test_limits_are_counted_from_the_anchor(card, now, then, refused):
    candidate, anchor = (build(card, choose(card, ticket, deny_risk=None)).bundle for ticket in (now, then))
    assert len(beyond_limits(candidate, anchor, 2.0)) == refused


def test_another_scorecard_or_a_vanished_deny_needs_a_person(card):
    anchor = build(card, choose(card, 20)).bundle
    assert (
        "no longer denies" in beyond_limits(build(card, choose(card, 20, deny_risk=None)).bundle, anchor)[0]
    )
    card["features"].pop()
    assert "not the one that was signed off" in beyond_limits(build(card, choose(card, 20)).bundle, anchor)[0]


def test_points_that_verdicts_moved_are_within_limits_up_to_twice_the_anchors(card):
    anchor = build(card, choose(card, 20)).bundle

    def moved(**points: int) -> tuple[str, ...]:
        now = msgspec.json.decode(msgspec.json.encode(card))
        now["features"][0]["points"] |= points
        now["calibration"]["risk"][0] /= 2
        return beyond_limits(build(now, choose(now, 20)).bundle, anchor)

    assert moved(low=0, high=50) == ()
    assert "not the one that was signed off" in moved(high=51)[0]
    assert "not the one that was signed off" in moved(high=-1)[0]
    assert "not the one that was signed off" in moved(other=1)[0]
    card["features"][0]["reason"] = "Another sentence for {value}."
    assert "not the one that was signed off" in moved()[0]
