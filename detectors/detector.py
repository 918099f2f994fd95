"""What a detector is: metadata, patterns, one function over whole sessions, and examples of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from afteraction.records.finding import FOUND, SENSITIVITIES, Severity
from afteraction.records.session_batch import SessionBatch

Find = Callable[[SessionBatch], pl.DataFrame]
Offsets = npt.NDArray[np.int64]
#: From the bytes of many texts, and where each begins in them, to (start, end) of values in order.
Locate = Callable[[npt.NDArray[np.uint8], Offsets], tuple[Offsets, Offsets]]

#: From the bytes and the (start, end) of values in them to whether each is accepted for sure.
Sure = Callable[[npt.NDArray[np.uint8], Offsets, Offsets], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Pattern:
    """One rule that the scan engine runs for every detector at once.

    `regex` is RE2 syntax (no look-around, no back-reference); it decides. `trigger` is the Hyperscan
    expression that says where to look (default: `regex`): it must match within `reach` bytes of
    every match of `regex`, ideally once. `reach` 0 verifies the whole text. `label` is what masks
    show. `group` is the capture group that holds the value. `accept` gets the value and its `context`
    (so many bytes before and after it; fewer are faster) and tells a real one from a look-alike (checksum,
    entropy, allow-list). `sure` tells of many values at once which of them `accept` would take anyway, and
    saves asking. `canonical` gives equal values one spelling before they are fingerprinted. Where two
    matches overlap, the lower `rank` stays (0: the shape alone proves it; 2: the surroundings suggest it).
    `locate` takes the place of `regex` and `trigger` where no expression can tell: it finds its values
    itself, in all texts at once. Sensitivity `none` is for what says who or where somebody is and harms
    nobody alone, only together with something else.
    """

    rule: str
    regex: str
    label: str
    sensitivity: str
    group: int = 0
    accept: Callable[[str, str], bool] | None = None
    trigger: str | None = None
    reach: int = 0
    rank: int = 0
    canonical: Callable[[str], str] | None = None
    context: tuple[int, int] = (64, 64)
    sure: Sure | None = None
    locate: Locate | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.sensitivity not in SENSITIVITIES:
            raise ValueError(f"{self.rule}: sensitivity {self.sensitivity!r}; use one of {SENSITIVITIES}")


@dataclass(frozen=True)
class Example:
    """One session that must fire (or stay silent), as a chat-messages record (see `ingest.openai_chat`)."""

    name: str
    messages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One detector. `id` is its file's name; `find` returns a frame with the columns of `FOUND`.

    `supply` gives patterns that only a package at run time can name; it gets the cache folder.
    """

    id: str
    summary: str
    severity: Severity
    misses: str
    standards: tuple[str, ...]
    find: Find
    patterns: tuple[Pattern, ...] = ()
    supply: Callable[[Path], tuple[Pattern, ...]] | None = field(default=None, repr=False)
    firing: tuple[Example, ...] = field(default=(), repr=False)
    silent: tuple[Example, ...] = field(default=(), repr=False)


def nothing() -> pl.DataFrame:
    """No findings, with every column in place."""
    return pl.DataFrame(schema=FOUND)
