"""A bundle in rollout: logged in the shadow, enforced for a share of agents, ignored when it is over."""

import json
from pathlib import Path

import pytest
from afteraction_hook.bundle import load
from afteraction_hook.config import Config
from afteraction_hook.decide import Call
from afteraction_hook.gate import Gate
from afteraction_hook.rollout import SEAL, is_in_share

STRICT = {"ticket": {"points": 1, "certificate": None}, "ask": {"points": 1}, "deny": None}


@pytest.fixture
def rolled(put, make_document, tmp_path):
    """The configuration over a live bundle, its directory, and what puts a stricter one into a rollout."""
    live = make_document(sequence=1)
    home = put(live)
    bundles = home / "bundles"

    def roll(stage="shadow", share=0.0, sequence=2, previous=live["revision"], **changes):
        found = make_document(sequence=sequence, thresholds=STRICT)
        found = {**found, "previous": previous, "rollout": {"stage": stage, "share": share}, **changes}
        (bundles / f"{found['revision']}.json").write_text(json.dumps(found))
        (bundles / "rollout").write_text(found["revision"] + "\n")
        return found

    config = Config(bundle=str(bundles), log=str(tmp_path / "log.jsonl"), state=str(tmp_path / "state"))
    return config, bundles, roll


def strict_call(config, agent="a", session="s"):
    """A call that the live bundle allows and the one in rollout asks about; the verdict and its log line."""
    verdict = Gate(config).check(Call("send_email", {"to": "ann@corp.example.com"}, session, agent))
    return verdict, json.loads(Path(config.log).read_text().splitlines()[-1])


def test_in_the_shadow_both_are_logged_and_the_live_one_decides(rolled):
    config, _, roll = rolled
    candidate = roll()
    for _ in range(2):
        verdict, line = strict_call(config)
        assert (verdict.decision, line["decision"]) == ("allow", "allow")
        assert line["bundle_revision"].startswith("b1-")
        assert line["rollout"]["stage"] == "shadow"
        assert line["rollout"]["enforced"] == "live"
        assert line["rollout"]["live"]["decision"] == "allow"
        assert line["rollout"]["candidate"]["decision"] == "ask"
        assert line["rollout"]["candidate"]["bundle_revision"] == candidate["revision"]
        assert line["notes"] == []


def test_as_a_canary_it_decides_for_its_share_of_agents_only(rolled):
    config, _, roll = rolled
    roll("canary", 0.3)
    said = {f"agent-{n}": strict_call(config, f"agent-{n}")[0].decision for n in range(40)}
    asked = {agent for agent, decision in said.items() if decision == "ask"}
    assert 0 < len(asked) < 40
    assert set(said.values()) == {"allow", "ask"}
    roll("canary", 0.7, sequence=3)
    more = {agent for agent in said if strict_call(config, agent)[0].decision == "ask"}
    assert asked < more
    roll("canary", 1.0, sequence=4)
    assert all(strict_call(config, agent)[0].decision == "ask" for agent in said)


def test_the_share_is_a_share_and_sessions_stand_for_agents_without_a_name(make_document):
    trial = load(json.dumps(make_document()).encode())
    calls = [Call("t", {}, f"s{n}", f"a{n}") for n in range(2000)]
    assert 0.22 < sum(is_in_share(trial, 0.25, "t", call) for call in calls) / 2000 < 0.28
    assert not any(is_in_share(trial, 0.0, "t", call) for call in calls)
    assert all(is_in_share(trial, 1.0, "t", call) for call in calls)
    nameless = {is_in_share(trial, 0.5, "t", Call("t", {}, f"s{n}")) for n in range(50)}
    assert nameless == {True, False}
    same = {is_in_share(trial, 0.5, "t", Call("t", {}, f"s{n}", "one")) for n in range(50)}
    assert len(same) == 1
    is_in_share(trial, 0.5, "t\ud800", Call("t", {}, "s", "\udfff"))


@pytest.mark.parametrize("bad", ["torn", "changed", "pointer", "in force", "long pointer"])
def test_a_bad_one_is_reported_and_the_live_one_decides(rolled, bad):
    config, bundles, roll = rolled
    found = roll()
    file = bundles / f"{found['revision']}.json"
    if bad == "torn":
        file.write_bytes(file.read_bytes()[:500])
    elif bad == "changed":
        file.write_text(
            file.read_text().replace('"points": 6', '"points": 7').replace('"send": 6', '"send": 7')
        )
    elif bad == "pointer":
        (bundles / "rollout").write_text("b../../etc/passwd")
    elif bad == "long pointer":
        (bundles / "rollout").write_text("b" * 500)
    elif bad == "in force":
        del found["rollout"]
        file.write_text(json.dumps(found))
    verdict, line = strict_call(config)
    assert verdict.decision == "allow"
    assert [note["reason"] for note in line["notes"]] == ["rollout:not-used"]
    assert "rollout" not in line


@pytest.mark.parametrize("over", ["older", "follows another", "gone"])
def test_one_whose_time_is_over_is_not_looked_at(rolled, put, make_document, over):
    config, bundles, roll = rolled
    if over == "older":
        roll("canary", 1.0)
        put(make_document(sequence=3))
    elif over == "follows another":
        roll("canary", 1.0, previous="b1-000000000000")
    else:
        (bundles / f"{roll('canary', 1.0)['revision']}.json").unlink()
    verdict, line = strict_call(config)
    assert verdict.decision == "allow"
    assert (line["notes"], "rollout" in line) == ([], False)


def test_nobody_can_put_a_bundle_in_force_that_is_in_rollout(rolled):
    config, bundles, roll = rolled
    strict_call(config)
    found = roll("shadow")
    (bundles / "current").write_text(found["revision"] + "\n")
    verdict, line = strict_call(config)
    assert verdict.bundle_revision.startswith("b1-")
    assert line["notes"][0]["reason"] == "bundle:kept-last-good"


def test_one_gate_sees_a_rollout_begin_move_and_end(rolled):
    config, bundles, roll = rolled
    gate = Gate(config)

    def said():
        return gate.check(Call("send_email", {"to": "ann@corp.example.com"}, "s", "a")).rollout

    assert said() is None
    roll()
    assert said()["stage"] == "shadow"
    roll("canary", 1.0, sequence=3)
    assert said()["enforced"] == "candidate"
    (bundles / "rollout").unlink()
    assert said() is None


def test_the_seal_spares_the_checks_of_the_same_bytes_only(rolled, tmp_path):
    config, bundles, roll = rolled
    found = roll()
    strict_call(config)
    seal = (tmp_path / "state" / SEAL).read_bytes()
    file = bundles / f"{found['revision']}.json"
    file.write_text(file.read_text().replace('"send": 6', '"send": 600'))
    assert strict_call(config)[1]["notes"][0]["reason"] == "rollout:not-used"
    assert (tmp_path / "state" / SEAL).read_bytes() == seal


def test_a_broken_candidate_never_breaks_the_live_verdict(rolled, make_document):
    config, _, _ = rolled
    gate, call = Gate(config), Call("send_email", {"to": "ann@corp.example.com"}, "s", "a")
    verdict = gate.judge(call)
    without_stage = load(json.dumps(make_document()).encode())
    tried = gate._tried(call, verdict, without_stage)
    assert tried.decision == "allow"
    assert tried.notes[0].reason == "rollout:failed"


@pytest.mark.parametrize(
    "rollout",
    [
        {"stage": "all", "share": 1},
        {"stage": "shadow"},
        {"stage": "canary", "share": 2},
        1,
        [],
        {"stage": "canary", "share": True},
        {"stage": "canary", "share": float("1e999")},
    ],
)
def test_odd_stages_are_refused(make_document, rollout):
    with pytest.raises(ValueError, match=r"rollout|JSON|double"):
        load(json.dumps({**make_document(), "rollout": rollout}).encode())
