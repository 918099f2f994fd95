"""Chat-shaped formats: calls keep their order, results find their calls, and no call is lost."""

import json

from afteraction.ingest import plan, read_part
from afteraction.records.settings import Settings


def items(tmp_path, *records):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    chunks = [chunk for part in plan([path], Settings()) for chunk in read_part(part, Settings())]
    assert not [row for chunk in chunks for row in chunk.quarantined]
    return [action for c in chunks for action in c.actions], [
        message for c in chunks for message in c.messages
    ]


def chat(*messages, **members):
    return {"session_id": "s", "messages": list(messages), **members}


def asked(*calls, **members):
    return {"role": "assistant", "tool_calls": list(calls), **members}


def call(call_id, tool="t", arguments="{}"):
    return {"id": call_id, "type": "function", "function": {"name": tool, "arguments": arguments}}


def reply(call_id, content="r", **members):
    return {"role": "tool", "tool_call_id": call_id, "content": content, **members}


def test_calls_of_one_message_share_its_position(tmp_path):
    actions, messages = items(
        tmp_path,
        chat(
            {"role": "user", "content": "go"}, asked(call("a"), call("b")), reply("b", "rb"), reply("a", "ra")
        ),
    )
    assert [(a.call, a.position, a.result, a.result_position) for a in actions] == [
        ("a", 1, "ra", 3),
        ("b", 1, "rb", 2),
    ]
    assert [(m.role, m.position) for m in messages] == [("user", 0)]


def test_repeated_ids_keep_every_call_and_answer_in_order(tmp_path):
    actions, _ = items(
        tmp_path,
        chat(
            asked(call("x")), reply("x", "1"), asked(call("x")), reply("x", "2"), asked(call("x"), call("x"))
        ),
    )
    assert [action.call for action in actions] == ["x", "x#2", "x#3", "x#4"]
    assert [action.result for action in actions] == ["1", "2", None, None]
    assert [action.status for action in actions] == ["ok", "ok", "pending", "pending"]


def test_a_made_up_suffix_never_takes_a_real_id(tmp_path):
    actions, _ = items(tmp_path, chat(asked(call("x#2"), call("x"), call("x"))))
    assert len({action.call for action in actions}) == 3


def test_without_ids_results_follow_the_order_of_calls(tmp_path):
    actions, _ = items(
        tmp_path,
        chat(asked(call(None, "a"), call(None, "b")), reply(None, "1"), {"role": "tool", "content": "2"}),
    )
    assert [(action.tool, action.result) for action in actions] == [("a", "1"), ("b", "2")]
    assert [action.call for action in actions] == ["@0.0", "@0.1"]


def test_a_reply_to_no_call_changes_nothing(tmp_path):
    actions, _ = items(tmp_path, chat(asked(call("a")), reply("other")))
    assert [(action.status, action.result) for action in actions] == [("pending", None)]


def test_errors_are_part_of_the_result(tmp_path):
    actions, _ = items(tmp_path, chat(asked(call("a")), reply("a", "", error="no such file")))
    assert [(action.status, action.result) for action in actions] == [("error", "no such file")]


def test_arguments_as_object_string_or_text(tmp_path):
    actions, _ = items(
        tmp_path,
        chat(
            asked(
                call("1", arguments={"b": 1.0, "a": "é"}),
                call("2", arguments='{ "b": 1.0,\n "a": "\\u00e9" }'),
                call("3", arguments="ls -la"),
                call("4", arguments=""),
                call("5", arguments="[1, 2]"),
                call("6", arguments=None),
                call("7", arguments='{"a": tru'),
            )
        ),
    )
    assert [action.args for action in actions] == [
        '{"b":1.0,"a":"é"}',
        '{"b":1.0,"a":"é"}',
        "ls -la",
        None,
        "[1,2]",
        None,
        '{"a": tru',
    ]
    assert [bool(action.unscorable) for action in actions] == [False, False, False, True, False, True, True]


def test_a_call_that_is_no_object_still_counts(tmp_path):
    actions, _ = items(tmp_path, chat(asked(call("a"), "nonsense", call("b"))))
    assert [action.tool for action in actions] == ["t", "(no name)", "t"]
    assert actions[1].unscorable


def test_legacy_function_calls_and_custom_tools(tmp_path):
    actions, _ = items(
        tmp_path,
        chat(
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": '{"a":1}'}},
            {"role": "function", "name": "f", "content": "1"},
            asked({"id": "c", "type": "custom", "custom": {"name": "shell", "input": "ls"}}),
        ),
    )
    assert [(a.tool, a.args, a.result) for a in actions] == [("f", '{"a":1}', "1"), ("shell", "ls", None)]


def test_who_and_when(tmp_path):
    actions, messages = items(
        tmp_path,
        chat(
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {**asked(call("a")), "timestamp": "2026-11-20T10:00:00Z"},
            {**reply("a"), "timestamp": 1795168801},
            agent_id="agent",
            tenant="acme",
            on_behalf_of="alice@example.com",
            model="m",
        ),
    )
    (action,) = actions
    assert (action.agent_id, action.tenant, action.on_behalf_of, action.model) == (
        "agent",
        "acme",
        "alice@example.com",
        "m",
    )
    assert action.event_time == 1795168800_000000
    assert action.result_time == 1795168801_000000
    assert [(m.role, m.text, m.event_time) for m in messages] == [("system", "Be kind.", None)]


def test_agentdojo_counts_every_call_and_reads_no_answers(tmp_path):
    run = {
        "injections": {"x": "SECRET-INJECTION"},
        "security": True,
        "utility": False,
        "pipeline_name": "model-a",
        "messages": [
            {"role": "system", "content": [{"type": "text", "content": "You help."}]},
            asked({"function": "a", "args": {"n": 1}, "id": None, "placeholder_args": None}, content=None),
            {
                "role": "tool",
                "content": [{"type": "text", "content": "one"}],
                "tool_call_id": None,
                "error": None,
            },
            asked(
                {"function": "b", "args": {}, "id": None},
                {"function": "c", "args": {}, "id": "z"},
                content=None,
            ),
            {"role": "tool", "content": "", "tool_call_id": "z", "error": "ValidationError"},
        ],
    }
    actions, messages = items(tmp_path, {"run_id": "m/suite/user_task_0/none", "run": run})
    assert [(a.tool, a.status, a.result) for a in actions] == [
        ("a", "ok", "one"),
        ("b", "pending", None),
        ("c", "error", "ValidationError"),
    ]
    assert {a.session_id for a in actions} == {"m/suite/user_task_0/none"}
    assert [m.text for m in messages] == ["You help."]
    assert "SECRET-INJECTION" not in repr((actions, messages))


def test_anthropic_messages_with_a_logged_response(tmp_path):
    actions, messages = items(
        tmp_path,
        {
            "session_id": "s",
            "system": [{"type": "text", "text": "You help."}],
            "metadata": {"user_id": "u1"},
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Go."}]}],
            "response": {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "tool_use", "id": "t1", "name": "read", "input": {}},
                ],
            },
        },
    )
    assert [(a.tool, a.args, a.status, a.on_behalf_of, a.position) for a in actions] == [
        ("read", "{}", "pending", "u1", 2)
    ]
    assert [(m.role, m.text) for m in messages] == [("system", "You help."), ("user", "Go.")]
