"""Which files in the inbox are complete, and which of them are new."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: A file that was written to within this many seconds may still be half-copied.
SETTLE_SECONDS = 5.0
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", "~")


class Dropped(NamedTuple):
    """A file in the inbox; `signature` changes when its name, size or time of change does."""

    path: Path
    signature: str


def _files(inbox: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(inbox):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_UNFINISHED):
                yield Path(folder) / name


def _signature(name: str, facts: os.stat_result) -> str:
    text = f"{facts.st_size}\x1f{facts.st_mtime_ns}\x1f{name}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def settled(inbox: Path, now: float, settle_seconds: float = SETTLE_SECONDS) -> list[Dropped]:
    """The regular files that nobody wrote to for `settle_seconds` before `now` (seconds since 1970).

    Hidden files and the temporary names of common copy programs are left alone. A time of change in
    the future counts as settled: it is a clock's mistake, not a copy under way.
    """
    found = []
    for path in _files(inbox):
        try:
            facts = path.stat()
        except OSError:
            continue
        quiet = now - facts.st_mtime
        if stat.S_ISREG(facts.st_mode) and not 0 <= quiet < settle_seconds:
            found.append(Dropped(path, _signature(str(path.relative_to(inbox)), facts)))
    return found


def run_key(signatures: list[str]) -> str:
    """One name for one set of files, so that the same files ask for the same run."""
    return "inbox-" + hashlib.sha256("\n".join(sorted(signatures)).encode()).hexdigest()[:24]
