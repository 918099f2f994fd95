"""Claude Code transcripts: one record a line, calls and results in different lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from afteraction.ingest.blocks import calls, replies, words
from afteraction.ingest.chat import NAMELESS, Call
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.values import arguments, micros, name, required, text
from afteraction.ingest.waiting import Waiting, unanswered
from afteraction.records.action import Action, Status
from afteraction.records.message import Message, Role

FORMAT = "claude_code"
MAIN_AGENT: Final = "claude-code"
_SPOKEN: Final = frozenset({"user", "assistant"})
#: Record types that hold neither a call, a result nor a person's words.
HARMLESS: Final = frozenset(
    {
        "agent-name",
        "ai-title",
        "attachment",
        "custom-title",
        "file-history-snapshot",
        "last-prompt",
        "mode",
        "permission-mode",
        "pr-link",
        "progress",
        "queue-operation",
        "summary",
        "system",
        "tag",
        "worktree-state",
    }
)


def _detect(value: dict[str, Any]) -> bool:
    if value.get("type") == "summary":
        return "leafUuid" in value
    return "sessionId" in value and "uuid" in value and isinstance(value.get("message"), dict)


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    kind = value.get("type")
    if isinstance(kind, str) and kind in HARMLESS:
        return ()
    message = value.get("message")
    if not isinstance(kind, str) or kind not in _SPOKEN or not isinstance(message, dict):
        raise unknown("expected a transcript record of type `user` or `assistant` with a `message`")
    return _items(record, message, context)


def _items(record: Record, message: dict[str, Any], context: Context) -> Iterator[Item]:
    waiting = Waiting.of(context)
    waiting.tick()
    session = required(record.value, "sessionId")
    time = micros(record.value.get("timestamp"))
    for reply in replies(message):
        status: Status = "error" if reply.is_error else "ok"
        yield from waiting.answer((session, reply.id), text(reply.content or "") or "", status, time)
    said = words(message)
    key = message.get("id") or record.value.get("uuid")
    if said and not waiting.is_repeated((session, str(key), said)):
        yield _message(record, message, said, context)
    for call in calls(message):
        if not waiting.is_repeated(
            (session, str(message.get("id")), call.id, None if call.id else record.place)
        ):
            yield from waiting.open((session, call.id), _action(record, message, call, context))


def _message(record: Record, message: dict[str, Any], said: str, context: Context) -> Message:
    value = record.value
    return Message(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=required(value, "sessionId"),
        position=Waiting.of(context).tick(),
        role=_role(value, message),
        text=said,
        place=record.place,
        event_time=micros(value.get("timestamp")),
        agent_id=_agent(value),
    )


def _role(value: dict[str, Any], message: dict[str, Any]) -> Role:
    """Whose words these are: the client writes notes and summaries in the person's name."""
    if message.get("role") == "assistant" or value.get("isCompactSummary") is True:
        return "assistant"
    if value.get("isSidechain") is True:
        return "assistant"
    return "system" if value.get("isMeta") is True else "user"


def _agent(value: dict[str, Any]) -> str:
    agent = name(value.get("agentId"))
    if value.get("isSidechain") is True:
        return f"{MAIN_AGENT}/{agent or 'subagent'}"
    return MAIN_AGENT


def _action(record: Record, message: dict[str, Any], call: Call, context: Context) -> Action:
    value = record.value
    waiting = Waiting.of(context)
    session = required(value, "sessionId")
    given, unscorable = arguments(call.arguments, context.max_depth)
    return Action(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=session,
        call=waiting.call_id(session, call.id),
        tool=call.tool or NAMELESS,
        position=waiting.tick(),
        place=record.place,
        args=given,
        event_time=micros(value.get("timestamp")),
        agent_id=_agent(value),
        model=name(message.get("model")),
        unscorable=unscorable,
    )


READER = Reader(
    format=FORMAT,
    summary="Claude Code transcripts (`~/.claude/projects/**.jsonl`), subagent files included",
    detected_by="`sessionId`, `uuid` and `message`; or a `summary` with `leafUuid`",
    misses="permission decisions (transcripts hold none); a fork with a new session id counts on its own",
    detect=_detect,
    read=_read,
    finish=unanswered,
    examples=(
        Example(
            lines=(
                '{"type":"summary","summary":"Listing","leafUuid":"u3"}',
                (
                    '{"type":"user","uuid":"u1","parentUuid":null,"isSidechain":false,"sessionId":"3f0c",'
                    '"timestamp":"2026-11-01T09:59:59.000Z","message":{"role":"user",'
                    '"content":"List the files."}}'
                ),
                (
                    '{"type":"assistant","uuid":"u2","parentUuid":"u1","isSidechain":false,'
                    '"sessionId":"3f0c",'
                    '"timestamp":"2026-11-01T10:00:00.000Z","message":{"role":"assistant","id":"msg_1",'
                    '"model":"m-1",'
                    '"content":[{"type":"text","text":"Listing."},'
                    '{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}]}}'
                ),
                (
                    '{"type":"user","uuid":"u3","parentUuid":"u2","sessionId":"3f0c",'
                    '"timestamp":"2026-11-01T10:00:01.000Z","message":{"role":"user","content":['
                    '{"type":"tool_result","tool_use_id":"toolu_1","content":"a\\nb","is_error":false}]}}'
                ),
            ),
            becomes=("user: List the files.", "assistant: Listing.", 'Bash ok {"command":"ls"}'),
        ),
        Example(
            lines=(
                (
                    '{"type":"assistant","uuid":"u8","sessionId":"3f0c","isSidechain":true,"agentId":"a1",'
                    '"message":{"role":"assistant","id":"msg_2","content":['
                    '{"type":"tool_use","id":"toolu_2","name":"Read","input":{"file_path":"/repo/a"}}]}}'
                ),
                (
                    '{"type":"assistant","uuid":"u9","sessionId":"3f0c","isSidechain":true,"agentId":"a1",'
                    '"message":{"role":"assistant","id":"msg_2","content":['
                    '{"type":"tool_use","id":"toolu_2","name":"Read","input":{"file_path":"/repo/a"}}]}}'
                ),
            ),
            becomes=('Read pending {"file_path":"/repo/a"}',),
        ),
    ),
)
