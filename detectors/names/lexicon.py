"""A hashed lexicon: for each known word what it may be, as one byte; built once, looked up in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detectors.names.words import Hashes, hashed_words

#: Classes of words that are no cue: first-name level by last-name level by commonness by place.
FIRST_LEVELS, LAST_LEVELS, COMMON_LEVELS, PLACE_LEVELS = 4, 4, 4, 2
NAME_CLASSES: Final = FIRST_LEVELS * LAST_LEVELS * COMMON_LEVELS * PLACE_LEVELS
_SLOTS_PER_BUCKET: Final = 2
_KICKS: Final = 2000


def name_class(first: int, last: int, common: int, place: int) -> int:
    """The class of a word that is no cue."""
    return ((first * LAST_LEVELS + last) * COMMON_LEVELS + common) * PLACE_LEVELS + place


@dataclass(frozen=True)
class Lexicon:
    """A cuckoo table (Pagh and Rodler 2004) of two places a word: 16 bits of its hash, and its class.

    A word that is not in it is taken for one that is with a chance of about 2 in 65,536.
    """

    prints: npt.NDArray[np.uint16]
    classes: npt.NDArray[np.uint8]

    def classes_of(self, hashed: Hashes) -> npt.NDArray[np.uint8]:
        """The class of each word, 0 where it is unknown."""
        mark, one, two = _places(hashed, len(self.prints))
        found = np.where(self.prints[one] == mark, self.classes[one], 0)
        return np.where(self.prints[two] == mark, self.classes[two], found).astype(np.uint8)


def _places(
    hashed: Hashes, slots: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    mark = (hashed & np.uint64(0xFFFF)).astype(np.uint16)
    mark[mark == 0] = 1
    mask = np.uint64(slots - 1)
    one = (hashed >> np.uint64(16)) & mask
    two = (hashed >> np.uint64(40)) & mask
    return mark, one.astype(np.int64), two.astype(np.int64)


def build(classes: Mapping[str, int]) -> Lexicon:
    """The table of words (folded as `words.hashes` folds them) and their classes; raises if too full."""
    names = sorted(classes)
    hashed = hashed_words(names)
    slots = 1 << int(np.ceil(np.log2(len(names) * 2.2)))
    mark, one, two = _places(hashed, slots)
    holder = np.full(slots, -1, dtype=np.int64)
    for word in range(len(names)):
        _place(holder, one, two, word)
    filled = np.flatnonzero(holder >= 0)
    prints, table = np.zeros(slots, dtype=np.uint16), np.zeros(slots, dtype=np.uint8)
    prints[filled] = mark[holder[filled]]
    table[filled] = np.array([classes[names[word]] for word in holder[filled].tolist()], dtype=np.uint8)
    return Lexicon(prints, table)


def _place(
    holder: npt.NDArray[np.int64], one: npt.NDArray[np.int64], two: npt.NDArray[np.int64], word: int
) -> None:
    at = int(one[word])
    for _ in range(_KICKS):
        if holder[at] < 0:
            holder[at] = word
            return
        word, holder[at] = int(holder[at]), word
        at = int(two[word] if at == one[word] else one[word])
    raise ValueError("the lexicon is too full for its table; give it more slots")
