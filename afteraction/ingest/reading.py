"""Reads one part: bytes to lines, lines to strict JSON, records to actions, all with their places."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from afteraction.ingest.document import entries, unwrapped
from afteraction.ingest.lines import BLOCK, BOM, Line, Lines, LongLine
from afteraction.ingest.part import Chunk, Part
from afteraction.ingest.reader import Context, Item, Reader, Record
from afteraction.ingest.registry import readers
from afteraction.ingest.source import Stream
from afteraction.ingest.strict_json import Refused, parse, parse_many
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place
from afteraction.records.quarantine import Quarantined
from afteraction.records.settings import Settings

#: About how many items a chunk holds; a record's items stay together.
CHUNK_ITEMS: Final = 10_000
#: Lines that are decoded together; those longer than a block are decoded alone.
_TOGETHER: Final = 512

_sha256: Final = hashlib.sha256
_log: Final = logging.getLogger(__name__)


def read_part(part: Part, settings: Settings) -> Iterator[Chunk]:
    """The items of a part in chunks; never raises for what stands in the file."""
    return _Reading(part, settings).chunks()


class _Reading:
    """One reading of one part."""

    def __init__(self, part: Part, settings: Settings) -> None:
        self._part = part
        self._settings = settings
        self._limits = settings.limits
        self._reader: Reader | None = readers().get(part.format or "")
        self._context = Context(
            tenant=settings.default_tenant, source=_stem(part.name), max_depth=settings.limits.max_depth
        )
        self._shape = self._reader.shape if self._reader else None
        self._decode = msgspec.json.Decoder(self._shape or Any).decode
        self._clear()

    def chunks(self) -> Iterator[Chunk]:
        for _ in self._steps():
            if len(self._actions) + len(self._messages) + len(self._quarantined) >= CHUNK_ITEMS:
                yield self._chunk()
        if self._records or self._actions or self._messages:
            yield self._chunk()

    def _clear(self) -> None:
        self._actions: list[Action] = []
        self._messages: list[Message] = []
        self._quarantined: list[Quarantined] = []
        self._records = 0

    def _chunk(self) -> Chunk:
        chunk = Chunk(
            actions=self._actions,
            messages=self._messages,
            quarantined=self._quarantined,
            records=self._records,
        )
        self._clear()
        return chunk

    def _steps(self) -> Iterator[None]:
        """Read on; control comes back after every record, so that chunks stay small."""
        if self._reader is None:
            code, reason = self._part.problem or ("unknown_format", "no reader knows this format")
            self._refuse(self._place(self._part.line, self._part.start, b""), code, reason)
            return
        if self._part.layout == "document":
            yield from self._document(self._reader)
        else:
            yield from self._lines(self._reader)
        yield from self._finish(self._reader)

    def _finish(self, reader: Reader) -> Iterator[None]:
        for item in reader.finish(self._context):
            self._keep(item)
            yield

    def _document(self, reader: Reader) -> Iterator[None]:
        try:
            with Stream(self._part.path, self._part.compression, self._limits) as stream:
                found = entries(stream, self._limits, [reader.wrapper])
        except (Refused, OSError) as error:
            self._refuse_file(self._place(1, 0, b""), error)
            return
        lines = (Line(number, offset, data) for number, (offset, data) in enumerate(found, start=1))
        for some in _together(lines):
            yield from self._some(reader, some)

    def _lines(self, reader: Reader) -> Iterator[None]:
        part = self._part
        lines: Lines | None = None
        try:
            with Stream(part.path, part.compression, self._limits, start=part.start) as stream:
                read = stream.read if part.end is None else _Bounded(stream, part.end - part.start).read
                lines = Lines(read, self._limits.max_line_bytes, number=part.line, offset=part.start)
                for some in _together(lines):
                    yield from self._some(reader, some)
        except (Refused, OSError) as error:
            at = (lines.number, lines.offset) if lines else (part.line, part.start)
            self._refuse_file(self._place(*at, b""), error)

    def _some(self, reader: Reader, lines: list[Line | LongLine]) -> Iterator[None]:
        """Read lines; control comes back when there is enough for a chunk, after the line that made it."""
        texts = [line.data if isinstance(line, Line) and len(line.data) < BLOCK else b"" for line in lines]
        known = parse_many(texts, self._limits.max_depth, self._decode)
        for line, value in zip(lines, known, strict=True):
            if value is None or isinstance(line, LongLine):
                self._line(reader, line)
            else:
                place = Place(self._part.name, line.number, line.offset, _sha256(line.data).hexdigest())
                self._accept_known(reader, value, place)
            if len(self._actions) + len(self._messages) + len(self._quarantined) >= CHUNK_ITEMS:
                yield

    def _accept_known(self, reader: Reader, value: Any, place: Place) -> None:
        if self._shape:
            self._accept(reader, value, place)
        else:
            self._accept_value(reader, value, place)

    def _line(self, reader: Reader, line: Line | LongLine) -> None:
        if isinstance(line, LongLine):
            place = Place(self._part.name, line.number, line.offset, line.digest)
            limit = self._limits.max_line_bytes
            self._refuse(place, "line_too_long", f"a line of {line.length} bytes; expected at most {limit}")
            return
        if line.offset == 0 and line.data.startswith(BOM) and self._part.layout == "lines":
            line = line._replace(data=line.data.removeprefix(BOM), offset=len(BOM))
        self._accept_line(reader, line)

    def _accept_line(self, reader: Reader, line: Line) -> None:
        data = line.data
        if not data or data.isspace():
            return
        place = Place(self._part.name, line.number, line.offset, _sha256(data).hexdigest())
        try:
            value = parse(data, self._limits.max_depth)
        except Refused as refused:
            torn = refused.code == "broken_json" and not line.ended
            reason = (
                "the last line is torn: it has no line end and is no whole JSON" if torn else refused.reason
            )
            self._refuse(place, "torn_line" if torn else refused.code, reason)
            return
        self._accept_value(reader, value, place)

    def _accept_value(self, reader: Reader, value: Any, place: Place) -> None:
        several = unwrapped(value, reader.wrapper)
        if several is None:
            self._accept_loose(reader, value, place)
            return
        for record in several:
            self._accept_loose(reader, record, place)

    def _accept_loose(self, reader: Reader, value: Any, place: Place) -> None:
        if not isinstance(value, dict):
            self._refuse(place, "unknown_record", "expected a JSON object")
            return
        try:
            fitting = msgspec.convert(value, self._shape) if self._shape else value
        except msgspec.ValidationError as error:
            self._refuse(place, "wrong_type", str(error))
            return
        self._accept(reader, fitting, place)

    def _accept(self, reader: Reader, value: Any, place: Place) -> None:
        items: list[Item] = []
        try:
            items.extend(reader.read(Record(value, place), self._context))
        except Refused as refused:
            self._refuse_record(place, refused, items)
            return
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError) as error:
            _log.debug("reader %s refused a record with %s", reader.format, type(error).__name__)
            reason = f"a member has a type that {reader.format} does not know"
            self._refuse_record(place, Refused("wrong_type", reason), items)
            return
        self._records += 1
        for item in items:
            (self._actions if isinstance(item, Action) else self._messages).append(item)  # type: ignore[arg-type]

    def _refuse_record(self, place: Place, refused: Refused, items: list[Item]) -> None:
        """Refuse a record, but keep the calls of earlier records that it had already answered."""
        self._refuse(place, refused.code, refused.reason)
        for item in items:
            if item.place is not place:
                self._keep(item)

    def _keep(self, item: Item) -> None:
        if isinstance(item, Action):
            self._actions.append(item)
        else:
            self._messages.append(item)

    def _refuse_file(self, place: Place, error: Refused | OSError) -> None:
        if isinstance(error, Refused):
            self._refuse(place, error.code, error.reason)
        else:
            self._refuse(place, "unreadable", "the file cannot be read any further")

    def _refuse(self, place: Place, code: str, reason: str) -> None:
        self._records += 1
        self._quarantined.append(Quarantined(place, reason, code))

    def _place(self, line: int, offset: int, data: bytes) -> Place:
        return Place(self._part.name, line, offset, hashlib.sha256(data).hexdigest())


def _together(lines: Iterable[Line | LongLine]) -> Iterator[list[Line | LongLine]]:
    """Lines in their order, a few hundred at once; what came before a fault is handed out before it."""
    some: list[Line | LongLine] = []
    held = 0
    try:
        for line in lines:
            some.append(line)
            held += len(line.data) if isinstance(line, Line) else 0
            if len(some) >= _TOGETHER or held >= BLOCK:
                yield some
                some, held = [], 0
    except (Refused, OSError):
        if some:
            yield some
        raise
    if some:
        yield some


class _Bounded:
    """Reads at most `left` bytes of a stream."""

    def __init__(self, stream: Stream, left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, self._left))
        self._left -= len(block)
        return block


def _stem(name: str) -> str:
    """The file's name without its folders and suffixes."""
    base = name.rpartition("/")[2]
    return base.split(".")[0] or base
