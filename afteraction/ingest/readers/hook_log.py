"""The decision log of our own enforcement hook: one verdict a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import arguments, micros, name, required
from afteraction.records.action import Action

FORMAT = "hook_log"
EVENT: Final = "afteraction.hook.decision"
_DECISIONS: Final = frozenset({"allow", "ask", "deny"})
_WORD: Final = re.compile(r"[a-z_]{1,20}")
_REVISION: Final = re.compile(r"b[0-9]{1,16}-[0-9a-f]{12}")


def _detect(value: dict[str, Any]) -> bool:
    return value.get("event") == EVENT


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    if value.get("event") != EVENT:
        raise unknown(f"expected `event` to be {EVENT}")
    if value.get("version") != 1:
        raise unknown("expected `version` 1 of the decision log")
    decision = value.get("decision")
    if not isinstance(decision, str) or decision not in _DECISIONS:
        raise Refused("wrong_type", "`decision` must be one of allow, ask, deny")
    return (_action(record, context, is_denied=decision == "deny"),)


def _action(record: Record, context: Context, *, is_denied: bool) -> Action:
    value, place = record
    given, unscorable = arguments(value.get("args"), context.max_depth)
    return Action(
        tenant=name(value.get("tenant")) or context.tenant,
        source_system=FORMAT,
        session_id=name(value.get("session_id")) or f"{context.source}:no-session",
        call=name(value.get("tool_use_id")) or required(value, "decision_id"),
        tool=name(value.get("tool")) or NAMELESS,
        position=place.line,
        place=place,
        args=given,
        status="denied" if is_denied else "pending",
        event_time=micros(value.get("time")),
        agent_id=name(value.get("agent_id")),
        approval="denied" if is_denied else None,
        unscorable=unscorable,
        hook_verdict=_verdict(value),
    )


def _verdict(value: Mapping[str, Any]) -> str:
    """What the hook said, and what both bundles said during a rollout: words, points and revisions only."""
    found = _said(value)
    rollout = value.get("rollout")
    if isinstance(rollout, dict):
        found["rollout"] = {
            "stage": _matching(_WORD, rollout.get("stage")),
            "enforced": _matching(_WORD, rollout.get("enforced")),
            **{side: _said(rollout.get(side)) for side in ("live", "candidate")},
        }
    return msgspec.json.encode(found).decode()


def _said(value: object) -> dict[str, Any]:
    said: Mapping[str, Any] = value if isinstance(value, dict) else {}
    points = said.get("points")
    return {
        "decision": _matching(_WORD, said.get("decision")),
        "path": _matching(_WORD, said.get("path")),
        "points": points if type(points) is int else None,
        "bundle_revision": _matching(_REVISION, said.get("bundle_revision")),
    }


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


READER = Reader(
    format=FORMAT,
    summary="decisions of `afteraction-hook`, one a line",
    detected_by=f"`event` = `{EVENT}`",
    misses="results: the hook decides before the call runs; arguments, where the owner does not log them",
    detect=_detect,
    read=_read,
    splittable=True,
    examples=(
        Example(
            lines=(
                (
                    '{"event":"afteraction.hook.decision","version":1,"decision_id":"d1","time":'
                    '"2026-11-20T10:00:00Z",'
                    '"tenant":"acme","session_id":"s1","agent_id":"coder","tool":"Bash",'
                    '"tool_use_id":"toolu_1",'
                    '"args":{"command":"git push --force"},"args_sha256":"00","decision":"deny",'
                    '"reasons":["force push"],'
                    '"points":90,"bundle_revision":"b1-000000000000","path":"score"}'
                ),
                (
                    '{"event":"afteraction.hook.decision","version":1,"decision_id":"d2","time":'
                    '"2026-11-20T10:00:05Z",'
                    '"tenant":"acme","session_id":"s1","tool":"Read","args":null,"args_sha256":"00",'
                    '"decision":"allow","reasons":[],"points":0,"bundle_revision":"b1-000000000000",'
                    '"path":"score"}'
                ),
            ),
            becomes=('Bash denied {"command":"git push --force"}', "Read unscorable"),
        ),
    ),
)
