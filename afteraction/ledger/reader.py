"""Reads a tree of a given size back from its tiles and entry bundles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from afteraction.ledger.errors import DamageError
from afteraction.ledger.merkle import HASH_BYTES, levels
from afteraction.ledger.tiles import HEIGHT, WIDTH, split_hashes, tile_path, unpack_entries, widths

Read = Callable[[str], bytes | None]


class TreeReader:
    """The tree of the first `size` leaves; a partial tile may have been replaced by its full one."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self.size = size
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    def node(self, level: int, index: int) -> bytes:
        """The root of the perfect subtree of `2**level` leaves at `index` (a `merkle.Node`)."""
        tile_level, rise = divmod(level, HEIGHT)
        tile, offset = divmod(index << rise, WIDTH)
        return self._nodes(tile_level, tile)[rise][offset >> rise]

    def tile(self, level: int, index: int) -> list[bytes]:
        """The hashes of one tile; raises `DamageError` when they are not all there."""
        return self._nodes(level, index)[0]

    def _nodes(self, level: int, index: int) -> list[list[bytes]]:
        """The perfect subtrees over one tile, from its hashes upwards."""
        key = (level, index)
        if key not in self._tiles:
            width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
            hashes = split_hashes(self._file(level, index, width))
            if len(hashes) < width:
                raise DamageError(f"tile {level}/{index} holds {len(hashes)} hashes, expected {width}")
            self._tiles[key] = levels(hashes[:width])
        return self._tiles[key]

    def tile_bytes(self, level: int, index: int, width: int) -> bytes:
        """The verbatim bytes of a tile, cut to `width` hashes where a full tile replaced it."""
        return self._file(level, index, width)[: width * HASH_BYTES]

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """The entries from `start` on; raises `DamageError` when one is missing."""
        for index, width in widths(0, self.size):
            first = index * WIDTH
            if first + width <= start:
                continue
            bundle = unpack_entries(self._file("entries", index, width))
            if len(bundle) < width:
                raise DamageError(f"entry bundle {index} holds {len(bundle)} entries, expected {width}")
            yield from bundle[max(start - first, 0) : width]

    def _file(self, level: int | str, index: int, width: int) -> bytes:
        data = self._exact(level, index, width)
        if data is None and width < WIDTH:
            data = self._exact(level, index, WIDTH)
        if data is None:
            raise DamageError(f"{tile_path(level, index, width)} is missing")
        return data

    def _exact(self, level: int | str, index: int, width: int) -> bytes | None:
        """The file as named; one that is there must be exactly as wide as its name says."""
        data = self._read(tile_path(level, index, width))
        if data is None:
            return None
        found = len(unpack_entries(data)) if level == "entries" else len(split_hashes(data))
        if found != width:
            raise DamageError(f"{tile_path(level, index, width)} holds {found} items, expected {width}")
        return data
