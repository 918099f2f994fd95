"""OpenAI chat messages, one session a line: `{"session_id", "agent_id"?, "tenant"?, "messages": [...]}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from afteraction.ingest.blocks import holds_tool_blocks
from afteraction.ingest.chat import Chat, openai_turn, read_chat
from afteraction.ingest.reader import Context, Example, Item, Reader, Record
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import name, required

FORMAT = "openai_chat"


def _detect(value: dict[str, Any]) -> bool:
    return "session_id" in value and isinstance(value.get("messages"), list) and not holds_tool_blocks(value)


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    messages = value.get("messages")
    if not isinstance(messages, list):
        raise Refused("unknown_record", "expected `messages` to be a list of chat messages")
    chat = Chat(
        tenant=name(value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=required(value, "session_id"),
        place=record.place,
        max_depth=context.max_depth,
        agent_id=name(value.get("agent_id")),
        on_behalf_of=name(value.get("on_behalf_of")),
        model=name(value.get("model")),
    )
    return read_chat(chat, map(openai_turn, messages))


READER = Reader(
    format=FORMAT,
    summary="OpenAI chat messages with `tool_calls` and `tool` replies, one session a line",
    detected_by="`session_id`, and a list `messages` without Anthropic tool blocks",
    detect=_detect,
    read=_read,
    splittable=True,
    examples=(
        Example(
            lines=(
                (
                    '{"session_id":"s1","agent_id":"billing-agent","messages":['
                    '{"role":"system","content":"You help."},{"role":"user","content":"How many orders?"},'
                    '{"role":"assistant","content":"Looking.","tool_calls":[{"id":"call_1","type":"function",'
                    '"function":{"name":"query_db","arguments":"{\\"sql\\":\\"select 1\\"}"}}]},'
                    '{"role":"tool","tool_call_id":"call_1","content":"1"}]}'
                ),
            ),
            becomes=(
                "system: You help.",
                "user: How many orders?",
                "assistant: Looking.",
                'query_db ok {"sql":"select 1"}',
            ),
        ),
        Example(
            lines=(
                (
                    '{"session_id":"s2","messages":[{"role":"assistant","tool_calls":['
                    '{"id":"call_1","function":{"name":"send","arguments":"{\\"to\\":\\"a@exam"}}]}]}'
                ),
            ),
            becomes=("send unscorable",),
        ),
    ),
)
