"""Appending, reading back, proving; the layout is that of C2SP tlog-tiles."""

from __future__ import annotations

import base64
import hashlib
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from afteraction.ledger import (
    EntryError,
    Ledger,
    LedgerError,
    PublicKey,
    manifest_problems,
    merkle,
    partition_changes,
    partition_entry,
)
from afteraction.ledger.note import check
from afteraction.ledger.tiles import depth, tile_path, widths
from afteraction.records.tables import LEDGER_CHECKPOINTS


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger", tmp_path / "keys/ledger.ed25519")


def rows(count, start=0):
    return [{"kind": "row", "key": str(number)} for number in range(start, start + count)]


def test_nothing_recorded_is_not_a_pass(ledger):
    assert not ledger.verify().ok
    assert ledger.head() is None
    assert ledger.checkpoints().schema == pl.Schema(LEDGER_CHECKPOINTS)


def test_append_of_nothing_signs_the_empty_tree(ledger):
    checkpoint = ledger.append([])
    assert (checkpoint.size, checkpoint.root) == (0, hashlib.sha256(b"").digest())
    assert ledger.verify().ok


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(0, 300), min_size=1, max_size=4))
def test_any_split_of_appends_gives_the_oracles_root(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("split")
    ledger = Ledger(folder / "ledger", folder / "key")
    total = 0
    for part in parts:
        head = ledger.append(rows(part, total))
        total += part
    oracle = InmemoryTree(algorithm="sha256")
    oracle.append_entries([f'{{"key":"{number}","kind":"row"}}'.encode() for number in range(total)])
    assert head.size == total
    assert head.root == (oracle.get_root() if total else merkle.EMPTY_ROOT)
    assert ledger.verify().ok
    assert len(list(ledger.entries())) == total


def test_layout_of_70000_entries(ledger):
    """The example of the tlog-tiles specification, and its path example."""
    assert list(widths(0, 70_000))[-1] == (273, 112)
    assert list(widths(1, 70_000)) == [(0, 256), (1, 17)]
    assert list(widths(2, 70_000)) == [(0, 1)]
    assert depth(70_000) == 3
    assert tile_path("entries", 1_234_067) == "tile/entries/x001/x234/067"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    ledger.append(rows(69_000))
    ledger.append(rows(1_000, 69_000))
    for path in ("0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1", "entries/273.p/112"):
        assert (ledger.directory / "tile" / path).is_file()
    assert not (ledger.directory / "tile/0/269.p").exists()
    assert ledger.verify().ok
    proof = ledger.inclusion_proof(68_999)
    leaf = merkle.leaf_hashes([b'{"key":"68999","kind":"row"}'])[0]
    assert merkle.includes(leaf, 68_999, 70_000, proof.path, ledger.head().root)


def test_proofs_between_all_checkpoints(ledger):
    heads = [ledger.append(rows(part, part)) for part in (1, 2, 254, 255, 256, 257)]
    for new in heads:
        for index in (0, new.size // 2, new.size - 1):
            proof = ledger.inclusion_proof(index, new.size)
            raw = list(ledger.entries())[index]
            assert merkle.includes(merkle.leaf_hashes([raw])[0], index, new.size, proof.path, new.root)
        for old in heads:
            if old.size <= new.size:
                path = ledger.consistency_proof(old.size, new.size)
                assert merkle.extends(old.size, old.root, new.size, new.root, path)
    with pytest.raises(ValueError, match="expected 0 to"):
        ledger.inclusion_proof(0, 5000)


def test_append_once_adds_only_what_is_new(ledger):
    first = [
        partition_entry("actions", f"2026-11-{day:02d}", rows=day, digest="0" * 64, version=1)
        for day in range(1, 9)
    ]
    assert ledger.append_once(first).size == 8
    assert ledger.append_once(first).size == 8
    reopened = Ledger(ledger.directory, ledger._key_path)
    assert reopened.append_once([*first, *first]).size == 8
    changed = partition_entry("actions", "2026-11-03", rows=9, digest="1" * 64, version=2)
    assert reopened.append_once([changed]).size == 9
    assert ledger.append_once([first[2]]).size == 10, "going back to an older state is a change"
    assert ledger.latest("partition")["actions/2026-11-03"]["version"] == 1
    assert len(ledger.latest("partition")) == 8


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "x", "key": "y", "value": float("nan")},
        {"kind": "x", "key": "y", "value": 2**60},
        {"kind": "x", "key": "\ud800"},
        {"kind": "x", "key": "y" * 70_000},
        {"kind": "x", "key": "y", "value": {1, 2}},
        {"kind": "x"},
        {"kind": "x", "key": 7},
    ],
)
def test_what_has_no_canonical_form_or_name_is_refused_before_anything_is_written(ledger, bad):
    ledger.append_once(rows(3))
    with pytest.raises(EntryError):
        ledger.append_once([*rows(2, 10), bad])
    assert ledger.head().size == 3


@settings(max_examples=25, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.lists
    )
)
def test_any_text_comes_back_as_it_was(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("text")
    ledger = Ledger(folder / "ledger", folder / "key")
    ledger.append_once([{"kind": "x", "key": "../\n\u202e", "value": value}])
    assert ledger.latest("x")["../\n\u202e"]["value"] == value
    assert ledger.verify().ok


def test_checkpoint_is_a_signed_note_that_others_can_check(ledger):
    note = ledger.append(rows(3)).note
    text, _, signatures = note.decode().rpartition("\n\n")
    body = (text + "\n").encode()
    dash, name, encoded = signatures.rstrip("\n").split(" ")
    raw = base64.b64decode(encoded)
    vkey = ledger.public_key.text
    public = base64.b64decode(vkey.split("+", 2)[2])
    assert dash == "\u2014"
    assert (name, *body.decode().split("\n")[:2]) == (
        "afteraction.local/ledger",
        "afteraction.local/ledger",
        "3",
    )
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], body)
    assert check(note, PublicKey.parse(vkey)).size == 3


def test_signatures_of_others_are_ignored_and_a_false_one_of_ours_is_not(ledger):
    note = ledger.append(rows(3)).note
    witness = "\u2014 witness.example/w1 " + base64.b64encode(b"\x00" * 68).decode() + "\n"
    assert check(note + witness.encode(), ledger.public_key).size == 3
    ours = (
        f"\u2014 {ledger.origin} ".encode() + base64.b64encode(ledger.public_key.key_id + bytes(64)) + b"\n"
    )
    with pytest.raises(LedgerError, match="does not hold"):
        check(note + ours, ledger.public_key)


@pytest.mark.parametrize(
    "note", [b"", b"\n", b"\xff\n\n", b"a\n1\n", b"a\n01\nAA==\nsigned-at x\n\n\xe2\x80\x94 a AAAAAAA=\n"]
)
def test_notes_that_are_not_checkpoints_are_refused(ledger, note):
    with pytest.raises(LedgerError):
        check(note, ledger.public_key)
    with pytest.raises(LedgerError):
        PublicKey.parse("nothing")


def test_key_is_private_and_stays_the_same(ledger, tmp_path):
    ledger.append(rows(1))
    file = tmp_path / "keys/ledger.ed25519"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_bytes()
    Ledger(tmp_path / "ledger", file).append(rows(1, 1))
    assert file.read_bytes() == before
    assert [found.name for found in file.parent.iterdir()] == ["ledger.ed25519"]


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_origin_must_fit_a_signature_line(tmp_path, origin):
    with pytest.raises(LedgerError):
        Ledger(tmp_path, tmp_path / "key", origin=origin)


def test_another_origin_is_another_ledger(ledger):
    ledger.append(rows(1))
    assert not Ledger(ledger.directory, ledger._key_path, origin="example.com/log").verify().ok


def test_checkpoints_frame_holds_every_signed_head(tmp_path):
    at = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
    ledger = Ledger(tmp_path / "ledger", tmp_path / "key", now=lambda: at)
    ledger.append(rows(2))
    ledger.append(rows(1, 2))
    frame = ledger.checkpoints()
    assert frame.schema == pl.Schema(LEDGER_CHECKPOINTS)
    assert frame["size"].to_list() == [0, 2, 3]
    assert frame["signed_at"].to_list() == [at] * 3
    assert "2026-11-01 10:00:00 UTC" in ledger.verify().sentence


def test_threads_and_processes_take_turns(tmp_path):
    script = (
        "import sys; from pathlib import Path; from afteraction.ledger import Ledger\n"
        "home, name = Path(sys.argv[1]), sys.argv[2]\n"
        "ledger = Ledger(home / 'ledger', home / 'key')\n"
        "for n in map(str, range(10)):\n"
        "    ledger.append_once([{'kind': name, 'key': n}, {'kind': 'both', 'key': n}])\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "ab"]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda n: Ledger(tmp_path / "ledger", tmp_path / "key").append_once(rows(1, n)), range(20)
            )
        )
    assert [process.wait() for process in started] == [0, 0]
    verification = Ledger(tmp_path / "ledger", tmp_path / "key").verify()
    assert verification.kinds == {"a": 10, "b": 10, "both": 10, "row": 20}
    assert verification.ok


def test_removed_partitions_are_recorded_as_such():
    kept = partition_entry("t", "a", rows=1, digest="1" * 64, version=1)
    gone = partition_entry("t", "b", rows=0, digest=None, version=2)
    recorded = {entry["key"]: entry for entry in (kept, gone)}
    assert manifest_problems(recorded, {"t": {"a": "1" * 64}}) == ()
    assert manifest_problems(recorded, {"t": {"a": "2" * 64, "b": "3" * 64}}) == (
        "t/a is not what the ledger recorded",
        "t/b is in the data and not in the ledger",
    )
    assert manifest_problems(recorded, {}) == ("t/a is in the ledger and not in the data",)


def test_only_partitions_that_changed_are_recorded(ledger):
    def record(version, found):
        changes = partition_changes(ledger.latest("partition"), {"t": found}, {"t": version})
        size = ledger.append_once(changes).size
        assert manifest_problems(ledger.latest("partition"), {"t": found}) == ()
        return size

    assert record(1, {"a": "1", "b": "2"}) == 2
    assert record(9, {"a": "1", "b": "2"}) == 2
    assert record(10, {"a": "1", "b": "3"}) == 3
    assert record(11, {"a": "1"}) == 4
    assert record(12, {"a": "1"}) == 4
    assert record(13, {"a": "1", "b": "3"}) == 5
    assert partition_changes(ledger.latest("partition"), {}, {}) == []
