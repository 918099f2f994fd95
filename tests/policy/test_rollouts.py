"""Rollouts: started, promoted, ended and rolled back, whole or not at all, and what old hooks make of it."""

import json
import os
import signal
import threading

import pytest
from afteraction_hook.config import Config
from afteraction_hook.decide import Call
from afteraction_hook.gate import Gate
from afteraction_hook.store import LastGood

from afteraction.policy import (
    PolicyError,
    RefusedError,
    build,
    choose,
    current,
    list_bundles,
    promote,
    public_keys,
    publish,
    rollback,
    rolling,
)

SHADOW, CANARY = ("shadow", 0.0), ("canary", 1.0)


@pytest.fixture
def bundles(tmp_path):
    return tmp_path / "bundles"


@pytest.fixture
def make(card, lists):
    def make_for(directory, ticket, rules=()):
        return build(card, choose(card, ticket), rules, lists, current(directory))

    return make_for


@pytest.fixture
def under_way(bundles, make):
    """The live bundle, and one in the shadow beside it that denies sending."""
    live = publish(make(bundles, 20), bundles)
    rules = [{"id": "no-sending", "decision": "deny", "operation": "send"}]
    return live, publish(make(bundles, 25, rules), bundles, stage=SHADOW)


def states(bundles):
    found = list_bundles(bundles).filter(list_bundles(bundles)["state"] != "refused")
    return dict(found.select("revision", "state").iter_rows())


def hook(bundles, tmp_path):
    keys = " ".join(public_keys(bundles))
    return Gate(Config(bundle=str(bundles), state=str(tmp_path / "state"), trusted_keys=keys))


def said(gate):
    return gate.judge(Call("send_message", {"to": "ann@corp.example.com"}, "s", "a"))


def test_a_rollout_goes_through_its_stages_and_hooks_follow(bundles, under_way, tmp_path):
    live, trial = under_way
    gate = hook(bundles, tmp_path)
    assert current(bundles) == live
    assert states(bundles) == {live.revision: "live", trial.revision: "shadow"}
    assert said(gate).decision == "allow"
    assert said(gate).rollout["candidate"]["decision"] == "deny"
    canary = promote(bundles, CANARY)
    assert (canary.sequence, canary.digest) == (3, trial.digest)
    assert states(bundles)[canary.revision] == "canary"
    assert said(gate).decision == "deny"
    assert current(bundles) == live
    everywhere = promote(bundles, None)
    assert current(bundles) == everywhere
    assert everywhere.document.get("rollout") is None
    assert (everywhere.sequence, everywhere.document["previous"]) == (4, live.revision)
    assert rolling(bundles, everywhere) is None
    assert (said(gate).decision, said(gate).rollout) == ("deny", None)
    assert said(gate).notes == ()
    with pytest.raises(PolicyError, match="no rollout"):
        promote(bundles, None)
    assert set(states(bundles).values()) == {"live", "superseded"}


@pytest.mark.parametrize("stage", ["shadow", "canary"])
def test_a_rollback_ends_a_rollout_for_good(bundles, under_way, make, tmp_path, stage):
    live, trial = under_way
    gate = hook(bundles, tmp_path)
    pointer = (bundles / "rollout").read_text()
    if stage == "canary":
        promote(bundles, CANARY)
        pointer = (bundles / "rollout").read_text()
    said(gate)
    back = rollback(bundles)
    assert (back.digest, current(bundles)) == (live.digest, back)
    assert said(gate).rollout is None
    (bundles / "rollout").write_text(pointer)
    assert (said(gate).decision, said(gate).rollout) == ("allow", None)
    rules = [{"id": "no-sending", "decision": "deny", "operation": "send"}]
    with pytest.raises(RefusedError, match="rolled back as"):
        publish(make(bundles, 25, rules), bundles, stage=SHADOW)
    assert trial.digest in list_bundles(bundles)["digest"].to_list()


def test_a_rollback_without_a_name_goes_to_the_bundle_before(bundles, make):
    with pytest.raises(PolicyError, match="no earlier bundle"):
        rollback(bundles)
    first = publish(make(bundles, 20), bundles)
    publish(make(bundles, 25), bundles)
    assert rollback(bundles).digest == first.digest


def test_a_damaged_pointer_or_file_is_rolled_back_without_a_name(bundles, make):
    first = publish(make(bundles, 20), bundles)
    second = publish(make(bundles, 25), bundles)
    publish(make(bundles, 30), bundles)
    (bundles / "current").write_bytes(b"\xff")
    assert rollback(bundles).digest == second.digest
    damaged = current(bundles)
    (bundles / f"{damaged.revision}.json").write_bytes(b"{")
    assert rollback(bundles, first.revision).digest == first.digest


def test_a_publication_for_all_ends_a_rollout(bundles, under_way, make, tmp_path):
    _, trial = under_way
    settings = publish(make(bundles, 20, [{"id": "x", "decision": "ask", "tool": "y"}]), bundles)
    assert settings.sequence == trial.sequence + 1
    assert rolling(bundles, current(bundles)) is None
    assert said(hook(bundles, tmp_path)).rollout is None
    assert "unpublished" not in states(bundles).values()


def test_an_old_hook_reads_the_live_bundle_beside_a_rollout(bundles, under_way, tmp_path):
    live, _ = under_way
    document = json.loads((bundles / f"{live.revision}.json").read_bytes())
    known = {"revision", "sequence", "digest", "created_at", "previous", "note", "signature"}
    content = {"format", "scorecard", "thresholds", "rules", "lists", "golden"}
    assert set(document) <= known | content
    assert isinstance(document["signature"], str)
    assert LastGood(str(tmp_path / "other")).load(str(bundles))[0].revision == live.revision


def test_a_step_too_far_is_no_rollout_either(bundles, make):
    publish(make(bundles, 20), bundles)
    with pytest.raises(RefusedError, match="sign-off"):
        publish(make(bundles, 50), bundles, stage=SHADOW)
    assert not (bundles / "rollout").exists()


def _act(bundles, mode, card, step):
    if mode == "start":
        publish(build(card, choose(card, 25), previous=current(bundles)), bundles, stage=SHADOW, step=step)
    elif mode == "rollback":
        rollback(bundles, step=step)
    else:
        promote(bundles, CANARY if mode == "promote" else None, step=step)


def _killed(bundles, mode, card, last):
    """Whether a process that does this was killed at its step `last`; without so many steps it ends."""
    child = os.fork()
    if child == 0:
        steps = []

        def step(name):
            steps.append(name)
            if len(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            _act(bundles, mode, card, step)
            os._exit(0)
        finally:
            os._exit(1)
    ended = os.waitpid(child, 0)[1]
    assert ended in {0, signal.SIGKILL}
    return ended != 0


@pytest.mark.parametrize(("mode", "named"), [("start", 9), ("promote", 9), ("all", 9), ("rollback", 9)])
def test_killed_at_every_step_leaves_the_old_or_the_new_and_never_both(tmp_path, card, mode, named):
    last = 1
    while True:
        bundles = tmp_path / f"home-{last}" / "bundles"
        live = publish(build(card, choose(card, 20)), bundles)
        if mode != "start":
            publish(build(card, choose(card, 25), previous=live), bundles, stage=SHADOW)
        gate = hook(bundles, tmp_path / f"home-{last}")
        said(gate)
        if not _killed(bundles, mode, card, last):
            break
        now, verdict = current(bundles), said(gate)
        assert verdict.notes == ()
        ended = now.revision != live.revision
        assert ended == (mode in {"all", "rollback"} and last >= named)
        assert (verdict.rollout is None) == (ended or (mode == "start" and last < named))
        if verdict.rollout is not None:
            stage = "canary" if mode == "promote" and last >= named else "shadow"
            assert verdict.rollout["stage"] == stage
        if not ended:
            assert not _killed(bundles, mode, card, 0)
        assert "unpublished" not in list_bundles(bundles)["state"].to_list()
        assert said(gate).notes == ()
        last += 1
    assert last == {"start": 11, "promote": 11, "all": 12, "rollback": 12}[mode]


def test_many_who_promote_at_once_take_each_stage_in_turn(bundles, under_way):
    outcomes = []

    def one(stage):
        try:
            outcomes.append(promote(bundles, stage).sequence)
        except PolicyError:
            outcomes.append(None)

    threads = [
        threading.Thread(target=one, args=(stage,))
        for stage in (("canary", 0.1), ("canary", 0.2), None, None)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live = current(bundles)
    assert live.document.get("rollout") is None
    assert live.sequence == max(found for found in outcomes if found is not None)
    assert len({found for found in outcomes if found is not None}) == sum(
        found is not None for found in outcomes
    )
    assert rolling(bundles, live) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_leaves_the_rollout_as_it_is(bundles, under_way):
    live, trial = under_way
    bundles.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        promote(bundles, None)
    bundles.chmod(0o700)
    assert (current(bundles), rolling(bundles, live)) == (live, trial)
