"""Batches hold whole sessions and about as many actions as asked for, however the lake's files lie."""

from __future__ import annotations

import json

import pytest

from afteraction.audit import Audit
from afteraction.audit.backlog import batches, waiting
from afteraction.lake import Lake


def _lines(sessions: int, calls: int) -> str:
    return "".join(json.dumps(_line(one, call)) + "\n" for one in range(sessions) for call in range(calls))


def _line(one: int, call: int) -> dict[str, object]:
    args = {"path": f"/{one}/{call}"}
    return {"session_id": f"s{one}", "tool": "read_file", "call_id": f"c{call}", "time": 1e9, "args": args}


@pytest.mark.parametrize(("size", "most"), [(10, 15), (25, 30), (40, 45), (1000, 200)])
def test_one_file_is_cut_into_batches_of_whole_sessions(tmp_path, size, most):
    log = tmp_path / "log.jsonl"
    log.write_text(_lines(sessions=40, calls=5))
    Audit(tmp_path / "home").ingest([log])
    home, lake = tmp_path / "home", Lake(tmp_path / "home")
    made = list(batches(lake, waiting(home, lake), size))
    counts = [int(one["action_ids"].list.len().sum()) for one in made]
    assert sum(counts) == 200
    assert max(counts) <= most
    keys = [key for one in made for key in set(one["session_key"])]
    assert len(keys) == len(set(keys)) == 40
