"""Plans an ingest: finds the files, their formats, and where large files may be cut."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from afteraction.ingest.document import entries
from afteraction.ingest.lines import BLOCK, BOM, Line, Lines, LongLine
from afteraction.ingest.part import Layout, Part
from afteraction.ingest.registry import detect, reader_for, readers
from afteraction.ingest.source import Compression, Found, Stream, compression_of, discover
from afteraction.ingest.strict_json import Refused, parse
from afteraction.records.settings import Limits, Settings

#: Size of the parts of a large file, in bytes.
PART_BYTES: Final = 16 * 1024**2
_HEAD_LINES: Final = 200
_HEAD_RECORDS: Final = 20
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def plan(
    paths: Sequence[str | os.PathLike[str]],
    settings: Settings,
    format: str | None = None,  # noqa: A002  # the word users know from `--format`
) -> list[Part]:
    """The parts to read for files, folders or globs; `format` overrides detection.

    A file that cannot be read becomes a part that yields one quarantine row. Raises `SourceError`
    when a path does not exist, nothing is found, or `format` is unknown.
    """
    if format is not None:
        reader_for(format)
    return [part for file in discover(paths) for part in _parts(file, settings.limits, format)]


def _parts(file: Found, limits: Limits, format: str | None) -> Iterator[Part]:  # noqa: A002
    if file.problem:
        yield _unreadable(file, *file.problem)
        return
    try:
        compression = compression_of(file.path)
        head = _head(file.path, compression, limits)
        if not head.strip():
            return
        layout = _layout(head)
        known = format or _detect(file.path, layout, compression, limits)
    except Refused as refused:
        yield _unreadable(file, refused.code, refused.reason)
    except OSError:
        yield _unreadable(file, "unreadable", "the file cannot be read")
    else:
        whole = Part(path=file.path, name=file.name, format=known, layout=layout, compression=compression)
        yield from _cut(whole, limits)


def _unreadable(file: Found, code: str, reason: str) -> Part:
    return Part(path=file.path, name=file.name, format=None, problem=(code, reason))


def _head(path: str, compression: Compression, limits: Limits) -> bytes:
    """The first lines of a file: at least one whole line, unless that is too long to be read."""
    head = b""
    with Stream(path, compression, limits) as stream:
        while b"\n" not in head.strip() and len(head) <= limits.max_line_bytes:
            try:
                more = stream.read(BLOCK)
            except Refused:
                if not head.strip():
                    raise
                break
            if not more:
                break
            head += more
    if head.startswith(_UTF16):
        raise Refused("encoding", "found UTF-16; expected UTF-8")
    return head.removeprefix(BOM)


def _layout(head: bytes) -> Layout:
    """A document spans lines: an array, or an object whose first line does not end it."""
    text = head.lstrip()
    first = text.split(b"\n", 1)[0].strip()
    if first in {b"{", b"["} or (text[:1] == b"[" and not first.endswith(b"]")):
        return "document"
    opened = re.match(rb'\{\s*"[A-Za-z]+"\s*:\s*\[?\s*\{?$', first)
    return "document" if opened else "lines"


def _detect(path: str, layout: Layout, compression: Compression, limits: Limits) -> str:
    with Stream(path, compression, limits) as stream:
        records = _document_head(stream, limits) if layout == "document" else _lines_head(stream, limits)
        found = detect(records)
    if found is None:
        raise Refused(
            "unknown_format", f"no reader knows these records; expected one of {', '.join(readers())}"
        )
    return found


def _lines_head(stream: Stream, limits: Limits) -> list[Any]:
    """The first records among the first lines; what is broken or too long is passed over."""
    found: list[Any] = []
    try:
        for line in islice(Lines(stream.read, limits.max_line_bytes), _HEAD_LINES):
            value = _value(line, limits)
            found.extend(value[:1] if isinstance(value, list) else [value])
            if len(found) - found.count(None) >= _HEAD_RECORDS:
                break
    except Refused:  # the reading will report it
        return found
    return found


def _value(line: Line | LongLine, limits: Limits) -> Any:
    try:
        return parse(line.data.removeprefix(BOM), limits.max_depth) if isinstance(line, Line) else None
    except Refused:
        return None


def _document_head(stream: Stream, limits: Limits) -> Iterator[Any]:
    for entry in entries(stream, limits, wrappers=[reader.wrapper for reader in readers().values()])[
        :_HEAD_RECORDS
    ]:
        try:
            yield parse(entry.data, limits.max_depth)
        except Refused:
            continue


def _cut(whole: Part, limits: Limits) -> Iterator[Part]:
    """Cut a large plain file of independent lines after the first line end beyond each part's size."""
    splittable = whole.format is not None and readers()[whole.format].splittable
    if not splittable or whole.layout != "lines" or whole.compression != "plain":
        yield whole
        return
    start, line = 0, 1
    for end, lines in _cuts(whole.path):
        yield _with(whole, start, end, line)
        start, line = end, line + lines
        if start > limits.max_file_bytes:
            yield _unread_rest(whole, start, line, limits)
            return
    yield _with(whole, start, None, line)


def _unread_rest(whole: Part, start: int, line: int, limits: Limits) -> Part:
    reason = f"longer than {limits.max_file_bytes} bytes; the rest is not read"
    problem = ("file_too_long", reason)
    return Part(path=whole.path, name=whole.name, format=None, start=start, line=line, problem=problem)


def _with(whole: Part, start: int, end: int | None, line: int) -> Part:
    return Part(
        path=whole.path,
        name=whole.name,
        format=whole.format,
        layout=whole.layout,
        start=start,
        end=end,
        line=line,
    )


def _cuts(path: str) -> Iterator[tuple[int, int]]:
    """Offsets after a line end, about every `PART_BYTES`, with the number of lines since the last one."""
    with Path(path).open("rb") as file:
        offset = lines = since = 0
        while block := file.read(BLOCK):
            end = block.rfind(b"\n") + 1
            if end and since + end >= PART_BYTES:
                yield offset + end, lines + block.count(b"\n", 0, end)
                lines, since = block.count(b"\n", end), len(block) - end
            else:
                lines += block.count(b"\n")
                since += len(block)
            offset += len(block)
