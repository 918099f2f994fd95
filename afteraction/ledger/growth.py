"""Works out which bundles and tiles an append writes, on top of a tree that is checked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from afteraction.ledger import merkle
from afteraction.ledger.errors import DamageError
from afteraction.ledger.note import Checkpoint
from afteraction.ledger.reader import Read, TreeReader
from afteraction.ledger.tiles import HEIGHT, WIDTH, pack_entries, tile_path


@dataclass(frozen=True)
class Growth:
    """Files to write, in this order: `bundles`, `tiles`; then sign `root`, then drop `replaced` folders."""

    bundles: dict[str, bytes]
    tiles: dict[str, bytes]
    replaced: list[str]
    root: bytes


def grow(read: Read, head: Checkpoint, raw: Sequence[bytes]) -> Growth:
    """What appending `raw` entries to the tree of `head` writes; raises `DamageError`."""
    old = TreeReader(read, head.size)
    if merkle.root(old.node, head.size) != head.root:
        raise DamageError("the tiles do not add up to the checkpoint; run afteraction verify")
    tail = list(old.entries(head.size - head.size % WIDTH))
    leaves = merkle.leaf_hashes([*tail, *raw])
    if tail and leaves[: len(tail)] != old.tile(0, head.size // WIDTH):
        raise DamageError("the last entries do not match their tile; run afteraction verify")
    bundles = {
        tile_path("entries", index, len(part)): pack_entries(part)
        for index, part in _tiles(head.size // WIDTH, [*tail, *raw])
    }
    size = head.size + len(raw)
    tiles = _grown_tiles(old, leaves)
    new = TreeReader(lambda path: tiles.get(path) or read(path), size)
    replaced = [f"{path}.p" for path in (*bundles, *tiles) if not _is_partial(path)]
    return Growth(bundles, tiles, replaced, merkle.root(new.node, size))


def _grown_tiles(old: TreeReader, leaves: list[bytes]) -> dict[str, bytes]:
    """Tiles of every level that gained a hash; `leaves` start at the last partial tile's first leaf."""
    tiles: dict[str, bytes] = {}
    level, hashes = 0, leaves
    while True:
        first = (old.size >> (HEIGHT * level)) // WIDTH
        parts = _tiles(first, hashes)
        tiles.update({tile_path(level, index, len(part)): b"".join(part) for index, part in parts})
        tops = [_top(part) for _, part in parts if len(part) == WIDTH]
        if not tops:
            return tiles
        level += 1
        before = old.size >> (HEIGHT * level)
        kept = old.tile(level, before // WIDTH) if before % WIDTH else []
        hashes = [*kept, *tops]


def _tiles(first: int, items: list[bytes]) -> list[tuple[int, list[bytes]]]:
    """Cut items into tiles, the first of which has index `first`."""
    starts = range(0, len(items), WIDTH)
    return [(first + start // WIDTH, items[start : start + WIDTH]) for start in starts]


def _top(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = merkle.parents(hashes)
    return hashes[0]


def _is_partial(path: str) -> bool:
    return ".p/" in path
