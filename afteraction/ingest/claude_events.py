"""The names of Claude Code's OpenTelemetry events."""

from __future__ import annotations

from typing import Any, Final

from afteraction.ingest.otlp_values import event_name, log_records

_PREFIX: Final = "claude_code."
NAMES: Final = frozenset({"tool_result", "tool_decision", "user_prompt"})


def event_of(record: dict[str, Any]) -> str | None:
    """The event's name without its prefix; `None` for a log record of another program."""
    found = event_name(record)
    return found.removeprefix(_PREFIX) if found.startswith(_PREFIX) or found in NAMES else None


def holds_events(value: dict[str, Any]) -> bool:
    """Whether an export holds any event of Claude Code."""
    return any(event_of(record) is not None for record in log_records(value))
