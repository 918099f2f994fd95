"""Finds e-mail addresses of persons."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_FILE_ENDINGS: Final = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "css",
        "js",
        "py",
        "ts",
        "tsx",
        "md",
        "json",
        "yaml",
        "yml",
        "html",
        "txt",
        "so",
        "dll",
        "exe",
        "lock",
    ]
)
_ROBOTS: Final = frozenset(
    ["noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster", "git"]
)


def _is_person(value: str, context: str) -> bool:
    """Not a file name (`icon@2x.png`), a robot, a git remote or the password part of a URL."""
    name, _, domain = value.lower().rpartition("@")
    before, _, after = context.partition(value)
    if name in _ROBOTS or domain.rpartition(".")[2] in _FILE_ENDINGS or ".." in value or name.startswith("."):
        return False
    return not (
        before.endswith((":", "/")) and "://" in before[-40:] and not before.endswith("mailto:")
    ) and not (after.startswith(":") and name == "git")


def _surely_person(data: Bytes, start: Offsets, end: Offsets) -> Flags:
    """Matches of the expression that `_is_person` accepts whatever else, by what is rare in the others."""
    last = end - 1
    doubtful = _URL_BYTES[data[start - 1]] | (data[end] == ord(":")) | _ROBOT_STARTS[data[start]]
    for size, tails in _TAILS.items():
        tail = np.zeros(len(last), dtype=np.uint32)
        for back in range(size):
            tail |= (data[last - back].astype(np.uint32) | 0x20) << (8 * back)
        doubtful |= np.isin(tail, tails)
    dots = np.flatnonzero((data[:-1] == ord(".")) & (data[1:] == ord(".")))
    sure: Flags = ~doubtful & (np.searchsorted(dots, start) == np.searchsorted(dots, end))
    return sure


def _flags(chars: str) -> Flags:
    flags = np.zeros(256, dtype=np.bool_)
    flags[[ord(char) for char in chars]] = True
    return flags


_URL_BYTES: Final = _flags(":/")
_ROBOT_STARTS: Final = _flags("".join({name[0] for name in _ROBOTS} | {name[0].upper() for name in _ROBOTS}))
#: The last characters of file endings (at most four) as numbers, by how many.
_TAILS: Final = {
    size: np.array(
        [
            int.from_bytes(ending[-4:].encode(), "big")
            for ending in _FILE_ENDINGS
            if min(len(ending), 4) == size
        ],
        dtype=np.uint32,
    )
    for size in (2, 3, 4)
}

PATTERNS: Final = (
    Pattern(
        rule="email_address",
        regex=r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b",
        label="EMAIL",
        sensitivity="personal",
        trigger=r"[A-Za-z0-9._%+'-]@[A-Za-z0-9]",
        reach=192,
        accept=_is_person,
        canonical=str.lower,
        context=(40, 1),
        sure=_surely_person,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Addresses in arguments and results; the addressee of a message is no leak."""
    return exposed(batch, DETECTOR.id, "E-mail address")


DETECTOR: Final = Detector(
    id="email_address",
    summary="A person's e-mail address stands in what an agent sent or read.",
    severity="medium",
    misses="Addresses in words (`ann at example dot com`), without a top-level domain, or with quotes.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0057"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("address in a posted body", "Customer: Ann Lee <ann.lee@example.com>"),
        sends("address in base64", "YW5uLmxlZUBleGFtcGxlLmNvbSBhc2tlZA=="),
        reads("address with accents around it", "Der Empfänger für Änderungen: jörg <joerg@example.org>"),
    ),
    silent=(
        reads("a file name", "see icon@2x.png and @types/node"),
        reads("a git remote", "origin git@git.example.org:team/app.git"),
        reads("a decorator", "@app.route('/')\ndef index(): ..."),
    ),
)
