"""The readers by format: every module of `readers/` that ends in a `READER`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from typing import Any

from afteraction.ingest import readers as folder
from afteraction.ingest.reader import Reader
from afteraction.ingest.source import SourceError


@cache
def readers() -> dict[str, Reader]:
    """Every reader by its format, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    found = [importlib.import_module(f"{folder.__name__}.{name}").READER for name in names]
    return {reader.format: reader for reader in found}


def reader_for(format: str) -> Reader:  # noqa: A002  # the word users know from `--format`
    """The reader of a format; raises `SourceError` with the known formats."""
    if format not in readers():
        raise SourceError(f"found the format {format!r}; expected one of {', '.join(readers())}")
    return readers()[format]


def detect(values: Iterable[Any]) -> str | None:
    """The format that knows most of these records; `None` when no reader knows any."""
    votes: dict[str, int] = {}
    for value in values:
        if isinstance(value, dict):
            for name in knowing(value):
                votes[name] = votes.get(name, 0) + 1
    return max(sorted(votes), key=lambda name: votes[name]) if votes else None


def knowing(value: dict[str, Any]) -> list[str]:
    """The formats whose reader knows this record (or the first record that it wraps)."""
    return [reader.format for reader in readers().values() if _knows(reader, value)]


def _knows(reader: Reader, value: dict[str, Any]) -> bool:
    if reader.detect(value):
        return True
    wrapped = value.get(reader.wrapper) if reader.wrapper else None
    if not isinstance(wrapped, list):
        return False
    return any(isinstance(record, dict) and reader.detect(record) for record in wrapped[:20])
