"""OTLP JSON's attribute values, and the names that several spellings of an attribute share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from afteraction.ingest.values import name


def attributes(pairs: Any) -> dict[str, Any]:
    """Key-value pairs as a plain object."""
    return {pair["key"]: any_value(pair.get("value")) for pair in pairs or ()}


def any_value(value: Any) -> Any:
    """OTLP's AnyValue: 64-bit integers come as strings."""
    if not isinstance(value, dict):
        return None
    if "intValue" in value:
        return int(value["intValue"])
    if "arrayValue" in value:
        return [any_value(item) for item in value["arrayValue"].get("values") or ()]
    if "kvlistValue" in value:
        return attributes(value["kvlistValue"].get("values"))
    kinds = ("stringValue", "boolValue", "doubleValue", "bytesValue")
    return next((value[kind] for kind in kinds if kind in value), None)


def first(found: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of several attributes that is a name."""
    return next((value for value in map(name, map(found.get, keys)) if value), None)


def log_records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The log records of one export; what is no list or object is passed over."""
    for resource in _objects(value.get("resourceLogs")):
        for scope in _objects(resource.get("scopeLogs")):
            yield from _objects(scope.get("logRecords"))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def event_name(record: dict[str, Any]) -> str:
    """The name of a log record's event: its `eventName`, its body or its attribute `event.name`."""
    body = record.get("body")
    spoken = body.get("stringValue") if isinstance(body, dict) else None
    pairs = _objects(record.get("attributes"))
    named = next((any_value(pair.get("value")) for pair in pairs if pair.get("key") == "event.name"), None)
    return next((text for text in (record.get("eventName"), spoken, named) if isinstance(text, str)), "")
