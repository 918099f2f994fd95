"""The last good bundle: what is bad, older or torn never replaces it."""

import json
import os
import threading

import pytest
from afteraction_hook.store import LastGood


@pytest.fixture
def store(tmp_path):
    return lambda: LastGood(str(tmp_path / "state"))


def test_the_newest_sound_bundle_is_kept_over_a_start(put, make_document, store):
    home = put(make_document())
    first, notes = store().load(str(home / "bundles"))
    assert notes == ()
    (home / "bundles" / "current").unlink()
    kept, notes = store().load(str(home / "bundles"))
    assert kept.revision == first.revision
    assert notes[0].reason == "bundle:kept-last-good"


@pytest.mark.parametrize(
    "bad", ["torn", "changed", "older", "same sequence", "gone", "pointer", "other revision", "not json"]
)
def test_a_bad_bundle_keeps_the_last_good_one_and_says_so(put, make_document, store, bad):
    good = make_document(sequence=5)
    home = put(good)
    path = str(home / "bundles" / "current")
    kept, _ = store().load(path)
    newer = make_document(sequence=6, rules=[])
    file = home / "bundles" / f"{newer['revision']}.json"
    if bad == "older":
        put(make_document(sequence=4, rules=[]))
    elif bad == "same sequence":
        put(make_document(sequence=5, rules=[]))
    else:
        put(newer)
    if bad == "torn":
        file.write_bytes(file.read_bytes()[:900])
    elif bad == "changed":
        file.write_text(file.read_text().replace('"points": 9,', '"points": 99,'))
    elif bad == "gone":
        file.unlink()
    elif bad == "pointer":
        (home / "bundles" / "current").write_text("b../../etc/passwd\n")
    elif bad == "other revision":
        file.write_text(json.dumps(make_document(sequence=7)))
    elif bad == "not json":
        file.write_bytes(os.urandom(500))
    for found, notes in (store().load(path), store().load(path)):
        assert found.revision == kept.revision == good["revision"]
        assert [note.reason for note in notes] == ["bundle:kept-last-good"]


def test_a_rollback_is_old_content_under_a_new_sequence(put, make_document, store):
    store().load(str(put(make_document(sequence=1)) / "bundles"))
    store().load(str(put(make_document(sequence=2, rules=[])) / "bundles"))
    found, notes = store().load(str(put(make_document(sequence=3)) / "bundles"))
    assert (found.sequence, notes) == (3, ())


def test_a_torn_seal_or_copy_only_costs_the_check(put, make_document, store, tmp_path):
    home = put(make_document(sequence=2))
    store().load(str(home / "bundles"))
    (tmp_path / "state" / "last-good.seal").write_bytes(b"{")
    found, notes = store().load(str(home / "bundles"))
    assert (found.sequence, notes) == (2, ())
    (tmp_path / "state" / "last-good.json").write_bytes(b"{")
    found, notes = store().load(str(home / "bundles"))
    assert (found.sequence, notes) == (2, ())
    assert json.loads((tmp_path / "state" / "last-good.json").read_text())["sequence"] == 2


def test_without_anything_there_is_no_bundle(tmp_path, store):
    found, notes = store().load(str(tmp_path / "nowhere"))
    assert found is None
    assert notes[0].reason == "bundle:absent"
    (tmp_path / "bad").write_text("{}")
    found, notes = store().load(str(tmp_path / "bad"))
    assert found is None
    assert notes[0].reason == "bundle:bad"


def test_a_state_that_cannot_be_written_is_reported_and_judges_on(put, make_document, tmp_path):
    home = put(make_document())
    (tmp_path / "file").write_text("")
    found, notes = LastGood(str(tmp_path / "file" / "state")).load(str(home / "bundles"))
    assert found is not None
    assert notes[0].reason == "bundle:not-kept"


def test_many_at_once_keep_the_newest(put, make_document, tmp_path, store):
    paths = []
    for sequence in (1, 2, 3):
        found = make_document(
            sequence=sequence, rules=[{"id": f"r{sequence}", "decision": "deny", "tool": "x"}]
        )
        home = put(found)
        paths.append(str(home / "bundles" / f"{found['revision']}.json"))
    threads = [threading.Thread(target=lambda path=path: store().load(path)) for path in paths * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads((tmp_path / "state" / "last-good.json").read_text())["sequence"] == 3


def test_in_memory_an_older_one_is_refused_too(put, make_document):
    store = LastGood(None)
    store.load(str(put(make_document(sequence=3)) / "bundles"))
    found, notes = store.load(str(put(make_document(sequence=2)) / "bundles"))
    assert found.sequence == 3
    assert notes[0].reason == "bundle:kept-last-good"
