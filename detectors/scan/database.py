"""The compiled Hyperscan database, cached on disk; a missing or broken cache is rebuilt."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hyperscan

from afteraction.lake.durable import exclusive, write_durably

_FLAGS = hyperscan.HS_FLAG_MULTILINE
_DIGEST_BYTES = 32


def cache_folder(given: Path | None = None) -> Path:
    """Where compiled rules are kept: as given, else the XDG cache, which all home folders share."""
    if given is not None:
        return given
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "afteraction"


def database(triggers: Sequence[str], cache: Path) -> Any:
    """The database for these expressions, numbered by place; from the cache if it is whole."""
    file = cache / f"rules-{_key(triggers)}.hsdb"
    held = _loaded(file)
    if held is not None:
        return held
    with alone(cache):
        built = _loaded(file)
        if built is None:
            built = _compile(triggers)
            with contextlib.suppress(OSError):
                write_durably(file, _sealed(hyperscan.dumpb(built)))
    return built


@contextlib.contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Of processes that start together one fills the cache; where that cannot be written, each its own."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            held.enter_context(exclusive(cache))
        yield


def _loaded(file: Path) -> Any | None:
    with contextlib.suppress(OSError, ValueError, hyperscan.error):
        return hyperscan.loadb(_opened(file.read_bytes()), hyperscan.HS_MODE_BLOCK)
    return None


def compiles(expression: str) -> bool:
    """Whether Hyperscan takes this expression."""
    return not refused([expression])


def refused(expressions: Sequence[str]) -> set[int]:
    """The places of expressions that Hyperscan does not take: tried at once, and if it errs, by halves."""
    try:
        _compile(expressions)
    except hyperscan.error:
        if len(expressions) == 1:
            return {0}
        half = len(expressions) // 2
        return refused(expressions[:half]) | {half + place for place in refused(expressions[half:])}
    return set()


def _compile(triggers: Sequence[str]) -> Any:
    built = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [trigger.encode() for trigger in triggers]
    built.compile(expressions=expressions, ids=list(range(len(expressions))), flags=_FLAGS)
    return built


def _key(triggers: Sequence[str]) -> str:
    state = hashlib.sha256(f"{version('hyperscan')}|{platform.machine()}|{_FLAGS}".encode())
    for trigger in triggers:
        state.update(str(len(trigger)).encode() + b":" + trigger.encode())
    return state.hexdigest()[:32]


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def _opened(sealed: bytes) -> bytes:
    content = sealed[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != sealed[:_DIGEST_BYTES]:
        raise ValueError("the cached rules are damaged")
    return content
