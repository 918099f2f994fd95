"""MCP JSON-RPC messages, one a line, bare or in an envelope with a session and a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, json_text, micros, name, text
from afteraction.ingest.waiting import Waiting, unanswered
from afteraction.records.action import Action, Status

FORMAT = "mcp_jsonrpc"


def _detect(value: dict[str, Any]) -> bool:
    return _rpc(value) is not None


def _rpc(value: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON-RPC message of a record: itself, or its `message`."""
    if value.get("jsonrpc") == "2.0":
        return value
    inner = value.get("message")
    return inner if isinstance(inner, dict) and inner.get("jsonrpc") == "2.0" else None


def _read(record: Record, context: Context) -> Iterable[Item]:
    rpc = _rpc(record.value)
    if rpc is None:
        raise unknown('expected a message with `jsonrpc` "2.0"')
    return _items(record, rpc, context)


def _items(record: Record, rpc: dict[str, Any], context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    waiting.tick()
    session = name(record.value.get("session_id")) or context.source
    time = micros(record.value.get("time") or record.value.get("timestamp"))
    key = (session, type(rpc.get("id")).__name__, str(rpc.get("id")))
    if rpc.get("method") == "tools/call":
        yield from waiting.open(key, _action(record, rpc, session, context))
    elif "error" in rpc:
        yield from waiting.answer(key, text(rpc["error"]), "error", time)
    elif isinstance(rpc.get("result"), dict):
        result = rpc["result"]
        if result.get("resultType") != "input_required":
            status: Status = "error" if result.get("isError") is True else "ok"
            yield from waiting.answer(key, _content(result), status, time)


def _content(result: dict[str, Any]) -> str:
    """The text blocks, and the structured content where they do not repeat it."""
    words = text(result.get("content") or "") or ""
    structured = result.get("structuredContent")
    extra = "" if structured is None else json_text(structured)
    return words if not extra or extra in words else "\n".join(filter(None, (words, extra)))


def _action(record: Record, rpc: dict[str, Any], session: str, context: Context) -> Action:
    params = rpc.get("params")
    called = params if isinstance(params, dict) else {}
    given, unscorable = arguments(called.get("arguments", {} if called else None), context.max_depth)
    waiting = Waiting.of(context)
    return Action(
        tenant=name(record.value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=session,
        call=waiting.call_id(session, name(rpc.get("id"))),
        tool=name(called.get("name")) or NAMELESS,
        position=waiting.tick(),
        place=record.place,
        args=given,
        event_time=micros(record.value.get("time") or record.value.get("timestamp")),
        agent_id=name(record.value.get("agent_id")),
        unscorable=unscorable,
    )


READER = Reader(
    format=FORMAT,
    summary="MCP JSON-RPC `tools/call` requests and their results, bare or as `message` of an envelope",
    detected_by='`jsonrpc` = "2.0", also inside `message`',
    misses="who called: `clientInfo` is self-reported and never taken for an identity",
    detect=_detect,
    read=_read,
    finish=unanswered,
    examples=(
        Example(
            lines=(
                (
                    '{"session_id":"s1","time":"2026-11-01T10:00:00Z","message":{"jsonrpc":"2.0","id":7,'
                    '"method":"tools/call","params":{"name":"query","arguments":{"sql":"select 1"}}}}'
                ),
                (
                    '{"session_id":"s1","time":"2026-11-01T10:00:01Z","message":{"jsonrpc":"2.0","id":7,'
                    '"result":{"content":[{"type":"text","text":"1"}],"isError":false}}}'
                ),
            ),
            becomes=('query ok {"sql":"select 1"}',),
        ),
        Example(
            lines=(
                '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"drop","arguments":{"t":"x"}}}',
                '{"jsonrpc":"2.0","id":"a","error":{"code":-32602,"message":"no such table"}}',
            ),
            becomes=('drop error {"t":"x"}',),
        ),
    ),
)
