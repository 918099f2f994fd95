"""OpenAI Agents SDK trace exports: `trace` and `trace.span` objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.parts_of_speech import said_in
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, micros, name, required, text
from afteraction.records.action import Action
from afteraction.records.message import Message

FORMAT = "openai_agents"
_TRACES: Final = "traces"
_SPANS: Final = "spans"


def _detect(value: dict[str, Any]) -> bool:
    return value.get("object") in ("trace", "trace.span")


def _read(record: Record, context: Context) -> Iterable[Item]:
    """Only keeps the record: children are exported before the agents and traces that they belong to."""
    value = record.value
    if value.get("object") == "trace":
        context.state.setdefault(_TRACES, {})[required(value, "id")] = value
    elif value.get("object") == "trace.span":
        required(value, "trace_id")
        if not isinstance(value.get("span_data"), dict):
            raise unknown("expected `span_data` to be an object")
        context.state.setdefault(_SPANS, {})[required(value, "id")] = record
    else:
        raise unknown("expected `object` to be `trace` or `trace.span`")
    return ()


def _finish(context: Context) -> Iterator[Item]:
    spans: dict[str, Record] = context.state.get(_SPANS, {})
    said: set[tuple[str, str, str]] = set()
    for order, record in enumerate(spans.values()):
        data = record.value["span_data"]
        if data.get("type") == "function":
            yield _action(record, spans, context, order)
        elif data.get("type") in ("generation", "response"):
            yield from _messages(record, said, context, order)


def _trace(record: Record, context: Context) -> dict[str, Any]:
    found: dict[str, Any] = context.state.get(_TRACES, {}).get(record.value["trace_id"], {})
    return found


def _session(record: Record, context: Context) -> str:
    return name(_trace(record, context).get("group_id")) or str(record.value["trace_id"])


def _agent(record: Record, spans: dict[str, Record], context: Context) -> str | None:
    """The nearest agent span above, else the workflow."""
    at: Record | None = record
    for _ in range(len(spans)):
        if at is None:
            break
        data = at.value["span_data"]
        if data.get("type") == "agent" and name(data.get("name")):
            return name(data.get("name"))
        at = spans.get(str(at.value.get("parent_id")))
    return name(_trace(record, context).get("workflow_name"))


def _action(record: Record, spans: dict[str, Record], context: Context, order: int) -> Action:
    value, data = record.value, record.value["span_data"]
    given, unscorable = arguments(data.get("input"), context.max_depth)
    error = value.get("error")
    result = text(data.get("output"))
    return Action(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=_session(record, context),
        call=str(value["id"]),
        tool=name(data.get("name")) or NAMELESS,
        position=order,
        place=record.place,
        args=given,
        result=result if result is not None or not error else text(error),
        result_position=order,
        result_time=micros(value.get("ended_at")),
        status="error" if error else "ok" if value.get("ended_at") else "pending",
        event_time=micros(value.get("started_at")),
        agent_id=_agent(record, spans, context),
        unscorable=unscorable,
    )


def _messages(
    record: Record, seen: set[tuple[str, str, str]], context: Context, order: int
) -> Iterator[Message]:
    session = _session(record, context)
    data = record.value["span_data"]
    for member, default, stamp in (("input", "user", "started_at"), ("output", "assistant", "ended_at")):
        for said in said_in(data.get(member), default, context.max_depth):
            if (session, *said) in seen:
                continue
            seen.add((session, *said))
            yield Message(
                tenant=context.tenant,
                source_system=FORMAT,
                session_id=session,
                position=order,
                role=said.role,
                text=said.text,
                place=record.place,
                event_time=micros(record.value.get(stamp)),
            )


READER = Reader(
    format=FORMAT,
    summary="OpenAI Agents SDK trace exports, one object a line or under `data`",
    detected_by="`object` = `trace` or `trace.span`",
    misses="guardrail and handoff spans are not actions; hosted tools leave no function span",
    detect=_detect,
    read=_read,
    finish=_finish,
    wrapper="data",
    examples=(
        Example(
            lines=(
                '{"object":"trace","id":"trace_1","workflow_name":"support","group_id":"chat-9","metadata":null}',
                (
                    '{"object":"trace.span","id":"span_1","trace_id":"trace_1","parent_id":"span_0",'
                    '"started_at":"2026-11-01T10:00:00+00:00","ended_at":"2026-11-01T10:00:01+00:00",'
                    '"span_data":'
                    '{"type":"function","name":"send_email","input":"{\\"to\\":\\"a@example.com\\"}",'
                    '"output":"sent",'
                    '"mcp_data":null},"error":null}'
                ),
                (
                    '{"object":"trace.span","id":"span_0","trace_id":"trace_1","parent_id":null,'
                    '"started_at":"2026-11-01T09:59:59+00:00","ended_at":"2026-11-01T10:00:02+00:00",'
                    '"span_data":'
                    '{"type":"agent","name":"mailer","handoffs":[],"tools":["send_email"],'
                    '"output_type":"str"}}'
                ),
            ),
            becomes=('send_email ok {"to":"a@example.com"}',),
        ),
    ),
)
