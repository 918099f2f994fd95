"""Sealing by several processes, and parts of which only some actions are new."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from afteraction.audit import Audit
from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES
from afteraction.lake import Lake, Vault
from afteraction.lake.originals import open_parts


def line(call, **more):
    base = {"session_id": "s1", "call_id": call, "tool": "read_file", "args": {"path": f"/{call}"}}
    return json.dumps(base | more)


SAID = json.dumps({"session_id": "s1", "role": "user", "text": "Read them all."})


@pytest.fixture
def audit(tmp_path):
    return Audit(tmp_path / "home")


def write(folder, name, *lines):
    file = folder / name
    file.write_text("\n".join(lines) + "\n")
    return file


def originals(audit):
    parts = Lake(audit.home).read("originals")
    return open_parts(parts, Vault(audit.home / "keys"), STORED_ACTIONS, STORED_MESSAGES)


def fingerprint_key(keys, tenant):
    return Vault(keys).fingerprint_key(tenant)


def test_processes_that_meet_a_tenant_at_once_agree_on_its_key(tmp_path):
    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        made = list(pool.map(fingerprint_key, [tmp_path / "keys"] * 8, [f"t{n // 4}" for n in range(8)]))
    assert len(set(made)) == 2
    assert set(made[:4]) == {fingerprint_key(tmp_path / "keys", "t0")}


def test_of_a_part_that_is_half_known_only_the_new_half_is_stored(audit, tmp_path):
    audit.ingest([write(tmp_path, "one.jsonl", SAID, line("a"), line("b"))])
    second = write(tmp_path, "two.jsonl", SAID, line("b"), line("c", result="found"))
    report = audit.ingest([second])
    assert (report.accepted, report.duplicate, report.messages) == (1, 1, 0)
    actions, messages = originals(audit)
    assert actions.select("tool", "args", "result").sort("args").rows() == [
        ("read_file", '{"path":"/a"}', None),
        ("read_file", '{"path":"/b"}', None),
        ("read_file", '{"path":"/c"}', "found"),
    ]
    assert messages["text"].to_list() == ["Read them all."]


def test_a_part_that_only_contradicts_is_quarantined_whole(audit, tmp_path):
    audit.ingest([write(tmp_path, "one.jsonl", line("a"), line("b"))])
    other = write(tmp_path, "two.jsonl", line("a", args={"path": "/x"}), line("b", args={"path": "/y"}))
    report = audit.ingest([other])
    assert (report.read, report.quarantined, report.reasons) == (2, 2, {"conflict": 2})
    places = Lake(audit.home).read("quarantine").sort("line").select("file", "line").rows()
    assert [(file.rpartition("/")[2], number) for file, number in places] == [
        ("two.jsonl", 1),
        ("two.jsonl", 2),
    ]
    assert originals(audit)[0]["args"].sort().to_list() == ['{"path":"/a"}', '{"path":"/b"}']


def test_parts_of_one_session_that_come_together_are_sealed_as_one(audit, tmp_path):
    files = [write(tmp_path, f"{name}.jsonl", line(name)) for name in "abc"]
    assert audit.ingest(files).accepted == 3
    assert Lake(audit.home).read("originals", columns=("action_ids",))["action_ids"].list.len().to_list() == [
        3
    ]
    assert audit.ingest(files).duplicate == 3
