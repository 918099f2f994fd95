"""Plain action JSONL: one tool call or one message a line, for every source without a format of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, cast

from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import arguments, micros, name, required, text
from afteraction.records.action import Action, Status
from afteraction.records.message import Message, Role
from afteraction.records.place import Place

FORMAT = "plain"
_STATUSES: Final = frozenset({"ok", "error", "denied", "pending"})
_APPROVALS: Final = frozenset({"approved", "denied"})
_ROLES: Final = frozenset({"system", "user", "assistant"})


def _detect(value: dict[str, Any]) -> bool:
    if "session_id" not in value or "event" in value or "run_type" in value:
        return False
    return ("tool" in value and ("args" in value or "result" in value or "call_id" in value)) or (
        "role" in value and "text" in value
    )


def _read(record: Record, context: Context) -> Iterable[Item]:
    if "tool" in record.value:
        return (_action(record, context),)
    if "role" in record.value and "text" in record.value:
        return (_message(record, context),)
    raise unknown("expected a call with `session_id`, `tool` and `args`, or a message with `role` and `text`")


def _action(record: Record, context: Context) -> Action:
    value, place = record
    time = _time(value, "time")
    given, unscorable = arguments(value.get("args"), context.max_depth)
    result = text(value.get("result"))
    return Action(
        tenant=name(value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=required(value, "session_id"),
        call=name(value.get("call_id")) or _made_up_call(place, time),
        tool=required(value, "tool"),
        position=_position(value, place),
        place=place,
        args=given,
        result=result,
        result_position=None if result is None else _position(value, place),
        result_time=_time(value, "result_time"),
        status=cast("Status", _one_of(value, "status", _STATUSES) or ("pending" if result is None else "ok")),
        event_time=time,
        agent_id=name(value.get("agent_id")),
        on_behalf_of=name(value.get("on_behalf_of")),
        model=name(value.get("model")),
        approval=cast('Literal["approved", "denied"] | None', _one_of(value, "approval", _APPROVALS)),
        unscorable="the log says that the arguments are cut off"
        if value.get("truncated") is True
        else unscorable,
    )


def _message(record: Record, context: Context) -> Message:
    value, place = record
    words = text(value["text"])
    return Message(
        tenant=name(value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=required(value, "session_id"),
        position=_position(value, place),
        role=cast("Role", _one_of(value, "role", _ROLES)),
        text=words or "",
        place=place,
        event_time=_time(value, "time"),
        agent_id=name(value.get("agent_id")),
    )


def _made_up_call(place: Place, time: int | None) -> str:
    """Names a call without an id: by time and content, so that a second copy of the line is the same call."""
    if time is not None:
        return f"@{time}.{place.digest[:16]}"
    return f"@{place.file.rpartition('/')[2]}:{place.line}"


def _position(value: dict[str, Any], place: Place) -> int:
    given = value.get("position", place.line)
    if not isinstance(given, int) or isinstance(given, bool):
        raise Refused("wrong_type", "`position` must be an integer")
    return given


def _time(value: dict[str, Any], member: str) -> int | None:
    given = value.get(member)
    if given is None:
        return None
    found = micros(given)
    if found is None:
        raise Refused("wrong_type", f"`{member}` must be an RFC 3339 time or a number of seconds since 1970")
    return found


def _one_of(value: dict[str, Any], member: str, allowed: frozenset[str]) -> str | None:
    given = value.get(member)
    if given is None:
        return None
    if not isinstance(given, str) or given not in allowed:
        raise Refused("wrong_type", f"`{member}` must be one of {', '.join(sorted(allowed))}")
    return given


READER = Reader(
    format=FORMAT,
    summary="plain action JSONL, one tool call or message a line; the format to export to when in doubt",
    detected_by="`session_id`, and `tool` with `args`, `result` or `call_id`, or `role` with `text`",
    detect=_detect,
    read=_read,
    splittable=True,
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
