"""The C2SP tlog-tiles layout: where tiles and entry bundles stand and how bundles are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from afteraction.ledger.errors import DamageError, EntryError
from afteraction.ledger.merkle import HASH_BYTES

WIDTH = 256
HEIGHT = 8
MAX_ENTRY_BYTES = 0xFFFF


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The path of a tile (`level` 0 and up) or of an entry bundle (`level` "entries")."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    path = f"tile/{level}/{'/'.join(reversed(groups))}"
    return path if width == WIDTH else f"{path}.p/{width}"


def widths(level: int, size: int) -> Iterable[tuple[int, int]]:
    """The (index, width) of every tile on a level of a tree of `size` leaves; only the last is partial."""
    full, partial = divmod(size >> (HEIGHT * level), WIDTH)
    yield from ((index, WIDTH) for index in range(full))
    if partial:
        yield full, partial


def depth(size: int) -> int:
    """How many levels of tiles a tree of `size` leaves has."""
    count = 0
    while size >> (HEIGHT * count):
        count += 1
    return count


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """A bundle: each entry with its length in two bytes, big-endian, before it."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise EntryError(f"found an entry of {len(entry):,} bytes, expected at most {MAX_ENTRY_BYTES:,}")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; raises `DamageError` when it ends within an entry."""
    entries, at, end = [], 0, len(bundle)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > end or at > end:
            raise DamageError("an entry bundle ends within an entry")
        entries.append(bundle[start:at])
    return entries


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes of a tile; raises `DamageError` when it ends within a hash."""
    if len(tile) % HASH_BYTES:
        raise DamageError("a tile ends within a hash")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
