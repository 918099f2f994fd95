"""Anthropic Messages requests, one session a line, with the last response where it was logged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from afteraction.ingest.blocks import block_turn, holds_tool_blocks
from afteraction.ingest.chat import Chat, Turn, read_chat
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import name, spoken

FORMAT = "anthropic_messages"


def _detect(value: dict[str, Any]) -> bool:
    if "run" in value or "sessionId" in value or not isinstance(value.get("messages"), list):
        return False
    return holds_tool_blocks(value) or holds_tool_blocks({"messages": [value.get("response")]})


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    messages = value.get("messages")
    if not isinstance(messages, list):
        raise unknown("expected `messages` to be a list of messages with content blocks")
    chat = Chat(
        tenant=name(value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=name(value.get("session_id")) or f"{context.source}:{record.place.line}",
        place=record.place,
        max_depth=context.max_depth,
        agent_id=name(value.get("agent_id")),
        on_behalf_of=_user(value),
        model=name(value.get("model")),
    )
    response = value.get("response")
    turns = [Turn("system", spoken(value.get("system"))), *map(block_turn, messages)]
    return read_chat(chat, [*turns, block_turn(response)] if isinstance(response, dict) else turns)


def _user(value: dict[str, Any]) -> str | None:
    metadata = value.get("metadata")
    given = name(value.get("on_behalf_of"))
    return given or (name(metadata.get("user_id")) if isinstance(metadata, dict) else None)


READER = Reader(
    format=FORMAT,
    summary="Anthropic Messages requests (and `response`), one session a line",
    detected_by="a list `messages` with `tool_use` or `tool_result` blocks",
    detect=_detect,
    read=_read,
    splittable=True,
    examples=(
        Example(
            lines=(
                (
                    '{"session_id":"s1","model":"m-1","system":"You help.","messages":['
                    '{"role":"user","content":"Read a."},'
                    '{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"read",'
                    '"input":{"path":"a"}}]},'
                    '{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1",'
                    '"content":[{"type":"text","text":"no such file"}],"is_error":true}]}]}'
                ),
            ),
            becomes=("system: You help.", "user: Read a.", 'read error {"path":"a"}'),
        ),
    ),
)
