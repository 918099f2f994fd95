"""One order per session, whatever the source gave."""

from __future__ import annotations

from afteraction.audit.frames import session_batch
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place

PLACE = Place("f.jsonl", 1, 0, "0" * 64)


def act(call, position, **more):
    base = {
        "tenant": "t",
        "source_system": "s",
        "session_id": "a",
        "tool": "read",
        "args": "{}",
        "place": PLACE,
    }
    return Action(call=call, position=position, **(base | more))


def say(position, text, role="user", **more):
    return Message(
        tenant="t",
        source_system="s",
        session_id="a",
        position=position,
        role=role,
        text=text,
        place=PLACE,
        **more,
    )


def test_chat_calls_of_one_message_share_a_position_and_keep_their_order():
    batch = session_batch(
        [
            act("c1", 2, result="x", result_position=3),
            act("c2", 2, result="y", result_position=4),
            act("c3", 5),
        ],
        [say(0, "sys", "system"), say(1, "do"), say(2, "", "assistant")],
    )
    assert batch.actions["seq"].to_list() == [0, 1, 2]
    first, second, third = batch.actions["position"]
    assert first == second < third
    assert batch.actions["result_position"].to_list()[2] is None
    assert batch.actions["result_position"][0] < batch.actions["result_position"][1] < third
    assert batch.messages["position"][2] == first


def test_timed_sessions_are_ordered_by_time_not_by_arrival():
    batch = session_batch(
        [act("late", 1, event_time=200, tool="b"), act("early", 2, event_time=100, tool="a")], []
    )
    assert batch.actions["tool"].to_list() == ["a", "b"]
    assert batch.actions["event_date"].to_list() == ["1970-01-01"] * 2


def test_a_result_of_an_earlier_line_comes_before_the_next_call():
    batch = session_batch([act("1", 1, result="r", event_time=5), act("2", 2, result="q", event_time=5)], [])
    assert batch.actions["result_position"][0] < batch.actions["position"][1]


def test_seq_counts_each_agent_apart():
    batch = session_batch(
        [act("1", 1, agent_id="a"), act("2", 2, agent_id="b"), act("3", 3, agent_id="a")], []
    )
    assert batch.actions["seq"].to_list() == [0, 0, 1]


def test_nothing_gives_empty_frames_with_all_columns():
    batch = session_batch([], [])
    assert batch.actions.height == 0
    assert "seq" in batch.actions.columns
    assert "position" in batch.messages.columns


def test_same_action_in_two_sessions_has_two_ids():
    batch = session_batch([act("1", 1), act("1", 1, session_id="b")], [])
    assert batch.actions["action_id"].n_unique() == 2
    assert batch.actions["event_date"].to_list() == ["undated", "undated"]
