"""Plain action JSONL: one tool call or one message a line, for every source without a format of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, cast

import msgspec

from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import arguments, micros, name, text
from afteraction.records.action import Action, Status
from afteraction.records.message import Message, Role
from afteraction.records.place import Place

FORMAT = "plain"
_STATUSES: Final = frozenset({"ok", "error", "denied", "pending"})
_APPROVALS: Final = frozenset({"approved", "denied"})
_ROLES: Final = frozenset({"system", "user", "assistant"})

#: What every member means, as docs/formats.md says it.
MEMBERS: Final = {
    "session_id": "required; calls and messages with the same one belong together",
    "tool": "required for a call: the tool's name",
    "args": "the arguments: an object, a JSON string or plain text; absent means unscorable",
    "call_id": "the call's own id, unique in its session; without it the time and the line name the call",
    "result": "what came back: text or any JSON; absent means that nothing came back",
    "time": "when the call or message was made",
    "result_time": "when the result came back",
    "agent_id": "which agent acted",
    "on_behalf_of": "the person it acted for",
    "tenant": "whose data this is; absent means the default tenant",
    "model": "the model behind the agent",
    "status": "`ok`, `error`, `denied` or `pending`; absent means `ok` with a result, else `pending`",
    "approval": "`approved` or `denied`, where a person or a gate decided before the call ran",
    "truncated": "`true` when the arguments are cut off: the call is unscorable",
    "position": "an integer that orders the session; absent means the line's number",
    "role": "for a message: `system`, `user` or `assistant`",
    "text": "for a message: what was said",
}

Name = str | int | None
Time = str | int | float | None


class _Line(msgspec.Struct, gc=False, omit_defaults=True):
    """The members of a line that is a call or a message; others are ignored."""

    session_id: Name = None
    tool: str | None = None
    args: Any = None
    call_id: Name = None
    result: Any = None
    time: Time = None
    result_time: Time = None
    agent_id: str | None = None
    on_behalf_of: Name = None
    tenant: str | None = None
    model: str | None = None
    status: str | None = None
    approval: str | None = None
    truncated: bool = False
    position: int | None = None
    role: str | None = None
    text: Any = None


def _detect(value: dict[str, Any]) -> bool:
    if "session_id" not in value or "event" in value or "run_type" in value:
        return False
    return ("tool" in value and ("args" in value or "result" in value or "call_id" in value)) or (
        "role" in value and "text" in value
    )


def _read(record: Record, context: Context) -> Iterable[Item]:
    line: _Line = record.value
    if line.tool is not None:
        return (_action(line, record.place, context),)
    if line.role is not None and line.text is not None:
        return (_message(line, record.place, context),)
    raise unknown("expected a call with `session_id`, `tool` and `args`, or a message with `role` and `text`")


def _action(line: _Line, place: Place, context: Context) -> Action:
    time = _time(line.time, "time")
    given, unscorable = arguments(line.args, context.max_depth)
    result = line.result if isinstance(line.result, str) else text(line.result)
    position = place.line if line.position is None else line.position
    return Action(
        tenant=line.tenant or context.tenant,
        source_system=FORMAT,
        session_id=_required(line.session_id, "session_id"),
        call=name(line.call_id) or _made_up_call(place, time),
        tool=_required(line.tool, "tool"),
        position=position,
        place=place,
        args=given,
        result=result,
        result_position=None if result is None else position,
        result_time=_time(line.result_time, "result_time"),
        status=cast(
            "Status", _one_of(line.status, "status", _STATUSES) or ("pending" if result is None else "ok")
        ),
        event_time=time,
        agent_id=line.agent_id or None,
        on_behalf_of=name(line.on_behalf_of),
        model=line.model or None,
        approval=cast('Literal["approved", "denied"] | None', _one_of(line.approval, "approval", _APPROVALS)),
        unscorable="the log says that the arguments are cut off" if line.truncated else unscorable,
    )


def _message(line: _Line, place: Place, context: Context) -> Message:
    return Message(
        tenant=line.tenant or context.tenant,
        source_system=FORMAT,
        session_id=_required(line.session_id, "session_id"),
        position=place.line if line.position is None else line.position,
        role=cast("Role", _one_of(line.role, "role", _ROLES)),
        text=text(line.text) or "",
        place=place,
        event_time=_time(line.time, "time"),
        agent_id=line.agent_id or None,
    )


def _made_up_call(place: Place, time: int | None) -> str:
    """Names a call without an id: by time and content, so that a second copy of the line is the same call."""
    if time is not None:
        return f"@{time}.{place.digest[:16]}"
    return f"@{place.file.rpartition('/')[2]}:{place.line}"


def _required(value: Name, member: str) -> str:
    found = name(value)
    if found is None:
        raise Refused("missing_field", f"`{member}` must be a non-empty string")
    return found


def _time(value: Time, member: str) -> int | None:
    if value is None:
        return None
    found = micros(value)
    if found is None:
        raise Refused("wrong_type", f"`{member}` must be an RFC 3339 time or a number of seconds since 1970")
    return found


def _one_of(value: str | None, member: str, allowed: frozenset[str]) -> str | None:
    if value is not None and value not in allowed:
        raise Refused("wrong_type", f"`{member}` must be one of {', '.join(sorted(allowed))}")
    return value


READER = Reader(
    format=FORMAT,
    summary="plain action JSONL, one tool call or message a line; the format to export to when in doubt",
    detected_by="`session_id`, and `tool` with `args`, `result` or `call_id`, or `role` with `text`",
    detect=_detect,
    read=_read,
    splittable=True,
    shape=_Line,
    examples=(
        Example(
            lines=(
                '{"session_id":"s1","role":"user","text":"Mail the report to bob@example.com."}',
                (
                    '{"session_id":"s1","tool":"send_email","args":{"to":"bob@example.com"},"call_id":"c1",'
                    '"result":{"sent":true},"time":"2026-11-20T10:00:00Z","agent_id":"mailer",'
                    '"on_behalf_of":"alice@example.com","tenant":"acme","model":"m-1","status":"ok",'
                    '"approval":"approved"}'
                ),
            ),
            becomes=(
                "user: Mail the report to bob@example.com.",
                'send_email ok {"to":"bob@example.com"}',
            ),
        ),
        Example(
            lines=('{"session_id":"s1","tool":"send_email","call_id":"c2"}',),
            becomes=("send_email unscorable",),
        ),
    ),
)
