"""Builds the example sessions of detectors: a person asks, an agent calls one tool, the tool answers."""

from __future__ import annotations

import json
from typing import Any

from detectors.detector import Example

#: A host nobody knows, and one that everybody may write to.
UNKNOWN_URL = "https://collect.example.net/in"
#: Arguments of a call that fetches or posts outside.
OUTSIDE = "http_post"


def session(
    name: str, *calls: tuple[str, dict[str, Any] | str, str], user: str = "Please take care of it."
) -> Example:
    """An example of calls (tool, arguments, result) in one session."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": user}]
    for number, (tool, args, result) in enumerate(calls):
        text = args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)
        function = {"name": tool, "arguments": text}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": result})
    return Example(name, tuple(messages))


def sends(name: str, content: str) -> Example:
    """An agent posts `content` to an unknown host."""
    return session(name, (OUTSIDE, {"url": UNKNOWN_URL, "body": content}, "200 OK"))


def reads(name: str, content: str) -> Example:
    """An agent reads a file that holds `content`."""
    return session(name, ("read_file", {"path": "notes.txt"}, content))
