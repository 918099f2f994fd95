"""Entries: their canonical bytes, and the kinds of entry that Afteraction writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
import rfc8785

from afteraction.ledger.errors import EntryError
from afteraction.ledger.tiles import MAX_ENTRY_BYTES

JSON: TypeAlias = "bool | int | float | str | list[JSON] | tuple[JSON, ...] | Mapping[str, JSON] | None"
Entry: TypeAlias = Mapping[str, JSON]


class _Named(msgspec.Struct):
    kind: str
    key: str


def canonical(entry: Entry) -> bytes:
    """The RFC 8785 bytes of an entry; raises `EntryError` where it has none or is too long."""
    try:
        raw = rfc8785.dumps(dict(entry))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise EntryError(f"an entry has no canonical form: {type(error).__name__}") from error
    if len(raw) > MAX_ENTRY_BYTES:
        raise EntryError(f"found an entry of {len(raw):,} bytes, expected at most {MAX_ENTRY_BYTES:,}")
    return raw


def name_of(raw: bytes) -> tuple[str, str] | None:
    """The (kind, key) of an entry's bytes, `None` when it carries none."""
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except (msgspec.DecodeError, RecursionError):
        return None
    return named.kind, named.key


def partition_entry(
    table: str, partition: str, *, rows: int | None, digest: str | None, version: int
) -> dict[str, JSON]:
    """One partition of one lake table: its rows (where known), the SHA-256 (hex) of its data (`None`: it
    was removed) and the table's version.
    """
    return {
        "kind": "partition",
        "key": f"{table}/{partition}",
        "table": table,
        "partition": partition,
        "rows": rows,
        "digest": digest,
        "version": version,
    }
