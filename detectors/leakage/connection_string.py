"""Finds passwords in connection strings and URLs: databases, queues, JDBC, ADO, basic authentication."""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import is_placeholder


def _is_password(value: str, _context: str) -> bool:
    return not is_placeholder(value) and value.lower() not in (
        "user",
        "username",
        "pw",
        "pwd",
        "postgres",
        "root",
        "guest",
    )


def _holds_pair(value: str, _context: str) -> bool:
    """Whether a basic-authentication value decodes to `user:password`."""
    try:
        user, colon, password = base64.b64decode(value + "=" * (-len(value) % 4)).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    return bool(user and colon) and password.isprintable() and not is_placeholder(password)


_string = partial(Pattern, sensitivity="secret", label="CONNECTION_PASSWORD", accept=_is_password, rank=2)

PATTERNS: Final = (
    _string(
        "url_password",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,24}://[^\s:/@\"'<>?#]{0,128}:([^\s@/\"'<>]{3,256})@[A-Za-z0-9\[][\w.:,\]-]*",
        group=1,
        trigger=r"://[^\s:/@\"'<>?#]{0,128}:[^\s@/\"'<>]{3,256}@[A-Za-z0-9\[]",
        reach=512,
    ),
    _string(
        "jdbc_password",
        r"(?i)\bjdbc:[a-z0-9:]{2,30}(?://|@)[^\s\"'<>]{1,300}[?&;](?:password|pwd)=([^&;\s\"'<>]{3,128})",
        group=1,
        trigger=r"(?i)\bjdbc:[a-z0-9:]{2,30}(?://|@)[^\s\"'<>]{1,300}[?&;](?:password|pwd)=[^&;\s\"'<>]{3}",
        reach=512,
    ),
    _string(
        "ado_password",
        r"(?i)(?:server|data source|host|hostname|dsn|uid|user id|username|database)\s*=[^;\"'\n]{1,128};"
        r"(?:[^;\"'\n]*;){0,8}?\s*(?:password|pwd)\s*=\s*([^;\"'\s]{3,128})",
        group=1,
        trigger=r"(?i);\s*(?:password|pwd)\s*=\s*[^;\"'\s]{3}",
        reach=1400,
    ),
    _string(
        "basic_authorization",
        r"(?i)\bbasic\s+([A-Za-z0-9+/]{8,400}={0,2})",
        group=1,
        label="BASIC_AUTHORIZATION",
        trigger=r"(?i)\bbasic\s+[A-Za-z0-9+/]{8}",
        reach=512,
        accept=_holds_pair,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Passwords of connection strings in arguments and results."""
    return exposed(batch, DETECTOR.id, "Password in a connection string")


_PASSWORD = "q8Vw2-Zt4Xn6"

DETECTOR: Final = Detector(
    id="connection_string",
    summary="A connection string or URL with a password stands in what an agent sent or read.",
    severity="critical",
    misses="Strings without a password (trust, certificates); passwords with spaces, quotes or slashes.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("database URL posted outside", f"postgres://app:{_PASSWORD}@db.example.org:5432/prod"),
        reads("ADO string", f"Server=db.example.org;Database=prod;User Id=app;Password={_PASSWORD};"),
        reads("JDBC string", f"jdbc:postgresql://db.example.org/prod?user=app&password={_PASSWORD}"),
        reads(
            "basic header", "Authorization: Basic " + base64.b64encode(f"app:{_PASSWORD}".encode()).decode()
        ),
    ),
    silent=(
        reads("a placeholder", "postgres://user:password@localhost/db and mysql://<user>:<password>@host/db"),
        reads("a port", "http://db.example.org:8080/path@v2"),
        reads("a word after basic", "We cover the basic principles/ideas here."),
    ),
)
