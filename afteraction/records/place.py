"""Where a record stood in its source: the verbatim line's file, line, offset and digest."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, gc=False):
    """The verbatim place of one source record.

    `line` counts from 1 (for a whole-file JSON document: its index in the document, from 1);
    `offset` is in bytes of the uncompressed file; `digest` is the SHA-256 of the verbatim bytes.
    """

    file: str
    line: int
    offset: int
    digest: str

    @property
    def ref(self) -> str:
        """The short form that tables show: `file:line`."""
        return f"{self.file}:{self.line}"
