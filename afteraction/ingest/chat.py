"""Chat messages in, actions and messages out: what all chat-shaped formats share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from afteraction.ingest.reader import Item
from afteraction.ingest.values import Calls, arguments, micros, name, spoken, text
from afteraction.records.action import Action
from afteraction.records.message import Message, Role
from afteraction.records.place import Place

NAMELESS: Final = "(no name)"
_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


@dataclass(frozen=True, kw_only=True)
class Chat:
    """What one chat session's items have in common."""

    tenant: str
    source_system: str
    session_id: str
    place: Place
    max_depth: int
    agent_id: str | None = None
    on_behalf_of: str | None = None
    model: str | None = None


class Call(NamedTuple):
    """One tool call as a chat format gives it."""

    id: str | None
    tool: str | None
    arguments: Any


class Reply(NamedTuple):
    """One tool result as a chat format gives it."""

    id: str | None
    content: Any
    is_error: bool
    error: Any = None


class Turn(NamedTuple):
    """One message of the chat, taken apart."""

    role: str
    words: str | None
    calls: tuple[Call, ...] = ()
    replies: tuple[Reply, ...] = ()
    time: int | None = None


class _Open(NamedTuple):
    call_id: str | None
    slot: int


class _Made(NamedTuple):
    """A call on its way to an action: it still waits for its result."""

    id: str
    at: int
    call: Call
    time: int | None


class _Answer(NamedTuple):
    reply: Reply
    at: int
    time: int | None


def openai_turn(message: Any) -> Turn:
    """A message with OpenAI's roles, `tool_calls` and `tool` replies."""
    if not isinstance(message, dict):
        return Turn("", None)
    role = message.get("role")
    stamp = message.get("timestamp") or message.get("created_at")
    time = None if stamp is None else micros(stamp)
    content = message.get("content")
    if role in ("tool", "function"):
        error = message.get("error")
        reply = Reply(name(message.get("tool_call_id")), content, bool(error), error)
        return Turn("tool", None, (), (reply,), time)
    words = content if isinstance(content, str) else spoken(content)
    return Turn(str(role), words, _openai_calls(message), (), time)


def _openai_calls(message: dict[str, Any]) -> tuple[Call, ...]:
    made = message.get("tool_calls")
    calls = tuple(_openai_call(call) for call in made) if isinstance(made, list) else ()
    legacy = message.get("function_call")
    return (*calls, _openai_call({"function": legacy})) if isinstance(legacy, dict) else calls


def _openai_call(call: Any) -> Call:
    """A call as `function: {name, arguments}`, flat `function` + `args`, or a `custom` tool's input."""
    if not isinstance(call, dict):
        return Call(None, None, None)
    inner = call.get("function") or call.get("custom")
    if isinstance(inner, dict):
        given = inner.get("arguments", inner.get("input", inner.get("args")))
        return Call(name(call.get("id")), name(inner.get("name")), given)
    given = call.get("args", call.get("arguments"))
    return Call(name(call.get("id")), name(inner) or name(call.get("name")), given)


def read_chat(chat: Chat, turns: Iterable[Turn]) -> Iterator[Item]:
    """Messages and actions in the order of the chat; `position` is the index of the message."""
    items: list[Message | _Made] = []
    answers: dict[int, _Answer] = {}
    calls = Calls()
    waiting: list[_Open] = []
    for index, turn in enumerate(turns):
        role = _ROLES.get(turn.role)
        if role and turn.words:
            items.append(_message(chat, index, role, turn))
        for order, call in enumerate(turn.calls):
            waiting.append(_Open(call.id, len(items)))
            items.append(_Made(calls.take(call.id, f"{index}.{order}"), index, call, turn.time))
        for reply in turn.replies:
            slot = _match(waiting, reply.id)
            if slot is not None:
                answers[slot] = _Answer(reply, index, turn.time)
    for slot, item in enumerate(items):
        yield _action(chat, item, answers.get(slot)) if isinstance(item, _Made) else item


def _message(chat: Chat, index: int, role: Role, turn: Turn) -> Message:
    return Message(
        tenant=chat.tenant,
        source_system=chat.source_system,
        session_id=chat.session_id,
        position=index,
        role=role,
        text=turn.words or "",
        place=chat.place,
        event_time=turn.time,
        agent_id=chat.agent_id,
    )


def _action(chat: Chat, made: _Made, answer: _Answer | None) -> Action:
    call = made.call
    given, unscorable = arguments(call.arguments, chat.max_depth)
    return Action(
        tenant=chat.tenant,
        source_system=chat.source_system,
        session_id=chat.session_id,
        call=made.id,
        tool=call.tool or NAMELESS,
        position=made.at,
        place=chat.place,
        args=given,
        result=_result(answer.reply) if answer else None,
        result_position=answer.at if answer else None,
        result_time=answer.time if answer else None,
        status="pending" if not answer else "error" if answer.reply.is_error else "ok",
        event_time=made.time,
        agent_id=chat.agent_id,
        on_behalf_of=chat.on_behalf_of,
        model=chat.model,
        unscorable=unscorable if call.tool else "the log does not name the tool of this call",
    )


def _match(waiting: list[_Open], call_id: str | None) -> int | None:
    """The oldest open call with this id; a reply without an id answers the oldest open call."""
    for order, open_call in enumerate(waiting):
        if call_id is None or open_call.call_id == call_id:
            return waiting.pop(order).slot
    for order, open_call in enumerate(waiting):
        if open_call.call_id is None:
            return waiting.pop(order).slot
    return None


def _result(reply: Reply) -> str:
    """The content; with an error, the error is part of what came back."""
    if not reply.error and isinstance(reply.content, str):
        return reply.content
    content = text(reply.content or "") or ""
    error = text(reply.error) if reply.error and reply.error is not True else None
    return "\n".join(part for part in (content, error) if part)
