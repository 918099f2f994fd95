"""Turns public recordings of other shapes into chat sessions that the audit's own reader takes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

from afteraction.audit.evaluation.sources import rows

Chat = dict[str, Any]
_CALL: Final = re.compile(
    r"^\s*([A-Za-z_][\w.-]{1,80})\s*(?:\n\s*Action Input:\s*|:\s*)?([({\[].*)?$", re.DOTALL
)


def tau_bench(file: Path) -> Iterator[Chat]:
    """Customer service conversations with tool calls: already chat messages."""
    for number, row in enumerate(rows(file)):
        yield {"session_id": f"tau-{number}", "messages": row["traj"]}


def swe_agent(file: Path) -> Iterator[Chat]:
    """Coding sessions: each step ran one shell command; the first user message is the task."""
    for number, row in enumerate(rows(file)):
        run, ids = row["traj"], count()
        opening = [
            {"role": said["role"], "content": said["content"]}
            for said in run["history"]
            if said.get("role") in ("system", "user") and not said.get("is_demo")
        ][:2]
        steps = (
            message
            for step in run.get("trajectory", ())
            for message in _step("shell", {"command": step["action"]}, step["observation"], ids)
        )
        yield {"session_id": f"swe-{number}", "messages": [*opening, *steps]}


def judged(file: Path) -> Iterator[tuple[Chat, bool]]:
    """Sessions judged safe or unsafe as a whole; calls are read from the action's text where it is a call."""
    for number, row in enumerate(rows(file)):
        ids = count()
        messages: list[Mapping[str, Any]] = []
        for turns in row["contents"]:
            messages.extend(_turns(turns, ids))
        yield {"session_id": f"{file.name}-{number}", "messages": messages}, bool(row["label"])


def _turns(turns: Iterable[Mapping[str, Any]], ids: Iterator[int]) -> Iterator[Mapping[str, Any]]:
    pending: str | None = None
    for turn in turns:
        if turn["role"] == "agent":
            called = call(turn.get("action") or "")
            if called is None:
                yield {"role": "assistant", "content": turn.get("action") or turn.get("thought") or ""}
                continue
            pending = f"call-{next(ids)}"
            yield _asked(pending, *called)
        elif pending is not None:
            yield {"role": "tool", "tool_call_id": pending, "content": turn["content"]}
            pending = None
        else:
            yield {"role": "user", "content": turn["content"]}


def call(action: str) -> tuple[str, dict[str, Any]] | None:
    """(tool, arguments) of `Name{…}`, `Name(a=…)`, `Name: {…}` or `Name⏎Action Input: {…}`; else `None`."""
    found = _CALL.match(action)
    if found is None or found[2] is None:
        return None
    return found[1], _arguments(found[2].strip())


def _arguments(text: str) -> dict[str, Any]:
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return value
    try:
        keywords = ast.parse(f"f{text}", mode="eval").body
        if isinstance(keywords, ast.Call):
            return {str(word.arg): ast.literal_eval(word.value) for word in keywords.keywords}
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        pass
    return {"input": text}


def _step(
    tool: str, arguments: Mapping[str, Any], result: str, ids: Iterator[int]
) -> Iterator[Mapping[str, Any]]:
    name = f"call-{next(ids)}"
    yield _asked(name, tool, arguments)
    yield {"role": "tool", "tool_call_id": name, "content": result}


def _asked(name: str, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    function = {"name": tool, "arguments": json.dumps(arguments, default=str)}
    return {"role": "assistant", "tool_calls": [{"id": name, "type": "function", "function": function}]}


#: Folder and file prefix of recordings without any attack, by the name that figures show.
BENIGN: Final[Mapping[str, tuple[str, Callable[[Path], Iterator[Chat]]]]] = {
    "tau-bench airline": ("tau_bench", tau_bench),
    "SWE-agent": ("swe_agent", swe_agent),
}
