"""Formats that log spans, events and pairs of records: what waits is joined, what repeats counts once."""

import base64
import json

import pytest
from read_items import items

# --- OTLP


def span(
    name, span_id, parent=None, trace="t", times=("1780000000000000000", "1780000001000000000"), **attributes
):
    return {
        "traceId": trace,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": "SPAN_KIND_INTERNAL",
        "startTimeUnixNano": times[0],
        "endTimeUnixNano": times[1],
        "attributes": [{"key": key.replace("__", "."), "value": value} for key, value in attributes.items()],
    }


def export(*spans):
    service = {"key": "service.name", "value": {"stringValue": "svc"}}
    return {
        "resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [{"spans": list(spans)}]}]
    }


def word(text):
    return {"stringValue": text}


def test_a_tool_span_takes_session_agent_and_person_from_its_parents(tmp_path):
    (action,), _ = items(
        tmp_path,
        export(
            span("execute_tool t", "c", "b", gen_ai__tool__call__arguments=word('{"a":1}')),
            span("chat m", "b", "a", gen_ai__request__model=word("m")),
            span(
                "invoke_agent x",
                "a",
                gen_ai__agent__name=word("x"),
                gen_ai__conversation__id=word("conv"),
                enduser__id=word("alice"),
            ),
        ),
    )
    assert (action.session_id, action.agent_id, action.on_behalf_of, action.model) == (
        "conv",
        "x",
        "alice",
        "m",
    )
    assert (action.event_time, action.result_time) == (1780000000_000000, 1780000001_000000)
    assert action.call == "c"


def test_without_parents_the_trace_and_the_service_name_it(tmp_path):
    (action,), _ = items(tmp_path, export(span("execute_tool t", "c", "gone")))
    assert (action.session_id, action.agent_id, action.tool) == ("t", "svc", "t")
    assert action.unscorable


def test_parents_in_a_circle_end(tmp_path):
    actions, _ = items(tmp_path, export(span("execute_tool t", "a", "b"), span("execute_tool u", "b", "a")))
    assert len(actions) == 2


def test_structured_arguments_and_integers_as_strings(tmp_path):
    value = {
        "kvlistValue": {
            "values": [
                {"key": "n", "value": {"intValue": "3"}},
                {
                    "key": "list",
                    "value": {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 0.5}]}},
                },
            ]
        }
    }
    (action,), _ = items(tmp_path, export(span("execute_tool t", "a", gen_ai__tool__call__arguments=value)))
    assert action.args == '{"n":3,"list":[true,0.5]}'


def test_repeated_conversation_history_counts_once(tmp_path):
    def history(*texts):
        return word(
            json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]} for text in texts])
        )

    _, messages = items(
        tmp_path,
        export(
            span(
                "chat m",
                "a",
                gen_ai__input__messages=history("one"),
                gen_ai__system_instructions=word("Be kind."),
            ),
            span("chat m", "b", gen_ai__input__messages=history("one", "two")),
        ),
    )
    assert [(m.role, m.text) for m in messages] == [("system", "Be kind."), ("user", "one"), ("user", "two")]


def test_exports_without_spans_are_harmless(tmp_path):
    assert items(tmp_path, {"resourceLogs": []}, {"resourceMetrics": []}, export()) == ([], [])


# --- OpenAI


def test_agents_sdk_children_come_before_their_agents(tmp_path):
    def sdk(span_id, parent, **data):
        return {
            "object": "trace.span",
            "id": span_id,
            "trace_id": "t",
            "parent_id": parent,
            "span_data": data,
        }

    actions, messages = items(
        tmp_path,
        {
            **sdk("f", "a", type="function", name="send", input='{"to":"x"}', output="no"),
            "error": {"message": "m"},
        },
        sdk("g", "a", type="generation", input=[{"role": "user", "content": "Go."}]),
        sdk("a", None, type="agent", name="mailer"),
        {"object": "trace", "id": "t", "workflow_name": "w", "group_id": "thread"},
    )
    (action,) = actions
    assert (action.session_id, action.agent_id, action.status, action.result) == (
        "thread",
        "mailer",
        "error",
        "no",
    )
    assert [(m.session_id, m.text) for m in messages] == [("thread", "Go.")]


def test_responses_of_one_chain_are_one_session(tmp_path):
    def response(own, before, *output):
        return {"object": "response", "id": own, "previous_response_id": before, "output": list(output)}

    one = {"type": "function_call", "call_id": "c1", "name": "t", "arguments": "{}"}
    two = {"type": "function_call", "call_id": "c2", "name": "t", "arguments": "{}"}
    actions, _ = items(tmp_path, response("r1", None, one), response("r2", "r1", two), response("r3", "r2"))
    assert {(a.session_id, a.call) for a in actions} == {("r1", "c1"), ("r1", "c2")}


@pytest.mark.parametrize(("approve", "expected"), [(True, ("ok", "approved")), (False, ("denied", "denied"))])
def test_mcp_approvals_are_what_the_person_decided(tmp_path, approve, expected):
    lines = [
        {"type": "mcp_approval_request", "id": "r", "name": "t", "arguments": "{}", "server_label": "s"},
        {"type": "mcp_approval_response", "approval_request_id": "r", "approve": approve},
    ]
    if approve:
        lines.append(
            {
                "type": "mcp_call",
                "id": "c",
                "name": "t",
                "arguments": "{}",
                "server_label": "s",
                "approval_request_id": "r",
                "output": "done",
            }
        )
    (action,), _ = items(tmp_path, *lines)
    assert (action.status, action.approval) == expected


# --- MCP


def rpc(number, session="s", **members):
    return {"session_id": session, "message": {"jsonrpc": "2.0", "id": number, **members}}


def tool_call(number, session="s", **arguments):
    return rpc(number, session, method="tools/call", params={"name": "t", "arguments": arguments})


def test_rpc_ids_join_within_their_session_and_type_only(tmp_path):
    actions, _ = items(
        tmp_path,
        tool_call(1, "a"),
        tool_call(1, "b"),
        tool_call("1", "a"),
        rpc(1, "b", result={"content": [{"type": "text", "text": "rb"}]}),
        rpc("1", "a", result={"content": [], "isError": True}),
    )
    assert {(a.session_id, a.call, a.status, a.result) for a in actions} == {
        ("a", "1", "pending", None),
        ("b", "1", "ok", "rb"),
        ("a", "1#2", "error", ""),
    }


def test_a_reused_open_id_loses_no_call(tmp_path):
    actions, _ = items(tmp_path, tool_call(1, n=1), tool_call(1, n=2), rpc(1, result={"content": []}))
    assert {(a.call, a.status) for a in actions} == {("1", "pending"), ("1#2", "ok")}


def test_a_request_for_more_input_is_no_result(tmp_path):
    (action,), _ = items(tmp_path, tool_call(1), rpc(1, result={"resultType": "input_required"}))
    assert action.status == "pending"


def test_structured_content_is_kept_unless_the_text_repeats_it(tmp_path):
    def answer(number, text):
        return rpc(
            number, result={"content": [{"type": "text", "text": text}], "structuredContent": {"n": 1}}
        )

    actions, _ = items(tmp_path, tool_call(1), answer(1, "one"), tool_call(2), answer(2, '{"n":1}'))
    assert [action.result for action in actions] == ['one\n{"n":1}', '{"n":1}']


# --- observability products, clouds and gates


def test_a_langsmith_thread_is_the_session_and_its_project_is_not(tmp_path):
    run = {
        "id": "r",
        "run_type": "tool",
        "name": "t",
        "trace_id": "tr",
        "session_id": "project",
        "inputs": {"q": 1},
    }
    threaded = {
        **run,
        "id": "r2",
        "extra": {"metadata": {"thread_id": "thread", "agent_id": "a"}},
        "error": "boom",
    }
    plain, with_thread = items(tmp_path, run, threaded)[0]
    assert (plain.session_id, plain.status) == ("tr", "pending")
    assert (with_thread.session_id, with_thread.agent_id, with_thread.status) == ("thread", "a", "error")


def test_a_langsmith_input_string_is_unwrapped(tmp_path):
    run = {"id": "r", "run_type": "tool", "name": "t", "trace_id": "tr", "inputs": {"input": '{"q": 1}'}}
    (action,), _ = items(tmp_path, run, name="runs.jsonl")
    assert action.args == '{"q":1}'


def test_a_langfuse_trace_lends_its_session_to_its_observations(tmp_path):
    tool = {
        "id": "o",
        "type": "TOOL",
        "name": "t",
        "input": "{}",
        "traceId": "tr",
        "sessionId": None,
        "level": "ERROR",
    }
    (action,), _ = items(tmp_path, {"id": "tr", "sessionId": "s", "userId": "u", "observations": [tool]})
    assert (action.session_id, action.on_behalf_of, action.status) == ("s", "u", "error")


def event(**members):
    return {"eventVersion": "1.11", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", **members}


def test_the_role_session_name_is_the_session(tmp_path):
    who = {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/agent/s1",
        "sessionContext": {"sessionIssuer": {"userName": "agent"}, "sourceIdentity": "alice"},
    }
    (action,), _ = items(tmp_path, event(eventID="e", userIdentity=who, requestParameters=None))
    assert (action.session_id, action.agent_id, action.on_behalf_of) == ("s1", "agent", "alice")
    assert (action.args, action.unscorable) == ("{}", None)


def test_an_event_without_request_parameters_is_unscorable(tmp_path):
    (action,), _ = items(tmp_path, event(eventID="e", userIdentity={"principalId": "p"}))
    assert action.unscorable


def test_hoop_streams_are_decoded_and_reviews_kept(tmp_path):
    def b64(text):
        return base64.b64encode(text.encode()).decode()

    session = {
        "id": "h",
        "connection": "pg",
        "type": "database",
        "verb": "connect",
        "user": "alice@example.com",
        "identity_type": "user",
        "event_stream": [[0, "i", b64("select 1")], [1, "o", b64("1")], [2, "e", b64("!")], [3, "o", "***"]],
        "review": {"status": "REJECTED"},
        "end_date": "2026-11-01T10:00:01Z",
        "exit_code": 1,
    }
    (action,), _ = items(tmp_path, session)
    assert action.args == '{"connection":"pg","script":"select 1"}'
    assert (action.result, action.status, action.approval) == ("1!", "error", "denied")
    assert (action.agent_id, action.on_behalf_of) == (None, "alice@example.com")


def test_a_hook_verdict_about_unreadable_input_is_an_unscorable_action(tmp_path):
    verdict = {"event": "afteraction.hook.decision", "version": 1, "decision_id": "d", "decision": "deny"}
    nothing = {"session_id": None, "tool": None, "args": None, "reasons": [], "points": 0}
    (action,), _ = items(tmp_path, {**verdict, **nothing})
    assert (action.status, action.approval, action.tool) == ("denied", "denied", "(no name)")
    assert action.unscorable
