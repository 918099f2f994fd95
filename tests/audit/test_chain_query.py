"""Every hop of a chain is found from any of its actions."""

from __future__ import annotations

import json

import pytest

from afteraction.audit import Audit
from afteraction.audit.chain_query import chains_of
from afteraction.lake import NotPublishedError, query

CODE = "copper lantern seven orchard under the quiet bridge"


def line(session, tool, args, at, result):
    base = {"session_id": session, "call_id": tool, "tool": tool, "args": args, "result": result}
    return json.dumps(base | {"time": f"2026-11-03T{at}:00Z"})


def hop(session, hour, source, target):
    return [
        line(session, "get_note", {"note_id": source}, f"{hour}:00", CODE),
        line(session, "update_note", {"note_id": target, "content": CODE}, f"{hour}:30", "saved"),
    ]


def test_all_hops_are_found_from_any_action_of_the_chain(tmp_path):
    home, log = tmp_path / "home", tmp_path / "a.jsonl"
    rows = [*hop("a", 10, "N-1", "N-2"), *hop("b", 11, "N-2", "N-3"), *hop("c", 12, "N-3", "N-4")]
    log.write_text("\n".join(rows))
    Audit(home).run([log])
    ids = dict(query(home, "SELECT session_id || ' ' || tool, action_id FROM actions").iter_rows())
    for name, action in ids.items():
        hops = chains_of(home, action)
        assert hops["place"].to_list() == ["N-2", "N-3"], name
    assert chains_of(home, "act_unknown").is_empty()


def test_it_says_when_there_was_no_audit_yet(tmp_path):
    with pytest.raises(NotPublishedError):
        chains_of(tmp_path, "act_1")
