"""Langfuse observations: `TOOL` observations are actions, generations hold what was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.parts_of_speech import said_in
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, micros, name, required, text
from afteraction.records.action import Action
from afteraction.records.message import Message

FORMAT = "langfuse"
_TYPES: Final = frozenset(
    "SPAN EVENT GENERATION AGENT TOOL CHAIN RETRIEVER EVALUATOR EMBEDDING GUARDRAIL".split()  # noqa: SIM905
)
_ASKING: Final = frozenset({"GENERATION", "AGENT"})


def _detect(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and kind in _TYPES and "traceId" in value:
        return True
    inner = value.get("observations")
    return isinstance(inner, list) and any(isinstance(item, dict) and _detect_one(item) for item in inner)


def _detect_one(item: dict[str, Any]) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and kind in _TYPES and "traceId" in item


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    inner = value.get("observations")
    if isinstance(inner, list):
        return _trace(record, inner, context)
    return _observation(record, value, context)


def _trace(record: Record, inner: list[Any], context: Context) -> Iterator[Item]:
    """A trace with its observations, which take over its session, user and id."""
    value = record.value
    shared = {"sessionId": value.get("sessionId"), "userId": value.get("userId"), "traceId": value.get("id")}
    for order, item in enumerate(inner):
        if not isinstance(item, dict):
            raise unknown("expected every observation to be an object")
        given = {key: member for key, member in item.items() if member is not None}
        yield from _observation(record, {**shared, **given}, context, order)


def _observation(record: Record, value: dict[str, Any], context: Context, order: int = 0) -> Iterable[Item]:
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise unknown("expected an observation with a known `type`")
    at = record._replace(value=value)
    if kind == "TOOL":
        return (_action(at, context, record.place.line + order),)
    return _messages(at, context, record.place.line + order) if kind in _ASKING else ()


def _session(value: dict[str, Any]) -> str:
    return name(value.get("sessionId")) or required(value, "traceId")


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    found = value.get("metadata")
    return found if isinstance(found, dict) else {}


def _action(record: Record, context: Context, position: int) -> Action:
    value, place = record
    given, unscorable = arguments(value.get("input"), context.max_depth)
    failed = value.get("level") == "ERROR"
    output = value.get("output")
    result = text(output if output is not None or not failed else value.get("statusMessage"))
    return Action(
        tenant=name(_metadata(value).get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=_session(value),
        call=required(value, "id"),
        tool=name(value.get("name")) or NAMELESS,
        position=position,
        place=place,
        args=given,
        result=result,
        result_position=None if result is None else position,
        result_time=micros(value.get("endTime")),
        status="error" if failed else "ok" if value.get("endTime") or result is not None else "pending",
        event_time=micros(value.get("startTime")),
        agent_id=name(_metadata(value).get("agent_id")) or name(_metadata(value).get("agent")),
        on_behalf_of=name(value.get("userId")),
        unscorable=unscorable,
    )


def _messages(record: Record, context: Context, position: int) -> Iterator[Item]:
    """What was said, once: every generation repeats the conversation so far."""
    value, place = record
    session = _session(value)
    for said in said_in(value.get("input"), "user", context.max_depth):
        key = (session, *said)
        if key not in context.state:
            context.state[key] = True
            yield Message(
                tenant=name(_metadata(value).get("tenant")) or context.tenant,
                source_system=FORMAT,
                session_id=session,
                position=position,
                role=said.role,
                text=said.text,
                place=place,
                event_time=micros(value.get("startTime")),
            )


READER = Reader(
    format=FORMAT,
    summary="Langfuse observations, one a line, as an array, under `data`, or inside their trace",
    detected_by="`traceId` and a `type` such as `TOOL`; or `observations`",
    misses="the agent, unless the observation's metadata holds `agent_id`; model text of generations",
    detect=_detect,
    read=_read,
    wrapper="data",
    examples=(
        Example(
            lines=(
                (
                    '{"id":"o0","traceId":"t1","type":"GENERATION","name":"plan","startTime":'
                    '"2026-11-01T09:59:59.000Z",'
                    '"input":[{"role":"user","content":"Search x."}],"sessionId":"s"}'
                ),
                (
                    '{"id":"o1","traceId":"t1","type":"TOOL","name":"search","startTime":'
                    '"2026-11-01T10:00:00.000Z",'
                    '"endTime":"2026-11-01T10:00:01.000Z","input":{"q":"x"},"output":"y",'
                    '"parentObservationId":"o0",'
                    '"level":"DEFAULT","sessionId":"s"}'
                ),
            ),
            becomes=("user: Search x.", 'search ok {"q":"x"}'),
        ),
    ),
)
