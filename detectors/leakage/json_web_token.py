"""Finds JSON Web Tokens whose header names an algorithm."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed


def _has_algorithm(value: str, _context: str) -> bool:
    """Whether the first part is a JSON object with `alg` or `enc`, as RFC 7515 asks."""
    head = value.split(".", 1)[0]
    try:
        header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return False
    return isinstance(header, dict) and ("alg" in header or "enc" in header)


PATTERNS: Final = (
    Pattern(
        rule="json_web_token",
        regex=r"(?:^|[^\w.-])(eyJ[\w-]{8,}\.(?:eyJ)?[\w-]{8,}(?:\.[\w-]*){1,3})",
        label="JWT",
        sensitivity="secret",
        group=1,
        trigger=r"eyJ[\w-]{8,}\.[\w-]{8}",
        reach=14000,
        accept=_has_algorithm,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Tokens in arguments and results; they expire, hence a step below a standing credential."""
    return exposed(batch, DETECTOR.id, "JSON Web Token", lower=1)


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_TOKEN = ".".join(
    [
        _part('{"alg":"HS256","typ":"JWT"}'),
        _part('{"sub":"ann","exp":1893456000}'),
        "q8Vw2Zt4Xn6Lb9Hs3Jd5Mf1Pc0Yb7Re2Ua4",
    ]
)

DETECTOR: Final = Detector(
    id="json_web_token",
    summary="A JSON Web Token stands in what an agent sent or read.",
    severity="high",
    misses="Opaque session tokens; whether the token is still valid is not asked.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("token posted outside", f"Authorization: Bearer {_TOKEN}"),
        reads("token in a result", _TOKEN),
    ),
    silent=(
        reads("base64 JSON that is no token", _part('{"name":"value","other":1}') + ".abcdefgh.ijklmnop"),
        reads("a header alone", "A token starts with eyJhbGciOi and has three parts."),
    ),
)
