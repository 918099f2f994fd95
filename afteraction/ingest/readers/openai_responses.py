"""OpenAI Responses: response objects, request and response pairs, or items one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.parts_of_speech import said_in
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, micros, name, text
from afteraction.ingest.waiting import Waiting, answered, unanswered
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place

FORMAT = "openai_responses"
_CALLS: Final = frozenset({"function_call", "custom_tool_call"})
_OUTPUTS: Final = frozenset({"function_call_output", "custom_tool_call_output"})
_MCP: Final = frozenset({"mcp_call", "mcp_approval_request", "mcp_approval_response"})
_ITEMS: Final = _CALLS | _OUTPUTS | _MCP


class _Talk(NamedTuple):
    """The session that the items of one record belong to."""

    tenant: str
    session_id: str
    place: Place
    time: int | None
    agent_id: str | None
    model: str | None
    max_depth: int


def _detect(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    return value.get("object") == "response" or (isinstance(kind, str) and kind in _ITEMS) or _is_pair(value)


def _is_pair(value: dict[str, Any]) -> bool:
    return _members(value, "response").get("object") == "response"


def _members(value: dict[str, Any], member: str) -> dict[str, Any]:
    found = value.get(member)
    return found if isinstance(found, dict) else {}


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    kind = value.get("type")
    if "output" in value and value.get("object") == "response":
        return _response(record, {}, value, context)
    if _is_pair(value):
        return _response(record, _members(value, "request") or value, _members(value, "response"), context)
    if isinstance(kind, str) and (kind in _ITEMS or kind in ("message", "reasoning")):
        return _items([value], _talk(record, {}, value, context), context)
    raise unknown("expected a `response` object, or an item such as `function_call`")


def _response(
    record: Record, request: dict[str, Any], response: dict[str, Any], context: Context
) -> Iterator[Item]:
    talk = _talk(record, request, response, context)
    instructions = response.get("instructions") or request.get("instructions")
    yield from _words(said_in(instructions, "system", talk.max_depth), talk, context)
    asked = request.get("input", response.get("input"))
    if isinstance(asked, str):
        yield from _words(said_in(asked, "user", talk.max_depth), talk, context)
    for items in (asked, response.get("output")):
        yield from _items(items if isinstance(items, list) else [], talk, context)


def _talk(record: Record, request: dict[str, Any], response: dict[str, Any], context: Context) -> _Talk:
    value = record.value
    return _Talk(
        tenant=name(value.get("tenant")) or context.tenant,
        session_id=name(value.get("session_id")) or _session(request, response, context),
        place=record.place,
        time=micros(response.get("created_at") or value.get("time")),
        agent_id=name(value.get("agent_id")),
        model=name(response.get("model")),
        max_depth=context.max_depth,
    )


def _session(request: dict[str, Any], response: dict[str, Any], context: Context) -> str:
    """The conversation, else the first response of the chain of previous ones, else the file."""
    conversation = response.get("conversation") or request.get("conversation")
    found = name(conversation.get("id")) if isinstance(conversation, dict) else name(conversation)
    own = name(response.get("id")) if response.get("object") == "response" else None
    if found or own is None:
        return found or context.source
    roots: dict[str, str] = context.state.setdefault("roots", {})
    before = name(response.get("previous_response_id")) or name(request.get("previous_response_id"))
    roots[own] = roots.get(before, before) if before else own
    return roots[own]


def _items(items: list[Any], talk: _Talk, context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    for item in items:
        waiting.tick()
        kind = item.get("type", "message") if isinstance(item, dict) else None
        if kind in _CALLS:
            yield from _call(item, talk, waiting)
        elif kind in _OUTPUTS:
            failed = item.get("status") == "incomplete"
            key = (talk.session_id, name(item.get("call_id")))
            yield from waiting.answer(
                key, text(item.get("output")) or "", "error" if failed else "ok", talk.time
            )
        elif kind in _MCP:
            yield from _mcp(item, talk, waiting)
        elif kind == "message":
            yield from _words(said_in([item], "user", talk.max_depth), talk, context)


def _call(item: dict[str, Any], talk: _Talk, waiting: Waiting) -> Iterator[Item]:
    """A call, once: the input of the next request repeats it."""
    given = item.get("arguments", item.get("input"))
    call = name(item.get("call_id"))
    if not waiting.is_repeated((talk.session_id, call, str(given))):
        yield from waiting.open((talk.session_id, call), _action(item, call, given, talk, waiting))


def _mcp(item: dict[str, Any], talk: _Talk, waiting: Waiting) -> Iterator[Item]:
    """A call by the provider; its approval request waits until the call or a refusal follows."""
    kind, own = item["type"], name(item.get("id"))
    request = (talk.session_id, "approval", name(item.get("approval_request_id")))
    if waiting.is_repeated((talk.session_id, kind, own, request[2], str(item.get("output")))):
        return
    if kind == "mcp_approval_request":
        action = _action(item, own, item.get("arguments"), talk, waiting)
        yield from waiting.open((talk.session_id, "approval", own), action)
    elif kind == "mcp_approval_response":
        yield from _decided(item, request, waiting)
    else:
        yield _mcp_call(item, own, waiting.take(request), talk, waiting)


def _decided(item: dict[str, Any], request: tuple[str, str, str | None], waiting: Waiting) -> Iterator[Item]:
    asked = waiting.take(request)
    if asked is None:
        return
    if item.get("approve") is True:
        yield from waiting.open(request, msgspec.structs.replace(asked, approval="approved"))
    else:
        yield msgspec.structs.replace(asked, approval="denied", status="denied")


def _mcp_call(
    item: dict[str, Any], own: str | None, asked: Action | None, talk: _Talk, waiting: Waiting
) -> Action:
    action = asked or _action(item, own, item.get("arguments"), talk, waiting)
    error = item.get("error")
    result = text(item.get("output")) if not error else text(error)
    return answered(action, result, "error" if error else "ok", talk.time, action.position)


def _action(item: dict[str, Any], call: str | None, given: Any, talk: _Talk, waiting: Waiting) -> Action:
    parsed, unscorable = arguments(given, talk.max_depth)
    is_cut = item.get("status") == "incomplete"
    return Action(
        tenant=talk.tenant,
        source_system=FORMAT,
        session_id=talk.session_id,
        call=waiting.call_id(talk.session_id, call),
        tool=name(item.get("name")) or NAMELESS,
        position=waiting.tick(),
        place=talk.place,
        args=parsed,
        event_time=talk.time,
        agent_id=talk.agent_id,
        model=talk.model,
        unscorable="the call is incomplete" if is_cut else unscorable,
    )


def _words(said: Iterable[Any], talk: _Talk, context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    for role, words in said:
        if not waiting.is_repeated((talk.session_id, role, words)):
            yield Message(
                tenant=talk.tenant,
                source_system=FORMAT,
                session_id=talk.session_id,
                position=waiting.tick(),
                role=role,
                text=words,
                place=talk.place,
                event_time=talk.time,
                agent_id=talk.agent_id,
            )


READER = Reader(
    format=FORMAT,
    summary="OpenAI Responses objects, `request`/`response` pairs, or single items, with MCP approvals",
    detected_by="`object` = `response` (also inside `response`), or an item `type` such as `function_call`",
    misses="hosted tools (web search, code interpreter), whose items hold no arguments of a common shape",
    detect=_detect,
    read=_read,
    finish=unanswered,
    examples=(
        Example(
            lines=(
                (
                    '{"object":"response","id":"resp_1","created_at":1793527200,"model":"m-1","output":['
                    '{"type":"function_call","id":"fc_1","call_id":"call_1","name":"query",'
                    '"arguments":"{\\"sql\\":\\"select 1\\"}","status":"completed"}]}'
                ),
                (
                    '{"request":{"previous_response_id":"resp_1","input":[{"type":"function_call_output",'
                    '"call_id":"call_1","output":"1"}]},"response":{"object":"response","id":"resp_2",'
                    '"created_at":1793527201,"output":[{"type":"message","role":"assistant",'
                    '"content":[{"type":"output_text","text":"One."}]}]}}'
                ),
            ),
            becomes=('query ok {"sql":"select 1"}', "assistant: One."),
        ),
        Example(
            lines=(
                (
                    '{"type":"mcp_approval_request","id":"mcpr_1","name":"send_email",'
                    '"arguments":"{\\"to\\":\\"a@example.com\\"}","server_label":"mail"}'
                ),
                '{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false,"reason":"external"}',
            ),
            becomes=('send_email denied {"to":"a@example.com"}',),
        ),
    ),
)
