"""The `afteraction-hook` command for Claude Code: one PreToolUse JSON on stdin, its answer on stdout."""

from __future__ import annotations

import os

from afteraction_hook.config import Config, ConfigError, read_config
from afteraction_hook.decide import Call
from afteraction_hook.files import read_all, write_all
from afteraction_hook.gate import Gate, failed
from afteraction_hook.shape import ShapeError
from afteraction_hook.strictjson import JsonError, canonical, parse
from afteraction_hook.watchdog import Once, Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from afteraction_hook.verdict import Verdict

EVENT = "PreToolUse"
STDIN, STDOUT = 0, 1
SHOWN = 4
MAX_REASON = 1000


class InputError(ValueError):
    """What came on stdin is not the announcement of a tool call; the message never holds its content."""


class Command:
    """One run of the command: read, judge, log, answer once, in time."""

    def __init__(self) -> None:
        self._once = Once()
        self._call: Call | None = None
        self._gate = Gate(Config())

    def run(self) -> None:
        """Answer on stdout; an `OSError` says that nobody could be answered."""
        watchdog = self._watched()
        try:
            self._gate = Gate(read_config(os.environ))
        except ConfigError as error:
            verdict = failed(self._gate.config, "config", f"The hook's configuration is not usable: {error}.")
        else:
            watchdog.cancel()
            watchdog = self._watched()
            verdict = self._verdict()
        watchdog.cancel()
        self._answer(verdict)

    def _verdict(self) -> Verdict:
        config = self._gate.config
        try:
            self._call = read_call(read_all(STDIN, config.max_input_bytes))
        except (InputError, JsonError, ShapeError, OSError) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            return self._gate.logged(None, failed(config, "input", f"The call cannot be judged: {what}."))
        return self._gate.check(self._call)

    def _watched(self) -> Watchdog:
        seconds = self._gate.config.deadline_ms / 1000
        late = failed(self._gate.config, "time", f"No verdict was reached within {seconds:g} seconds.")
        return Watchdog(seconds, lambda: self._answer(late), lambda: self._note(late))

    def _note(self, late: Verdict) -> None:
        self._gate.logged(self._call, late)

    def _answer(self, verdict: Verdict) -> None:
        if self._once.claim():
            write_all(STDOUT, answer(verdict, self._gate.config.on_allow))


def read_call(raw: bytes | None) -> Call:
    """The call that Claude Code announces; raises `InputError` or `JsonError`."""
    if raw is None:
        raise InputError("the input is longer than max_input_bytes")
    found = parse(raw)
    if not isinstance(found, dict):
        raise InputError("expected one JSON object on stdin")
    if found.get("hook_event_name") != EVENT:
        raise InputError(f"expected hook_event_name {EVENT}")
    if not isinstance(found.get("tool_input"), dict):
        raise InputError("expected tool_input to be an object")
    tool, session_id = (_name(found, key) for key in ("tool_name", "session_id"))
    if not tool or not session_id:
        raise InputError("expected tool_name and session_id")
    return Call(tool, found["tool_input"], session_id, _name(found, "agent_id"), _name(found, "tool_use_id"))


def answer(verdict: Verdict, on_allow: str) -> bytes:
    """The PreToolUse answer: the decision with a reason that holds no argument value."""
    told: dict[str, Any] = {"suppressOutput": True}
    if verdict.decision != "allow" or on_allow == "allow":
        told["hookSpecificOutput"] = {
            "hookEventName": EVENT,
            "permissionDecision": verdict.decision,
            "permissionDecisionReason": explain(verdict),
        }
    return canonical(told) + b"\n"


def explain(verdict: Verdict) -> str:
    """One line for the person and the model: the main reasons, the score and the bundle."""
    told = [reason.text.strip().rstrip(".") for reason in verdict.reasons[:SHOWN]]
    said = "; ".join(told)[:MAX_REASON] or "Nothing speaks against it"
    if verdict.bundle_revision is None:
        return f"{said}."
    return f"{said} (score {verdict.points}, bundle {verdict.bundle_revision})."


def _name(found: dict[str, Any], key: str) -> str | None:
    value = found.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"expected {key} to be text")
    return value
