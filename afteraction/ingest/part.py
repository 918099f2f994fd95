"""Parts: pieces of sources that one process reads, and the chunks of items that come out of them."""

from __future__ import annotations

from typing import Literal

import msgspec

from afteraction.ingest.source import Compression
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.quarantine import Quarantined

Layout = Literal["lines", "document"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or whole lines of one; may be pickled and read in any process.

    `start` and `end` are byte offsets (`end` is `None` for the end of the file), `line` the number of
    the first line. `format` is `None` when `problem` (code, reason) says why nothing can be read.
    """

    path: str
    name: str
    format: str | None
    layout: Layout = "lines"
    compression: Compression = "plain"
    start: int = 0
    end: int | None = None
    line: int = 1
    problem: tuple[str, str] | None = None


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Some items of a part, in source order.

    `records` counts the source records read (lines, or entries of a document), those in `quarantined`
    included: records - len(quarantined) were accepted. A record may hold no action, or many.
    """

    actions: list[Action]
    messages: list[Message]
    quarantined: list[Quarantined]
    records: int
