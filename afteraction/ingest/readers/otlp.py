"""OTLP JSON with OpenTelemetry's GenAI conventions: `execute_tool` spans, and what was said around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from afteraction.ingest.chat import NAMELESS
from afteraction.ingest.claude_events import holds_events
from afteraction.ingest.otlp_values import attributes, first
from afteraction.ingest.parts_of_speech import Said, said_in
from afteraction.ingest.reader import Context, Example, Item, Reader, Record, unknown
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import arguments, micros, name, text
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place

FORMAT = "otlp"
_SIGNALS: Final = ("resourceSpans", "resourceLogs", "resourceMetrics")
_SESSION: Final = ("gen_ai.conversation.id", "session.id", "mcp.session.id")
_AGENT: Final = ("gen_ai.agent.id", "gen_ai.agent.name")
_PERSON: Final = ("enduser.id", "user.id")
_MODEL: Final = ("gen_ai.response.model", "gen_ai.request.model")
_SPOKEN: Final = (
    ("gen_ai.system_instructions", "system"),
    ("gen_ai.input.messages", "user"),
    ("gen_ai.output.messages", "assistant"),
)


class _Span(NamedTuple):
    """A span with its own and its resource's attributes, decoded."""

    raw: dict[str, Any]
    attributes: dict[str, Any]
    resource: dict[str, Any]


def _detect(value: dict[str, Any]) -> bool:
    if isinstance(value.get("scopeSpans"), list):
        return True
    return any(isinstance(value.get(signal), list) for signal in _SIGNALS) and not holds_events(value)


def _read(record: Record, context: Context) -> Iterable[Item]:
    value = record.value
    if not _detect(value):
        raise unknown("expected `resourceSpans`")
    resources = value.get("resourceSpans", [value] if "scopeSpans" in value else [])
    return _Trace(list(_spans(resources)), record.place, context).items()


def _spans(resources: Any) -> Iterator[_Span]:
    for resource in resources:
        shared = attributes((resource.get("resource") or {}).get("attributes"))
        for scope in resource.get("scopeSpans") or ():
            for span in scope.get("spans") or ():
                yield _Span(span, attributes(span.get("attributes")), shared)


class _Trace:
    """The spans of one export; what a span lacks is looked up along its parents, then in its trace."""

    def __init__(self, spans: list[_Span], place: Place, context: Context) -> None:
        self._spans = spans
        self._place = place
        self._context = context
        self._by_id = {str(span.raw.get("spanId")): span for span in spans}
        self._sessions: dict[str, str] = {}
        for span in spans:
            if found := first(span.attributes, _SESSION):
                self._sessions.setdefault(str(span.raw.get("traceId")), found)

    def items(self) -> Iterator[Item]:
        said: set[tuple[str, str, str]] = set()
        for span in self._spans:
            if _is_call(span):
                yield self._action(span)
            else:
                yield from self._messages(span, said)

    def _lookup(self, span: _Span, keys: tuple[str, ...]) -> str | None:
        seen = set()
        at: _Span | None = span
        while at is not None and id(at.raw) not in seen:
            if found := first(at.attributes, keys):
                return found
            seen.add(id(at.raw))
            at = self._by_id.get(str(at.raw.get("parentSpanId")))
        return None

    def _session(self, span: _Span) -> str:
        trace = name(span.raw.get("traceId"))
        found = self._lookup(span, _SESSION) or self._sessions.get(str(trace)) or trace
        if found is None:
            raise Refused("missing_field", "a span without `traceId` and conversation id")
        return found

    def _agent(self, span: _Span) -> str | None:
        return self._lookup(span, _AGENT) or first(span.resource, (*_AGENT, "service.name"))

    def _tenant(self, span: _Span) -> str:
        return (
            first(span.attributes, ("tenant.id",))
            or first(span.resource, ("tenant.id",))
            or self._context.tenant
        )

    def _action(self, span: _Span) -> Action:
        own, raw = span.attributes, span.raw
        given, unscorable = arguments(own.get("gen_ai.tool.call.arguments"), self._context.max_depth)
        result = text(own.get("gen_ai.tool.call.result"))
        started, ended = micros(raw.get("startTimeUnixNano")), micros(raw.get("endTimeUnixNano"))
        failed = "error.type" in own or (raw.get("status") or {}).get("code") in (
            2,
            "2",
            "STATUS_CODE_ERROR",
        )
        return Action(
            tenant=self._tenant(span),
            source_system=FORMAT,
            session_id=self._session(span),
            call=first(own, ("gen_ai.tool.call.id",)) or name(raw.get("spanId")) or f"@{started}",
            tool=first(own, ("gen_ai.tool.name",)) or _named(raw) or NAMELESS,
            position=started or 0,
            place=self._place,
            args=given,
            result=result,
            result_position=ended,
            result_time=ended,
            status="error" if failed else "ok" if ended else "pending",
            event_time=started,
            agent_id=self._agent(span),
            on_behalf_of=self._lookup(span, _PERSON),
            model=self._lookup(span, _MODEL),
            unscorable=unscorable,
        )

    def _messages(self, span: _Span, seen: set[tuple[str, str, str]]) -> Iterator[Message]:
        """What was said, once: every chat span repeats the conversation so far."""
        for key, default in _SPOKEN:
            if key not in span.attributes:
                continue
            session = self._session(span)
            for said in said_in(span.attributes[key], default, self._context.max_depth):
                if (session, *said) not in seen:
                    seen.add((session, *said))
                    yield self._message(span, session, said, is_output=default == "assistant")

    def _message(self, span: _Span, session: str, said: Said, *, is_output: bool) -> Message:
        time = micros(span.raw.get("endTimeUnixNano" if is_output else "startTimeUnixNano"))
        return Message(
            tenant=self._tenant(span),
            source_system=FORMAT,
            session_id=session,
            position=time or 0,
            role=said.role,
            text=said.text,
            place=self._place,
            event_time=time,
            agent_id=self._agent(span),
        )


def _is_call(span: _Span) -> bool:
    own = span.attributes
    if own.get("gen_ai.operation.name") == "execute_tool" or _named(span.raw):
        return True
    return own.get("mcp.method.name") == "tools/call" and "gen_ai.tool.name" in own


def _named(raw: dict[str, Any]) -> str | None:
    title = raw.get("name")
    return (
        title.removeprefix("execute_tool ")
        if isinstance(title, str) and title.startswith("execute_tool ")
        else None
    )


READER = Reader(
    format=FORMAT,
    summary="OTLP JSON (whole file or one export a line) with GenAI `execute_tool` spans",
    detected_by="`resourceSpans`; `resourceLogs` and `resourceMetrics` are passed over",
    misses="arguments and results, where the exporter leaves these opt-in attributes out",
    detect=_detect,
    read=_read,
    splittable=True,
    examples=(
        Example(
            lines=(
                (
                    '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":'
                    '{"stringValue":'
                    '"billing-agent"}}]},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":'
                    '"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":'
                    '"eee19b7ec3c1b173",'
                    '"name":"execute_tool query_db","kind":1,"startTimeUnixNano":"1780000000000000000",'
                    '"endTimeUnixNano":"1780000000150000000","attributes":[{"key":"gen_ai.operation.name",'
                    '"value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":'
                    '{"stringValue":"query_db"}},'
                    '{"key":"gen_ai.tool.call.id","value":{"stringValue":"call_1"}},'
                    '{"key":"gen_ai.tool.call.arguments","value":{"stringValue":"{\\"sql\\":'
                    '\\"select 1\\"}"}}],'
                    '"status":{"code":0}}]}]}]}'
                ),
            ),
            becomes=('query_db ok {"sql":"select 1"}',),
        ),
        Example(
            lines=(
                (
                    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t2","spanId":"b",'
                    '"parentSpanId":"a",'
                    '"name":"execute_tool send","kind":"SPAN_KIND_INTERNAL","startTimeUnixNano":'
                    '"1780000000000000000",'
                    '"endTimeUnixNano":"1780000001000000000","attributes":[{"key":"error.type","value":'
                    '{"stringValue":"timeout"}},{"key":"gen_ai.tool.call.arguments","value":'
                    '{"kvlistValue":{"values":['
                    '{"key":"n","value":{"intValue":"3"}}]}}}]},'
                    '{"traceId":"t2","spanId":"a","name":"invoke_agent mailer","startTimeUnixNano":'
                    '"1779999999000000000","attributes":[{"key":"gen_ai.operation.name","value":'
                    '{"stringValue":"invoke_agent"}},{"key":"gen_ai.input.messages","value":{"stringValue":'
                    '"[{\\"role\\":\\"user\\",\\"parts\\":[{\\"type\\":\\"text\\",\\"content\\":'
                    '\\"Send it.\\"}]}]"}}]}'
                    "]}]}]}"
                ),
            ),
            becomes=('send error {"n":3}', "user: Send it."),
        ),
    ),
)
