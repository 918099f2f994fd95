"""Learns the letter groups of `wording` from Python's own library: `python -m detectors.wording_training`."""

from __future__ import annotations

import argparse
import heapq
import math
import re
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from detectors.wording import PIECES_FILE

MERGES = 700
_WORD = re.compile(r"[A-Za-z]{2,40}")
Pair = tuple[str, str]


def words(texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in texts, in small letters."""
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(word.lower() for word in _WORD.findall(text))
    return counted


def learn(counted: Mapping[str, int], merges: int) -> list[str]:
    """Byte-pair encoding (Sennrich et al., 2016): groups made by joining the commonest pair again and again.

    Words count by the square root of how often they stand, so that a few keywords do not take the table.
    """
    weights = [math.isqrt(counted[word]) for word in sorted(counted)]
    spelled = [list(word) for word in sorted(counted)]
    pairs: Counter[Pair] = Counter()
    holders: defaultdict[Pair, set[int]] = defaultdict(set)
    for place, letters in enumerate(spelled):
        for pair in pairwise(letters):
            pairs[pair] += weights[place]
            holders[pair].add(place)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    made: list[str] = []
    while heap and len(made) < merges:
        count, pair = heapq.heappop(heap)
        if pairs[pair] != -count:
            continue
        made.append("".join(pair))
        changed: set[Pair] = set()
        for place in sorted(holders.pop(pair)):
            before, after = spelled[place], _joined(spelled[place], pair)
            for old in pairwise(before):
                pairs[old] -= weights[place]
            for new in pairwise(after):
                pairs[new] += weights[place]
                holders[new].add(place)
            changed.update(pairwise(before), pairwise(after))
            spelled[place] = after
        pairs[pair] = 0
        for one in changed:
            if pairs[one] > 0:
                heapq.heappush(heap, (-pairs[one], one))
    return made


def _joined(letters: list[str], pair: Pair) -> list[str]:
    joined: list[str] = []
    for letter in letters:
        if joined and (joined[-1], letter) == pair:
            joined[-1] += letter
        else:
            joined.append(letter)
    return joined


def library_texts() -> Iterator[str]:
    """The sources of Python's standard library (PSF licence), tests and installed packages left out."""
    root = Path(sysconfig.get_path("stdlib"))
    for file in sorted(root.rglob("*.py")):
        if not {"site-packages", "test", "tests", "idlelib", "lib2to3", "encodings"} & set(file.parts):
            yield file.read_text("utf-8", "replace")


def main() -> None:
    """Write the letter groups to a file, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merges", type=int, default=MERGES)
    parser.add_argument("--into", type=Path, default=PIECES_FILE)
    options = parser.parse_args()
    made = sorted(learn(words(library_texts()), options.merges))
    options.into.write_text("\n".join(made) + "\n", "utf-8")


if __name__ == "__main__":
    main()
