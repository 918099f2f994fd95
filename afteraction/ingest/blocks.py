"""Anthropic-style content blocks: `tool_use`, `tool_result` and text."""

from __future__ import annotations

from typing import Any

from afteraction.ingest.chat import Call, Reply, Turn
from afteraction.ingest.values import name, spoken

_TOOL_BLOCKS = frozenset({"tool_use", "tool_result"})


def blocks(message: Any) -> list[dict[str, Any]]:
    """The content blocks of a message; content given as plain text has none."""
    content = message.get("content") if isinstance(message, dict) else None
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def holds_tool_blocks(value: dict[str, Any]) -> bool:
    """Whether any message of a session holds `tool_use` or `tool_result` blocks."""
    messages = value.get("messages")
    return isinstance(messages, list) and any(
        block.get("type") in _TOOL_BLOCKS
        for message in messages
        for block in blocks(message)
        if isinstance(block.get("type"), str)
    )


def words(message: dict[str, Any]) -> str | None:
    """What a message says, without thinking, calls and results."""
    content = message.get("content")
    if isinstance(content, list):
        return spoken([block for block in blocks(message) if block.get("type") == "text"])
    return spoken(content)


def calls(message: dict[str, Any]) -> tuple[Call, ...]:
    """The tool calls of an assistant message, in order."""
    return tuple(
        Call(name(block.get("id")), name(block.get("name")), block.get("input"))
        for block in blocks(message)
        if block.get("type") == "tool_use"
    )


def replies(message: dict[str, Any]) -> tuple[Reply, ...]:
    """The tool results of a user message, in order."""
    return tuple(
        Reply(name(block.get("tool_use_id")), block.get("content"), block.get("is_error") is True)
        for block in blocks(message)
        if block.get("type") == "tool_result"
    )


def block_turn(message: Any) -> Turn:
    """A message of content blocks, taken apart."""
    if not isinstance(message, dict):
        return Turn("", None)
    return Turn(str(message.get("role")), words(message), calls(message), replies(message))
