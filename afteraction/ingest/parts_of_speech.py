"""What was said, out of the message lists that tracing tools attach to their spans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from afteraction.ingest.strict_json import Refused, parse
from afteraction.ingest.values import spoken
from afteraction.records.message import Role

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
}


class Said(NamedTuple):
    """One message: whose words, and which."""

    role: Role
    text: str


def said_in(value: Any, default: str, max_depth: int) -> Iterator[Said]:
    """The messages in a list, a JSON string of one, or plain text said by `default`."""
    value = opened(value, max_depth)
    if isinstance(value, str):
        yield Said(_ROLES[default], value)
    elif isinstance(value, dict) and isinstance(value.get("messages"), list):
        yield from said_in(value["messages"], default, max_depth)
    else:
        for message in value if isinstance(value, list) else [value]:
            yield from _said(message, default)


def _said(message: Any, default: str) -> Iterator[Said]:
    if isinstance(message, list):
        for inner in message:
            yield from _said(inner, default)
        return
    if not isinstance(message, dict):
        return
    role = message.get("role") or message.get("type")
    whose = _ROLES.get(role) if isinstance(role, str) else None
    if whose is None and "role" not in message and spoken([message]):
        whose = _ROLES[default]
    kwargs = message.get("kwargs")
    inner = kwargs if isinstance(kwargs, dict) else message
    words = spoken(inner.get("parts") or inner.get("content") or inner.get("text"))
    if whose and words:
        yield Said(whose, words)


def opened(value: Any, max_depth: int) -> Any:
    """A string that holds a JSON object or list as that value; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return parse(value.encode(), max_depth)
        except Refused:
            return value
    return value
