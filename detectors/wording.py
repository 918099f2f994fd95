"""How well a value falls into common letter groups: words do, values drawn at random do not."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import re2

#: One letter group a line, as `python -m detectors.wording_training` prints them.
PIECES_FILE: Final = Path(__file__).with_name("wording_pieces.txt")
_RUNS: Final = re2.compile(r"[A-Za-z]+|[0-9]+")


@lru_cache(maxsize=4096)
def efficiency(value: str) -> float:
    """Letters and digits per piece of a byte-pair vocabulary: about 1.2 for random values, 2.5 for words.

    The vocabulary was learnt from program text, so that names in code count as words. The measure is that
    of the token-efficiency filter that betterleaks published; 1 for a value without letters or digits.
    """
    pieces, longest = _vocabulary()
    chars = count = 0
    for run in _RUNS.findall(value):
        chars += len(run)
        count += _pieces_of(run.lower(), pieces, longest) if run[0].isalpha() else len(run)
    return chars / count if count else 1.0


def _pieces_of(run: str, pieces: frozenset[str], longest: int) -> int:
    """How many pieces a run of small letters falls into, the longest first from the left."""
    at = count = 0
    size = len(run)
    while at < size:
        for end in range(min(size, at + longest), at + 1, -1):
            if run[at:end] in pieces:
                at = end
                break
        else:
            at += 1
        count += 1
    return count


@cache
def _vocabulary() -> tuple[frozenset[str], int]:
    pieces = frozenset(PIECES_FILE.read_text("utf-8").split())
    return pieces, max(map(len, pieces))
