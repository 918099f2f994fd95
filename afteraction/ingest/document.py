"""Whole-file JSON documents: an array, or an object that holds its records under one member."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from afteraction.ingest.lines import BLOCK, BOM
from afteraction.ingest.source import Stream
from afteraction.ingest.strict_json import Refused, parse
from afteraction.records.settings import Limits

#: A document may be this many times as long as the longest line.
DOCUMENT_LINES: Final = 8

_array: Final = msgspec.json.Decoder(list[msgspec.Raw])
_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Entry(NamedTuple):
    """One record of a document: its verbatim bytes and their offset."""

    offset: int
    data: bytes


def entries(stream: Stream, limits: Limits, wrappers: Collection[str | None]) -> list[Entry]:
    """The records of a document; raises `Refused` when it is too long or no JSON."""
    text = _whole(stream, limits.max_line_bytes * DOCUMENT_LINES)
    start = len(BOM) if text.startswith(BOM) else 0
    body = text[start:].strip()
    start = text.index(body[:1], start) if body else start
    return _entries(body, start, limits, wrappers)


def _whole(stream: Stream, longest: int) -> bytes:
    blocks = []
    length = 0
    while block := stream.read(BLOCK):
        blocks.append(block)
        length += len(block)
        if length > longest:
            raise Refused(
                "document_too_long", f"a JSON document of more than {longest} bytes; expected JSON lines"
            )
    return b"".join(blocks)


def _entries(body: bytes, start: int, limits: Limits, wrappers: Collection[str | None]) -> list[Entry]:
    try:
        if body.startswith(b"["):
            return _located(body, start, _array.decode(body))
        members = _object.decode(body)
        wrapper = next(
            (name for name in wrappers if name and bytes(members.get(name, b"")).startswith(b"[")), None
        )
        if wrapper is None:
            return [Entry(start, body)]
        _refuse_hidden_members(body, members, limits)
        return _located(body, start, _array.decode(members[wrapper]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        parse(body, limits.max_depth)
        raise Refused("broken_json", "not valid JSON") from None


def _refuse_hidden_members(body: bytes, members: dict[str, msgspec.Raw], limits: Limits) -> None:
    """Refuse an object that holds a member twice: each member takes a colon with it."""
    if any(":" in name for name in members) or body.count(b":") != msgspec.json.encode(members).count(b":"):
        parse(body, limits.max_depth)


def _located(body: bytes, start: int, raws: Iterable[msgspec.Raw]) -> list[Entry]:
    found = []
    cursor = 0
    for raw in raws:
        data = bytes(raw)
        cursor = body.index(data, cursor)
        found.append(Entry(start + cursor, data))
        cursor += len(data)
    return found


def unwrapped(value: Any, wrapper: str | None) -> list[Any] | None:
    """The records inside one line that is an array or a wrapping object; `None` for a record itself."""
    if isinstance(value, list):
        return value
    inner = value.get(wrapper) if wrapper and isinstance(value, dict) else None
    return inner if isinstance(inner, list) else None
