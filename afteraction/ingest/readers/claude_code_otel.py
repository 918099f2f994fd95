"""Claude Code's OpenTelemetry events (OTLP JSON logs): the only source that holds the person's decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.claude_events import event_of, holds_events
from afteraction.ingest.otlp_values import attributes, first, log_records
from afteraction.ingest.parts_of_speech import opened
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import arguments, micros
from afteraction.ingest.waiting import Waiting, answered, unanswered
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place

FORMAT = "claude_code_otel"
MAIN_AGENT: Final = "claude-code"
_PERSON: Final = ("user.email", "user.id", "user.account_uuid")
#: Decisions that a person or a hook took for this very call; `config` is a standing rule.
_DECIDED: Final = frozenset({"user_temporary", "user_permanent", "hook"})
#: The client cuts longer values.
_LONGEST_VALUE: Final = 512

Approval = Literal["approved", "denied"]


def _read(record: Record, context: Context) -> Iterable[Item]:
    if not isinstance(record.value.get("resourceLogs"), list):
        raise unknown("expected `resourceLogs` with events of Claude Code")
    return _items(record, context)


def _items(record: Record, context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    for log in log_records(record.value):
        waiting.tick()
        event, own = event_of(log), attributes(log.get("attributes"))
        if event not in ("tool_decision", "tool_result", "user_prompt"):
            continue
        time = micros(log.get("timeUnixNano") or own.get("event.timestamp"))
        session = first(own, ("session.id",))
        if session is None:
            raise Refused("missing_field", "an event without `session.id`")
        if event == "user_prompt":
            yield from _prompt(own, session, time, record.place, context)
            continue
        action = _action(own, session, time, record.place, context)
        key = (session, first(own, ("tool_use_id",)))
        if event == "tool_decision":
            yield from _decided(key, action, waiting)
        else:
            yield _finished(waiting.take(key) if key[1] else None, action, own, time)


def _prompt(
    own: dict[str, Any], session: str, time: int | None, place: Place, context: Context
) -> Iterator[Item]:
    words = own.get("prompt")
    if isinstance(words, str) and words and words != "<REDACTED>":
        yield Message(
            tenant=context.tenant,
            source_system=FORMAT,
            session_id=session,
            position=Waiting.of(context).tick(),
            role="user",
            text=words,
            place=place,
            event_time=time,
        )


def _decided(key: tuple[str, str | None], action: Action, waiting: Waiting) -> Iterator[Item]:
    """A refused call has no result event; an accepted one without an id is told of again with its result."""
    if action.approval == "denied":
        yield msgspec.structs.replace(action, status="denied")
    elif key[1]:
        yield from waiting.open(key, action)


def _finished(decided: Action | None, action: Action, own: dict[str, Any], time: int | None) -> Action:
    failed = str(own.get("success")).lower() == "false"
    result = own.get("error") if failed else own.get("tool_result")
    approval = action.approval or (decided.approval if decided else None)
    call = decided.call if decided else action.call
    position = decided.position if decided else action.position
    done = msgspec.structs.replace(action, call=call, approval=approval, position=position)
    text = result if isinstance(result, str) else None
    return answered(done, text, "error" if failed else "ok", time, position)


def _action(own: dict[str, Any], session: str, time: int | None, place: Place, context: Context) -> Action:
    waiting = Waiting.of(context)
    call = first(own, ("tool_use_id",))
    known = waiting.is_repeated((session, "call", call)) and call
    took = own.get("duration_ms")
    started = time - int(float(took) * 1000) if time is not None and took is not None else time
    given, unscorable = _arguments(own, context.max_depth)
    return Action(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=session,
        call=known or waiting.call_id(session, call or first(own, ("event.sequence",))),
        tool=first(own, ("tool_name",)) or NAMELESS,
        position=waiting.tick(),
        place=place,
        args=given,
        event_time=started,
        agent_id=_agent(own),
        on_behalf_of=first(own, _PERSON),
        approval=_approval(own),
        unscorable=unscorable,
    )


def _agent(own: dict[str, Any]) -> str:
    agent = first(own, ("agent_id", "agent.id"))
    return f"{MAIN_AGENT}/{agent}" if agent else MAIN_AGENT


def _approval(own: dict[str, Any]) -> Approval | None:
    decision = first(own, ("decision_type", "decision"))
    source = first(own, ("decision_source", "source"))
    if decision == "reject":
        return "denied"
    return "approved" if decision == "accept" and source in _DECIDED else None


def _arguments(own: dict[str, Any], max_depth: int) -> tuple[str | None, str | None]:
    """The input; without it, the parameters that the client tells of a shell command."""
    given = opened(own.get("tool_input"), max_depth)
    if given is None:
        parameters = opened(own.get("tool_parameters"), max_depth)
        command = parameters.get("full_command") if isinstance(parameters, dict) else None
        given = {"command": command} if isinstance(command, str) else None
    text, unscorable = arguments(given, max_depth)
    return text, unscorable or ("the client cuts long arguments" if _is_cut(given) else None)


def _is_cut(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) >= _LONGEST_VALUE
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_cut, inner))


READER = Reader(
    format=FORMAT,
    summary="Claude Code's OpenTelemetry events, as OTLP JSON logs (needs `OTEL_LOG_TOOL_DETAILS=1`)",
    detected_by="`resourceLogs` with events named `claude_code.…`",
    misses="results and model text; arguments beyond 512 characters, which the client cuts",
    detect=holds_events,
    read=_read,
    finish=unanswered,
    examples=(
        Example(
            lines=(
                (
                    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1780000000000000000",'
                    '"body":{"stringValue":"claude_code.tool_decision"},"attributes":['
                    '{"key":"session.id","value":{"stringValue":"s1"}},'
                    '{"key":"tool_name","value":{"stringValue":"Bash"}},'
                    '{"key":"tool_use_id","value":{"stringValue":"toolu_1"}},'
                    '{"key":"decision","value":{"stringValue":"accept"}},'
                    '{"key":"source","value":{"stringValue":"user_temporary"}}]},'
                    '{"timeUnixNano":"1780000002000000000",'
                    '"body":{"stringValue":"claude_code.tool_result"},"attributes":['
                    '{"key":"session.id","value":{"stringValue":"s1"}},'
                    '{"key":"tool_name","value":{"stringValue":"Bash"}},'
                    '{"key":"tool_use_id","value":{"stringValue":"toolu_1"}},'
                    '{"key":"success","value":{"stringValue":"true"}},'
                    '{"key":"duration_ms","value":{"intValue":"1500"}},'
                    '{"key":"tool_input","value":{"stringValue":"{\\"command\\":\\"ls\\"}"}}]}]}]}]}'
                ),
            ),
            becomes=('Bash ok {"command":"ls"}',),
        ),
    ),
)
