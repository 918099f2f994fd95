"""The decision log: one JSON line per verdict, appended with one write, which the audit reads back."""

from __future__ import annotations

import os
import time

from afteraction_hook.digest import sha256_hex
from afteraction_hook.files import append_line
from afteraction_hook.strictjson import JsonError, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from afteraction_hook.config import Config
    from afteraction_hook.decide import Call
    from afteraction_hook.verdict import Verdict

EVENT = "afteraction.hook.decision"


def args_sha256(args: Any) -> str:
    """The SHA-256 (hex) of the canonical form (RFC 8785) of the arguments; raises `JsonError`."""
    return sha256_hex(canonical(args))


def write_decision(call: Call | None, verdict: Verdict, config: Config) -> None:
    """Append the verdict to the configured log; raises `OSError`. Without a log nothing is written."""
    if config.log is not None:
        append_line(config.log, canonical(record(call, verdict, config)), fsync=config.fsync)


def record(call: Call | None, verdict: Verdict, config: Config) -> dict[str, Any]:
    """The line as a document. Arguments are in it only where the owner asked; else their digest alone."""
    found: dict[str, Any] = {
        "event": EVENT,
        "version": 1,
        "decision_id": "dec_" + os.urandom(16).hex(),
        "time": _now(),
        "tenant": config.tenant,
        "session_id": None,
        "tool": None,
        "args": None,
        "args_sha256": None,
        "decision": verdict.decision,
        "reasons": [reason.as_dict() for reason in verdict.reasons],
        "points": verdict.points,
        "bundle_revision": verdict.bundle_revision,
        "path": verdict.path,
        "missing": list(verdict.missing),
        "notes": [note.as_dict() for note in verdict.notes],
    }
    if verdict.rollout is not None:
        found["rollout"] = verdict.rollout
    if call is not None:
        found.update(_call(call, log_args=config.log_args))
    return found


def _call(call: Call, *, log_args: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"session_id": _sound(call.session_id), "tool": _sound(call.tool)}
    if call.agent_id is not None:
        found["agent_id"] = _sound(call.agent_id)
    if call.tool_use_id is not None:
        found["tool_use_id"] = _sound(call.tool_use_id)
    try:
        found["args_sha256"] = args_sha256(call.args)
    except JsonError:
        return found
    if log_args:
        found["args"] = call.args
    return found


def _sound(name: str) -> str:
    """`name` without lone surrogates, which no log line may hold."""
    return name.encode("utf-8", "replace").decode()


def _now() -> str:
    """Now in UTC with microseconds, as RFC 3339 has it."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"
