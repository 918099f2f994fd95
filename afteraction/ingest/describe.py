"""Prints docs/formats.md from the readers, so that the page cannot say what the code does not do."""

from __future__ import annotations

from typing import Final

from afteraction.ingest.reader import Reader
from afteraction.ingest.readers.plain import MEMBERS
from afteraction.ingest.registry import readers

_HEAD: Final = """\
# Log formats

Printed by `python -m afteraction.ingest.describe` from the readers: change those, not this page.

The format of a file is found by the content of its first records; `--format NAME` overrides that. Files may
be plain, gzip or zstd, and hold JSON lines, a JSON array or one JSON document. Times are RFC 3339 or a number
since 1970 in s, ms, µs or ns. Arguments that the log does not hold, or holds only in part, make an action
*unscorable*. JSON is read strictly: duplicate keys, NaN, integers beyond 2^53, unpaired surrogates, NUL bytes
and nesting deeper than the limit send the line to quarantine, with its file, line, offset and reason.
"""
_TABLE: Final = "| format | what it is | known by | cannot tell |\n| --- | --- | --- | --- |\n"
_PLAIN: Final = """\
## Members of a plain line

A line holds a call (`tool`) or a message (`role` and `text`); unknown members are ignored.

| member | what it means |
| --- | --- |
"""


def page() -> str:
    """The whole page as Markdown."""
    found = readers().values()
    rows = "".join(map(_row, found))
    return "\n".join((_HEAD, _TABLE + rows, _plain(), *map(_section, found)))


def _row(reader: Reader) -> str:
    link = f"[`{reader.format}`](#{reader.format})"
    return f"| {link} | {reader.summary} | {reader.detected_by} | {reader.misses or '-'} |\n"


def _plain() -> str:
    return _PLAIN + "".join(f"| `{member}` | {meaning} |\n" for member, meaning in MEMBERS.items())


def _section(reader: Reader) -> str:
    example = reader.examples[0]
    lines = "\n".join(example.lines)
    becomes = "\n".join(example.becomes)
    return f"## {reader.format}\n\n```json\n{lines}\n```\n\nbecomes\n\n```text\n{becomes}\n```\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  # the page is this program's output
