"""What a detector is: metadata, patterns, one function over whole sessions, and examples of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from afteraction.records.finding import FOUND, Severity
from afteraction.records.session_batch import SessionBatch

Find = Callable[[SessionBatch], pl.DataFrame]


@dataclass(frozen=True)
class Pattern:
    """One rule that the scan engine runs for every detector at once.

    `regex` is Hyperscan and RE2 syntax (no look-around, no back-reference). `label` is what masks
    show. `group` is the capture group that holds the value. `accept` gets the value and its context
    (±64 characters) and tells a real one from a look-alike (checksum, entropy, allow-list).
    """

    rule: str
    regex: str
    label: str
    sensitivity: str
    group: int = 0
    accept: Callable[[str, str], bool] | None = None


@dataclass(frozen=True)
class Example:
    """One session that must fire (or stay silent), as a chat-messages record (see `ingest.openai_chat`)."""

    name: str
    messages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One detector. `id` is its file's name; `find` returns a frame with the columns of `FOUND`."""

    id: str
    summary: str
    severity: Severity
    misses: str
    standards: tuple[str, ...]
    find: Find
    patterns: tuple[Pattern, ...] = ()
    firing: tuple[Example, ...] = field(default=(), repr=False)
    silent: tuple[Example, ...] = field(default=(), repr=False)


def nothing() -> pl.DataFrame:
    """No findings, with every column in place."""
    return pl.DataFrame(schema=FOUND)
