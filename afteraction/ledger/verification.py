"""Verifies a ledger from nothing but its files, the public key and checkpoints pinned elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from afteraction.ledger import merkle, note
from afteraction.ledger.entry import name_of
from afteraction.ledger.errors import LedgerError
from afteraction.ledger.note import Checkpoint, PublicKey
from afteraction.ledger.reader import Read, TreeReader
from afteraction.ledger.tiles import depth, widths


@dataclass(frozen=True)
class Verification:
    """What was verified. `kinds` counts the covered entries by kind; `pinned` how many pins agreed.

    Without a pin, a rollback to an older signed state and a rewrite by whoever holds the key cannot
    be seen; with pins they are seen up to the newest pinned size (`pinned_size`).
    """

    size: int = 0
    signed_at: datetime | None = None
    kinds: Mapping[str, int] = field(default_factory=dict)
    pinned: int = 0
    pinned_size: int = 0
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the ledger."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """One line: what was covered and up to when, or what is wrong."""
        if self.problems:
            return f"ledger TAMPERED or damaged: {'; '.join(self.problems)}"
        when = self.signed_at.strftime("%Y-%m-%d %H:%M:%S UTC") if self.signed_at else "never"
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.kinds.items())) or "none"
        if self.pinned:
            pins = f"consistent with {self.pinned} pinned checkpoint(s), the newest at {self.pinned_size:,}"
        else:
            pins = "no pinned checkpoint given: a rollback or a rewrite by the key holder would not show"
        return f"ledger ok: {self.size:,} entries ({counts}) up to {when}; {pins}"


def verify(
    read: Read, head: bytes | None, public: PublicKey, history: Sequence[bytes], pinned: Sequence[bytes]
) -> Verification:
    """Check a ledger in numbered steps; every problem that can be told is in the result.

    1. The head is a checkpoint that the key signed.
    2. The entries are all there, and their tree has the head's root.
    3. Every tile holds what the entries give.
    4. Every checkpoint of the ledger's own history and every pinned one is a prefix of this tree.
    """
    try:
        # (1)
        if head is None:
            return Verification(problems=("there is no checkpoint, so nothing is proven",))
        checkpoint = note.check(head, public)
        # (2)
        reader = TreeReader(read, checkpoint.size)
        raw = list(reader.entries())
        tree = merkle.levels(merkle.leaf_hashes(raw))
    except (LedgerError, OSError) as error:
        return Verification(problems=(str(error),))
    problems = []
    if _root(tree, checkpoint.size) != checkpoint.root:
        problems.append("the entries do not add up to the checkpoint")
    # (3)
    problems += _tile_problems(reader, tree)
    # (4)
    problems += [
        f"history: {found}" for past in history if (found := _pin_problem(past, public, checkpoint, tree))
    ]
    failed = [f"pinned: {found}" for pin in pinned if (found := _pin_problem(pin, public, checkpoint, tree))]
    kinds = Counter(name[0] if (name := name_of(entry)) else "other" for entry in raw)
    return Verification(
        size=checkpoint.size,
        signed_at=checkpoint.signed_at,
        kinds=dict(kinds),
        pinned=len(pinned) - len(failed),
        pinned_size=0 if failed else max((note.parse(pin).size for pin in pinned), default=0),
        problems=tuple(problems + failed),
    )


def _tile_problems(reader: TreeReader, tree: list[list[bytes]]) -> list[str]:
    problems = []
    for level in range(depth(reader.size)):
        hashes = tree[level * 8]
        for index, width in widths(level, reader.size):
            expected = b"".join(hashes[index * 256 : index * 256 + width])
            try:
                if reader.tile_bytes(level, index, width) != expected:
                    problems.append(f"tile {level}/{index} does not match the entries")
            except (LedgerError, OSError) as error:
                problems.append(str(error))
    return problems


def _pin_problem(pin: bytes, public: PublicKey, head: Checkpoint, tree: list[list[bytes]]) -> str | None:
    try:
        past = note.check(pin, public)
    except LedgerError as error:
        return str(error)
    if past.size > head.size:
        return (
            f"a checkpoint covers {past.size:,} entries, the ledger holds {head.size:,}: it was rolled back"
        )
    if _root(tree, past.size) != past.root:
        return f"the first {past.size:,} entries are not those that were signed on {past.signed_at:%Y-%m-%d}"
    return None


def _root(tree: list[list[bytes]], size: int) -> bytes:
    return merkle.root(lambda level, index: tree[level][index], size)
