"""Claude Code: transcripts with forks and subagents, and the events of its telemetry."""

import dataclasses
import json

import pytest
from read_items import items

from afteraction.ingest import plan, read_part
from afteraction.ingest.reading import _Reading
from afteraction.ingest.registry import readers
from afteraction.ingest.strict_json import Refused
from afteraction.records.settings import Settings

# --- transcripts


def said(kind, content, **members):
    message = {"role": kind, "content": content}
    if "message_id" in members:
        message["id"] = members.pop("message_id")
    return {"type": kind, "uuid": members.pop("uuid", "u"), "sessionId": "s", "message": message, **members}


def used(call_id, tool="Bash", **given):
    return {"type": "tool_use", "id": call_id, "name": tool, "input": given}


def result(call_id, content="ok", **members):
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **members}


def test_forks_and_resumes_repeat_lines_that_count_once(tmp_path):
    lines = [
        said("user", "Go.", uuid="u1"),
        said("assistant", [used("t1", command="ls")], message_id="m1", uuid="u2"),
        said("user", [result("t1")], uuid="u3"),
    ]
    actions, messages = items(tmp_path, *lines, *lines)
    assert [(a.call, a.status) for a in actions] == [("t1", "ok")]
    assert [m.text for m in messages] == ["Go."]


def test_the_same_words_twice_are_two_messages(tmp_path):
    _, messages = items(tmp_path, said("user", "again", uuid="u1"), said("user", "again", uuid="u2"))
    assert len(messages) == 2


def test_subagents_are_agents_of_the_same_session(tmp_path):
    actions, messages = items(
        tmp_path,
        said("user", "Look around.", isSidechain=True, agentId="a1", uuid="u1"),
        said("assistant", [used("t1")], message_id="m1", isSidechain=True, agentId="a1"),
        said("assistant", [used("t2")], message_id="m2"),
    )
    assert [a.agent_id for a in actions] == ["claude-code/a1", "claude-code"]
    assert [m.role for m in messages] == ["assistant"]


def test_whose_words_a_transcript_line_holds(tmp_path):
    _, messages = items(
        tmp_path,
        said("user", "Person.", uuid="u1"),
        said("user", "Caveat.", uuid="u2", isMeta=True),
        said("user", "Summary.", uuid="u3", isCompactSummary=True),
        said(
            "assistant",
            [{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "Model."}],
            uuid="u4",
        ),
    )
    assert [(m.role, m.text) for m in messages] == [
        ("user", "Person."),
        ("system", "Caveat."),
        ("assistant", "Summary."),
        ("assistant", "Model."),
    ]


def test_results_of_blocks_and_errors(tmp_path):
    actions, _ = items(
        tmp_path,
        said("assistant", [used("t1"), used("t2")], message_id="m1"),
        said(
            "user",
            [result("t2", [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], is_error=True)],
        ),
    )
    assert {(a.call, a.status, a.result) for a in actions} == {
        ("t1", "pending", None),
        ("t2", "error", "a\nb"),
    }


def test_an_unknown_transcript_type_is_quarantined(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(
        json.dumps(said("user", "x")) + '\n{"type":"summary","summary":"s"}\n{"type":"from-tomorrow"}\n'
    )
    chunks = [chunk for part in plan([path], Settings()) for chunk in read_part(part, Settings())]
    assert [(row.code, row.place.line) for chunk in chunks for row in chunk.quarantined] == [
        ("unknown_record", 3)
    ]


def test_a_refused_record_keeps_the_calls_that_it_answered(tmp_path):
    path = tmp_path / "log.jsonl"
    answer = said("user", [result("t1"), {**result("t2"), "tool_use_id": "t2"}])
    lines = [said("assistant", [used("t1")], message_id="m1"), answer]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    reader = readers()["claude_code"]
    broken = dataclasses.replace(
        reader, read=lambda record, context: _then_refuse(reader.read(record, context))
    )
    reading = _Reading(plan([path], Settings())[0], Settings())
    reading._reader = broken
    (chunk,) = reading.chunks()
    assert [action.call for action in chunk.actions] == ["t1"]
    assert len(chunk.quarantined) == 2


def _then_refuse(items):
    yield from items
    raise Refused("wrong_type", "after the items")


# --- events


def told(event, **members):
    own = {
        "session.id": "s",
        "tool_name": "Bash",
        **{key.replace("__", "."): value for key, value in members.items()},
    }
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in own.items()]
    log = {
        "timeUnixNano": "1780000002000000000",
        "body": {"stringValue": f"claude_code.{event}"},
        "attributes": pairs,
    }
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}


@pytest.mark.parametrize(
    ("decision", "source", "approval"),
    [("accept", "user_temporary", "approved"), ("accept", "hook", "approved"), ("accept", "config", None)],
)
def test_a_decision_joins_its_result(tmp_path, decision, source, approval):
    (action,), _ = items(
        tmp_path,
        told("tool_decision", tool_use_id="t1", decision=decision, source=source),
        told(
            "tool_result", tool_use_id="t1", success="true", duration_ms="1500", tool_input='{"command":"ls"}'
        ),
    )
    assert (action.call, action.approval, action.status, action.args) == (
        "t1",
        approval,
        "ok",
        '{"command":"ls"}',
    )
    assert (action.event_time, action.result_time) == (1780000000_500000, 1780000002_000000)


def test_a_refused_call_is_a_denied_action_whose_arguments_nobody_logged(tmp_path):
    (action,), _ = items(
        tmp_path, told("tool_decision", tool_use_id="t1", decision="reject", source="user_reject")
    )
    assert (action.approval, action.status) == ("denied", "denied")
    assert action.unscorable


def test_events_without_call_ids_count_each_result_once(tmp_path):
    result = {
        "success": "false",
        "error": "boom",
        "decision_type": "accept",
        "decision_source": "user_permanent",
    }
    actions, _ = items(
        tmp_path,
        told("tool_decision", decision="accept", source="user_permanent"),
        told("tool_result", event__sequence="4", tool_parameters='{"full_command":"ls"}', **result),
        told("tool_result", event__sequence="5", **result),
    )
    assert [(a.status, a.result, a.approval, a.args) for a in actions] == [
        ("error", "boom", "approved", '{"command":"ls"}'),
        ("error", "boom", "approved", None),
    ]
    assert len({action.call for action in actions}) == 2


def test_arguments_that_the_client_cut_are_unscorable(tmp_path):
    (action,), _ = items(
        tmp_path, told("tool_result", tool_input=json.dumps({"command": "x" * 512}), success="true")
    )
    assert action.unscorable


def test_prompts_are_the_words_of_the_person_unless_redacted(tmp_path):
    _, messages = items(tmp_path, told("user_prompt", prompt="Go."), told("user_prompt", prompt="<REDACTED>"))
    assert [(m.role, m.text) for m in messages] == [("user", "Go.")]
