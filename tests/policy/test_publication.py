"""Publishing: whole or not at all, in order, within limits, and back again."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from afteraction_hook.store import LastGood

from afteraction.policy import (
    PolicyError,
    RefusedError,
    build,
    choose,
    current,
    list_bundles,
    publish,
    rollback,
    sign_off,
)
from afteraction.records.tables import BUNDLES


@pytest.fixture
def make(card, lists):
    def make_for(directory, ticket=26, rules=()):
        return build(card, choose(card, ticket), rules, lists, current(directory))

    return make_for


@pytest.fixture
def bundles(tmp_path):
    return tmp_path / "bundles"


def test_what_is_published_is_what_hooks_read(bundles, make, tmp_path):
    published = publish(make(bundles), bundles)
    found, notes = LastGood(str(tmp_path / "state")).load(str(bundles / "current"))
    assert (found.revision, notes) == (published.revision, ())
    assert current(bundles) == published


def test_the_same_content_again_is_no_new_publication(bundles, make):
    first = publish(make(bundles), bundles)
    before = (bundles / f"{first.revision}.json").read_bytes()
    again = make(bundles)
    assert again.revision == first.revision
    assert publish(again, bundles) == first
    assert (bundles / f"{first.revision}.json").read_bytes() == before
    assert list_bundles(bundles).height == 1


def test_a_step_too_far_is_refused_with_reasons_until_signed_off(bundles, make):
    first = publish(make(bundles, 20), bundles)
    second = publish(make(bundles, 40), bundles)
    with pytest.raises(RefusedError, match="needs a person's sign-off"):
        publish(make(bundles, 41), bundles)
    assert current(bundles) == second
    table = list_bundles(bundles)
    assert table.schema == BUNDLES
    assert table["state"].to_list() == ["superseded", "live", "refused"]
    assert "41" in table["notes"][2]
    assert publish(make(bundles, 41), bundles, signed_off=True).sequence == 3
    assert publish(make(bundles, 82), bundles).sequence == 4
    sign_off(bundles, first.revision)
    with pytest.raises(RefusedError):
        publish(make(bundles, 41), bundles)


def test_small_steps_do_not_walk_away_from_the_anchor(bundles, make):
    publish(make(bundles, 20), bundles)
    highest = 20
    for ticket in range(21, 60, 2):
        try:
            publish(make(bundles, ticket), bundles)
            highest = ticket
        except RefusedError:
            break
    assert highest <= 40


def test_a_candidate_built_on_something_else_is_refused(bundles, make, tmp_path):
    stale = make(bundles, 22)
    publish(make(bundles, 20), bundles)
    with pytest.raises(RefusedError, match="built to follow none"):
        publish(stale, bundles)
    foreign = tmp_path / "elsewhere"
    publish(make(foreign, 21), foreign)
    with pytest.raises(RefusedError, match="is in force"):
        publish(make(foreign, 22), bundles)


def test_a_rollback_is_old_content_that_hooks_accept(bundles, make, tmp_path):
    hook = LastGood(str(tmp_path / "state"))
    first = publish(make(bundles, 20), bundles)
    second = publish(make(bundles, 25), bundles)
    hook.load(str(bundles))
    back = rollback(bundles, first.revision)
    assert (back.sequence, back.digest) == (3, first.digest)
    found, notes = hook.load(str(bundles))
    assert (found.revision, notes) == (back.revision, ())
    assert rollback(bundles, first.revision) == back
    with pytest.raises(RefusedError, match=f"rolled back as {second.revision}"):
        publish(make(bundles, 25), bundles)
    assert publish(make(bundles, 25), bundles, signed_off=True).sequence == 4
    with pytest.raises(PolicyError, match="there is no bundle"):
        rollback(bundles, "../../etc/passwd")


def test_a_damaged_pointer_is_told_and_cured_by_a_rollback(bundles, make):
    first = publish(make(bundles, 20), bundles)
    second = publish(make(bundles, 25), bundles)
    (bundles / f"{second.revision}.json").write_bytes(b"{")
    with pytest.raises(PolicyError, match="rollback"):
        current(bundles)
    assert set(list_bundles(bundles)["state"]) == {"damaged", "unpublished"}
    back = rollback(bundles, first.revision)
    assert current(bundles) == back
    assert back.digest == first.digest


def test_an_empty_directory_has_no_bundle(bundles):
    assert current(bundles) is None
    assert list_bundles(bundles).height == 0
    assert list_bundles(bundles).schema == BUNDLES


CHILD = """
import os, signal, sys
from pathlib import Path
import msgspec
from afteraction.policy import build, choose, current, publish, rollback
directory, mode, last, card = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
steps = []
def step(name):
    steps.append(name)
    if len(steps) == last:
        os.kill(os.getpid(), signal.SIGKILL)
scorecard = msgspec.json.decode(Path(card).read_bytes())
if mode == "publish":
    publish(build(scorecard, choose(scorecard, 25), previous=current(directory)), directory, step=step)
else:
    rollback(directory, mode, step=step)
print(len(steps))
"""


def _child(bundles, mode, last, card):
    command = [sys.executable, "-c", CHILD, str(bundles), mode, str(last), str(card)]
    return subprocess.run(command, capture_output=True, check=False)


@pytest.mark.parametrize("mode", ["publish", "rollback"])
def test_killed_at_every_step_leaves_old_or_new_and_never_torn(tmp_path, card, mode):
    card_file = tmp_path / "card.json"
    card_file.write_text(json.dumps(card))
    taken, last = 0, 1
    while True:
        bundles = tmp_path / f"bundles-{last}"
        old = publish(build(card, choose(card, 20)), bundles)
        if mode == "rollback":
            first = old
            old = publish(build(card, choose(card, 30), previous=current(bundles)), bundles)
        hook = LastGood(str(tmp_path / f"state-{last}"))
        hook.load(str(bundles))
        done = _child(bundles, first.revision if mode == "rollback" else "publish", last, card_file)
        live = current(bundles)
        found, notes = hook.load(str(bundles))
        assert (found.revision, notes) == (live.revision, ())
        assert live.sequence in {old.sequence, old.sequence + 1}
        if done.returncode == 0:
            taken = int(done.stdout)
            assert live.sequence == old.sequence + 1
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        again = _child(bundles, first.revision if mode == "rollback" else "publish", 0, card_file)
        assert again.returncode == 0, again.stderr
        assert current(bundles).sequence == old.sequence + 1
        assert "unpublished" not in list_bundles(bundles)["state"].to_list()
        last += 1
    assert last == taken + 1
    assert taken == 10


def test_two_publishers_at_once_leave_one_order(bundles, card, lists):
    publish(build(card, choose(card, 20), lists=lists), bundles)
    before = current(bundles)
    outcomes = []

    def one(ticket):
        candidate = build(card, choose(card, ticket), lists=lists, previous=before)
        try:
            outcomes.append(publish(candidate, bundles).sequence)
        except RefusedError:
            outcomes.append(None)

    threads = [threading.Thread(target=one, args=(ticket,)) for ticket in range(21, 29)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(2) == 1
    assert outcomes.count(None) == 7
    assert current(bundles).sequence == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_leaves_the_old(bundles, make):
    old = publish(make(bundles), bundles)
    bundles.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        publish(make(bundles, 30), bundles)
    bundles.chmod(0o700)
    assert current(bundles) == old
