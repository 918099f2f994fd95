"""The shape of a reader: one log format, how to know it and how to read one record of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from afteraction.ingest.strict_json import Refused
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place

Item = Action | Message


class Record(NamedTuple):
    """One source record: its JSON object (in the reader's `shape`, where it has one) and where it stood."""

    value: Any
    place: Place


@dataclass
class Context:
    """What the records of one source share: the default tenant, a name, and the reader's own state.

    `source` is the file's name without folders and suffixes; it names a session where the format
    carries no session id. `state` belongs to the reader (open calls that wait for their results).
    """

    tenant: str
    source: str
    max_depth: int
    state: dict[Any, Any] = field(default_factory=dict)


def _nothing_left(_: Context) -> Iterable[Item]:
    return ()


@dataclass(frozen=True)
class Example:
    """Lines of a format and what they must become: one string per action and message.

    An action reads `tool status args`, or `tool unscorable`; a message reads `role: text`.
    """

    lines: tuple[str, ...]
    becomes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One log format.

    `detect` knows a record of this format by its content and never takes another format's.
    `read` turns one record into items; it raises `Refused` for what it cannot read, and yields
    nothing for a harmless record without actions. `finish` yields what still waits at the end of the
    source. `splittable`: every line stands for itself, so that a file can be read in parts.
    `shape`, where every record of the format has one: a struct that omits its defaults, all None or False.
    `wrapper` names the member under which a whole-file document (or one line) holds its records.
    """

    format: str
    summary: str
    detect: Callable[[dict[str, Any]], bool]
    read: Callable[[Record, Context], Iterable[Item]]
    examples: tuple[Example, ...]
    finish: Callable[[Context], Iterable[Item]] = _nothing_left
    splittable: bool = False
    shape: type[msgspec.Struct] | None = None
    wrapper: str | None = None
    detected_by: str = ""
    misses: str = ""


UNKNOWN: Final = "unknown_record"


def unknown(found: str) -> Refused:
    """The refusal of a record that is not of this format; `found` says what was expected instead."""
    return Refused(UNKNOWN, found)
