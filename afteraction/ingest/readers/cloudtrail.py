"""AWS CloudTrail events: the role's session name is the agent's session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, json_text, micros, name, required
from afteraction.records.action import Action, Status

FORMAT = "cloudtrail"


def _detect(value: dict[str, Any]) -> bool:
    return "eventSource" in value and "eventName" in value and "eventVersion" in value


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    if not _detect(value):
        raise unknown("expected a CloudTrail event with `eventVersion`, `eventSource` and `eventName`")
    return (_action(record, context),)


def _members(value: dict[str, Any], member: str) -> dict[str, Any]:
    found = value.get(member)
    return found if isinstance(found, dict) else {}


def _action(record: Record, context: Context) -> Action:
    value, place = record
    who = _members(value, "userIdentity")
    issuer = _members(_members(who, "sessionContext"), "sessionIssuer")
    asked = value.get("requestParameters", ...)
    given, unscorable = arguments({} if asked is None else None if asked is ... else asked, context.max_depth)
    time = micros(value.get("eventTime"))
    return Action(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=_session(who) or f"{context.source}:no-identity",
        call=name(value.get("eventID")) or f"@{time}.{place.digest[:16]}",
        tool=f"{required(value, 'eventSource').split('.')[0]}:{required(value, 'eventName')}",
        position=place.line,
        place=place,
        args=given,
        result=_result(value),
        result_position=place.line,
        status=_status(value),
        event_time=time,
        agent_id=name(issuer.get("userName")) or name(who.get("userName")) or name(who.get("invokedBy")),
        on_behalf_of=name(_members(who, "sessionContext").get("sourceIdentity")),
        unscorable=unscorable,
    )


def _session(who: dict[str, Any]) -> str | None:
    """The role session name; without a role, the key or principal that signed the request."""
    arn = name(who.get("arn")) or ""
    if ":assumed-role/" in arn:
        return arn.rpartition("/")[2]
    return name(who.get("accessKeyId")) or name(who.get("principalId")) or name(who.get("invokedBy"))


def _status(value: dict[str, Any]) -> Status:
    code = name(value.get("errorCode"))
    if code is None:
        return "ok"
    return "denied" if "AccessDenied" in code or "Unauthorized" in code else "error"


def _result(value: dict[str, Any]) -> str | None:
    if value.get("errorCode"):
        return json_text({key: value.get(key) for key in ("errorCode", "errorMessage")})
    answer = value.get("responseElements")
    return None if answer is None else json_text(answer)


READER = Reader(
    format=FORMAT,
    summary="AWS CloudTrail events, as `Records` documents or one a line",
    detected_by="`eventVersion`, `eventSource` and `eventName`, also inside `Records`",
    misses="the content of what was read; who acted, where the operator sets no role session name",
    detect=_detect,
    read=_read,
    splittable=True,
    wrapper="Records",
    examples=(
        Example(
            lines=(
                (
                    '{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole",'
                    '"arn":"arn:aws:sts::111122223333:assumed-role/agent/s1",'
                    '"sessionContext":{"sessionIssuer":'
                    '{"userName":"agent"}}},"eventTime":"2026-11-01T10:00:00Z",'
                    '"eventSource":"s3.amazonaws.com",'
                    '"eventName":"GetObject","requestParameters":{"bucketName":"b","key":"k"},'
                    '"responseElements":null,"eventID":"e1"},{"eventVersion":"1.11",'
                    '"userIdentity":{"type":"IAMUser",'
                    '"userName":"bot","principalId":"AIDA1"},"eventTime":"2026-11-01T10:00:01Z",'
                    '"eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":null,'
                    '"errorCode":"AccessDenied","errorMessage":"not authorized","eventID":"e2"}]}'
                ),
            ),
            becomes=('s3:GetObject ok {"bucketName":"b","key":"k"}', "iam:CreateUser denied {}"),
        ),
    ),
)
