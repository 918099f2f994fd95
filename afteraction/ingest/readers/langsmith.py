"""LangSmith runs: `tool` runs are actions, and what the root run was asked is a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.parts_of_speech import said_in
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import Arguments, arguments, micros, name, required, text
from afteraction.records.action import Action
from afteraction.records.message import Message

FORMAT = "langsmith"
_THREAD: Final = ("session_id", "thread_id", "conversation_id")
_ASKED: Final = ("messages", "input", "question", "query")


def _detect(value: dict[str, Any]) -> bool:
    return "run_type" in value and ("trace_id" in value or "inputs" in value)


def _read(record: Record, context: Context) -> Iterable[Item]:
    kind = record.value.get("run_type")
    if not isinstance(kind, str):
        raise unknown("expected a run with a `run_type`")
    if kind == "tool":
        return (_action(record, context),)
    return _messages(record, context) if kind == "llm" or not record.value.get("parent_run_id") else ()


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    extra = value.get("extra")
    found = extra.get("metadata") if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else {}


def _session(value: dict[str, Any]) -> str:
    """The thread; `session_id` of a run itself names its project, not its session."""
    thread = next((found for found in map(name, map(_metadata(value).get, _THREAD)) if found), None)
    return thread or name(value.get("trace_id")) or required(value, "id")


def _arguments(value: dict[str, Any], max_depth: int) -> Arguments:
    inputs = value.get("inputs")
    alone = _only(inputs, "input")
    is_json = isinstance(alone, str) and alone.lstrip()[:1] == "{"
    return arguments(alone if is_json else inputs, max_depth)


def _only(value: Any, member: str) -> Any:
    """The one member of an object that has no other; else `None`."""
    return value[member] if isinstance(value, dict) and set(value) == {member} else None


def _action(record: Record, context: Context) -> Action:
    value, place = record
    given, unscorable = _arguments(value, context.max_depth)
    error = value.get("error")
    outputs = value.get("outputs")
    alone = _only(outputs, "output")
    result = text(outputs if alone is None else alone)
    metadata = _metadata(value)
    return Action(
        tenant=name(metadata.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=_session(value),
        call=required(value, "id"),
        tool=name(value.get("name")) or NAMELESS,
        position=place.line,
        place=place,
        args=given,
        result=text(error) if error else result,
        result_position=place.line if error or result is not None else None,
        result_time=micros(value.get("end_time")),
        status="error" if error else "ok" if value.get("end_time") else "pending",
        event_time=micros(value.get("start_time")),
        agent_id=name(metadata.get("agent_id")) or name(metadata.get("agent_name")),
        on_behalf_of=name(metadata.get("user_id")),
        unscorable=unscorable,
    )


def _messages(record: Record, context: Context) -> Iterator[Item]:
    value, place = record
    inputs = value.get("inputs")
    asked = (
        next((inputs[key] for key in _ASKED if inputs.get(key)), None) if isinstance(inputs, dict) else None
    )
    for said in said_in(asked, "user", context.max_depth):
        key = (_session(value), *said)
        if key not in context.state:
            context.state[key] = True
            yield Message(
                tenant=name(_metadata(value).get("tenant")) or context.tenant,
                source_system=FORMAT,
                session_id=key[0],
                position=place.line,
                role=said.role,
                text=said.text,
                place=place,
                event_time=micros(value.get("start_time")),
            )


READER = Reader(
    format=FORMAT,
    summary="LangSmith runs, one a line, as an array, or under `runs`",
    detected_by="`run_type` with `trace_id` or `inputs`",
    misses="the agent, unless the run's metadata holds `agent_id`; model text of `llm` runs",
    detect=_detect,
    read=_read,
    wrapper="runs",
    examples=(
        Example(
            lines=(
                (
                    '{"id":"r0","name":"agent","run_type":"chain","start_time":"2026-11-01T09:59:59",'
                    '"inputs":{"messages":[{"role":"user","content":"Search x."}]},"parent_run_id":null,'
                    '"trace_id":"t"}'
                ),
                (
                    '{"id":"r1","name":"search","run_type":"tool","start_time":"2026-11-01T10:00:00",'
                    '"end_time":"2026-11-01T10:00:01","inputs":{"q":"x"},"outputs":{"output":"y"},'
                    '"parent_run_id":"r0","trace_id":"t","dotted_order":"20261101T100000000000Zt",'
                    '"status":"success"}'
                ),
            ),
            becomes=("user: Search x.", 'search ok {"q":"x"}'),
        ),
    ),
)
