"""hoop sessions (JSON download) and its session webhooks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, micros, name, required
from afteraction.ingest.waiting import Waiting, unanswered
from afteraction.records.action import Action, Status

FORMAT = "hoop"
_REVIEWS: Final[dict[str, Literal["approved", "denied"]]] = {
    "APPROVED": "approved",
    "REJECTED": "denied",
    "REVOKED": "denied",
}


def _detect(value: dict[str, Any]) -> bool:
    if value.get("event_type") in ("session.open", "session.close"):
        return True
    return "event_stream" in value and "connection" in value


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    kind = value.get("event_type")
    if kind == "session.open":
        typed, is_whole = _decoded(value.get("input"))
        action = _action(
            record, context, typed, is_whole=is_whole and value.get("is_input_truncated") is not True
        )
        return Waiting.of(context).open(required(value, "id"), action)
    if kind == "session.close":
        return _closed(value, context)
    if not _detect(value):
        raise unknown("expected a session with `event_stream`, or a `session.open` or `session.close` event")
    return (_session(record, context),)


def _closed(value: dict[str, Any], context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    waiting.tick()
    yield from waiting.answer(required(value, "id"), name(value.get("exit_err")) or "", _status(value), None)


def _session(record: Record, context: Context) -> Action:
    value = record.value
    script = value.get("script")
    typed = script.get("data") if isinstance(script, dict) else script
    ended = micros(value.get("end_date"))
    action = _action(
        record, context, typed or _stream(value, "i"), is_whole=value.get("is_input_truncated") is not True
    )
    if ended is None and "exit_code" not in value:
        return action
    return msgspec.structs.replace(
        action,
        result=_stream(value, "oe") or "",
        result_position=action.position,
        result_time=ended,
        status=_status(value),
    )


def _action(record: Record, context: Context, typed: Any, *, is_whole: bool) -> Action:
    value = record.value
    by_machine = value.get("identity_type") == "machine"
    call = (
        {"connection": value.get("connection"), "script": typed} if isinstance(typed, str) and typed else None
    )
    given, unscorable = arguments(call, context.max_depth)
    return Action(
        tenant=name(value.get("org_id")) or context.tenant,
        source_system=FORMAT,
        session_id=name(value.get("correlation_id")) or required(value, "id"),
        call=required(value, "id"),
        tool=_tool(value),
        position=record.place.line,
        place=record.place,
        args=given,
        event_time=micros(value.get("start_date")),
        agent_id=(name(value.get("machine_identity_id")) or name(value.get("user"))) if by_machine else None,
        on_behalf_of=name(value.get("user")) or name(value.get("user_email")),
        approval=_approval(value.get("review")),
        unscorable=unscorable if is_whole else "the log holds only the beginning of the input",
    )


def _tool(value: dict[str, Any]) -> str:
    kinds = ("connection_subtype", "connection_type", "type")
    kind = next((found for found in map(name, map(value.get, kinds)) if found), "connection")
    return f"{kind}_{name(value.get('verb')) or 'exec'}"


def _approval(review: Any) -> Literal["approved", "denied"] | None:
    status = name(review.get("status")) if isinstance(review, dict) else None
    if status is None:
        return None
    return _REVIEWS.get(status.upper())


def _status(value: dict[str, Any]) -> Status:
    return "ok" if value.get("exit_code") in (0, None, "0") else "error"


def _decoded(encoded: Any) -> tuple[str | None, bool]:
    """Base64 text as UTF-8, and whether it could be decoded."""
    if not isinstance(encoded, str):
        return None, True
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace").replace(
            "\x00", "\ufffd"
        ), True
    except (binascii.Error, ValueError):
        return None, False


def _stream(value: dict[str, Any], kinds: str) -> str:
    """What went over the wire: `i` typed, `o` and `e` printed."""
    events = value.get("event_stream")
    parts = [
        _decoded(event[2])[0] or ""
        for event in (events if isinstance(events, list) else ())
        if isinstance(event, list) and len(event) == 3 and isinstance(event[1], str) and event[1] in kinds
    ]
    return "".join(parts)


READER = Reader(
    format=FORMAT,
    summary="hoop session downloads (JSON) and `session.open`/`session.close` webhooks",
    detected_by="`event_stream` and `connection`; or `event_type` = `session.open` or `session.close`",
    detect=_detect,
    read=_read,
    finish=unanswered,
    examples=(
        Example(
            lines=(
                (
                    '{"id":"a1","user":"alice@example.com","identity_type":"machine","connection":"pg-prod",'
                    '"type":"database","connection_subtype":"postgres","verb":"exec",'
                    '"script":{"data":"select 1"},'
                    '"event_stream":[[0.01,"i","c2VsZWN0IDE="],[0.2,"o","MQ=="]],'
                    '"start_date":"2026-11-01T10:00:00Z",'
                    '"end_date":"2026-11-01T10:00:01Z","exit_code":0,"status":"done"}'
                ),
                (
                    '{"event_type":"session.open","id":"a2","user_email":"bob@example.com",'
                    '"connection":"bash-prod",'
                    '"connection_type":"custom","input":"cm0gLXJm","is_input_truncated":true,"verb":"exec"}'
                ),
                '{"event_type":"session.close","id":"a2","exit_code":1,"exit_err":"failed"}',
            ),
            becomes=(
                'postgres_exec ok {"connection":"pg-prod","script":"select 1"}',
                "custom_exec unscorable",
            ),
        ),
    ),
)
