"""The Merkle tree of RFC 6962 (SHA-256): hashes, proofs and their verification, without storage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

#: Gives the root of the perfect subtree of `2**level` leaves that starts at leaf `index * 2**level`.
Node = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry: SHA-256 over 0x00 and the entry."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an interior node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def parents(nodes: Sequence[bytes]) -> list[bytes]:
    """The next level up; a last node without a sibling is left out."""
    sha256 = hashlib.sha256
    pairs = iter(nodes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All perfect subtrees over the leaves: `levels[k][i]` covers leaves `i * 2**k` and following."""
    stack = [list(leaves)]
    while len(stack[-1]) > 1:
        stack.append(parents(stack[-1]))
    return stack


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """A `Node` lookup over leaves held in memory."""
    stack = levels(leaves)
    return lambda level, index: stack[level][index]


def root(node: Node, size: int) -> bytes:
    """The Merkle tree hash of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range_hash(node, 0, size)


def inclusion_path(node: Node, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in the tree of `size` leaves, nearest the leaf first."""
    if not 0 <= index < size:
        raise ValueError(f"found leaf {index}, expected 0 to {size - 1}")
    start, end, ranges = 0, size, list[tuple[int, int]]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return [_range_hash(node, *part) for part in reversed(ranges)]


def consistency_path(node: Node, old: int, new: int) -> list[bytes]:
    """What shows that the tree of `old` leaves is a prefix of the tree of `new` leaves (1 <= old <= new)."""
    if not 1 <= old <= new:
        raise ValueError(f"found sizes {old} and {new}, expected 1 <= old <= new")
    start, end, rest, ranges = 0, new, old, list[tuple[int, int]]()
    while rest != end - start:
        width = _split(end - start)
        if rest <= width:
            ranges.append((start + width, end))
            end = start + width
        else:
            ranges.append((start, start + width))
            start += width
            rest -= width
    if start:
        ranges.append((start, end))
    return [_range_hash(node, *part) for part in reversed(ranges)]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `path` proves `leaf` at `index` in the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            result = node_hash(sibling, result)
            at, last = _climb(at, last)
        else:
            result = node_hash(result, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and result == expected_root


def extends(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the new tree has the old one as its prefix (RFC 9162, 2.1.4.2).

    The empty tree is a prefix of every tree and needs no path.
    """
    if old in (0, new):
        return not path and old_root == (EMPTY_ROOT if old == 0 else new_root)
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_result = new_result = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_result, new_result = node_hash(sibling, old_result), node_hash(sibling, new_result)
            at, last = _climb(at, last)
        else:
            new_result = node_hash(new_result, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old_result == old_root and new_result == new_root


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(node: Node, start: int, end: int) -> bytes:
    """The hash of leaves `start` to `end`, where `start` is where a subtree of that width may start."""
    perfect = []
    while start < end:
        level = (end - start).bit_length() - 1
        perfect.append(node(level, start >> level))
        start += 1 << level
    result = perfect.pop()
    while perfect:
        result = node_hash(perfect.pop(), result)
    return result


def _climb(at: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the rightmost node has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last
