"""Finds private keys: PEM blocks of any kind, PuTTY and age keys."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import entropy

_MIN_BODY: Final = 48


def _has_body(value: str, _context: str) -> bool:
    """Whether key material follows the headline: enough base64, and not one character over and over."""
    body = "".join(value.partition("KEY")[2].strip("- ").split())
    return len(body) >= _MIN_BODY and entropy(body[:400]) > 3.5


def _joined(value: str) -> str:
    return "".join(value.split())


PATTERNS: Final = (
    Pattern(
        rule="pem_private_key",
        regex=r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[\s\w+/=:,.()@<>\\\"'-]{40,}?-----END[ A-Z0-9_-]{0,60}-----|[\s\w+/=:,\\\"'-]{40,})",
        label="PRIVATE_KEY",
        sensitivity="secret",
        trigger=r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY",
        reach=24000,
        accept=_has_body,
        canonical=_joined,
    ),
    Pattern(
        rule="putty_private_key",
        regex=r"Private-Lines: \d{1,4}\s+([\sA-Za-z0-9+/=]{60,})",
        label="PRIVATE_KEY",
        sensitivity="secret",
        group=1,
        trigger=r"Private-Lines: \d",
        reach=24000,
        canonical=_joined,
    ),
    Pattern(
        rule="age_secret_key",
        regex=r"\b(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})\b",
        label="PRIVATE_KEY",
        sensitivity="secret",
        group=1,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Private keys in arguments and results."""
    return exposed(batch, DETECTOR.id, "Private key")


_BODY = "MIIEpAIBAAKCAQEA7x2Kq8Vw4Zt6Xn9Lb1Hs3Jd5Mf0Pc7Ya2RbUeGiOoTlWkSv"
_PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\n" + _BODY + "\n" + _BODY[::-1] + "\n-----END RSA PRIV" + "ATE KEY-----"
)

DETECTOR: Final = Detector(
    id="private_key",
    summary="A private key stands in what an agent sent or read.",
    severity="critical",
    misses="Keys in binary form (DER, PKCS#12, JKS) and raw numbers without a headline.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("key posted outside", _PEM),
        reads("key with escaped line ends", _PEM.replace("\n", "\\n")),
    ),
    silent=(
        reads("a public key", _PEM.replace("RSA PRIV" + "ATE", "PUBLIC")),
        reads(
            "only the headline", "The file starts with -----BEGIN PRIV" + "ATE KEY----- and ends likewise."
        ),
    ),
)
