"""Finds payment card numbers: issuer range, length and Luhn checksum."""

from __future__ import annotations

from typing import Final

import polars as pl
import re2
from stdnum import luhn

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

#: Issuer ranges (first digits, low and high) with the lengths in use, as the schemes publish them.
_ISSUERS: Final = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("300", "305", (14,)),
    ("36", "36", (14, 16)),
    ("38", "39", (14, 16)),
    ("6011", "6011", (16, 19)),
    ("644", "649", (16, 19)),
    ("65", "65", (16, 19)),
    ("3528", "3589", (16,)),
    ("50", "50", (12, 13, 14, 15, 16)),
    ("56", "58", (12, 13, 14, 15, 16)),
    ("6304", "6304", (12, 13, 14, 15, 16)),
    ("67", "67", (12, 13, 14, 15, 16)),
    ("62", "62", (16, 17, 18, 19)),
    ("1800", "1800", (15,)),
    ("2131", "2131", (15,)),
)
_NAMED: Final = re2.compile(r"(?i)card|visa|master|amex|maestro|diners|discover|jcb|\b(?:cc|pan)\b")
_SHORT: Final = 15


def _digits(value: str) -> str:
    return "".join(c for c in value if c.isdigit())


def _has_issuer(digits: str) -> bool:
    return any(low <= digits[: len(low)] <= high and len(digits) in sizes for low, high, sizes in _ISSUERS)


def _is_card(value: str, context: str) -> bool:
    """The checksum fits, and issuer and length too unless a word such as `card` stands nearby."""
    digits = _digits(value)
    before, _, after = context.partition(value)
    if len(set(digits)) < 2 or not luhn.is_valid(digits):
        return False
    if before.endswith((".", "-", "_", "/", "=", "#", "+")) and not before.endswith("="):
        return False
    if after[:1] in (".", "-", "_") and after[1:2].isdigit():
        return False
    return (len(digits) >= _SHORT and _has_issuer(digits)) or _NAMED.search(before + after) is not None


PATTERNS: Final = (
    Pattern(
        rule="payment_card",
        regex=r"\b[1-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{0,4}\b|\b3\d{3}[ -]?\d{6}[ -]?\d{4,5}\b|"
        r"\b[1-6]\d{3}(?:[ -]\d{4}){3}[ -]\d{3}\b",
        label="PAYMENT_CARD",
        sensitivity="personal",
        trigger=r"\b[1-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{0,4}\b|\b3\d{3}[ -]\d{6}[ -]\d{5}\b",
        reach=64,
        accept=_is_card,
        canonical=_digits,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Card numbers in arguments and results."""
    return exposed(batch, DETECTOR.id, "Payment card number")


DETECTOR: Final = Detector(
    id="payment_card",
    summary="A payment card number stands in what an agent sent or read.",
    severity="high",
    misses="Numbers of 17 to 19 digits without blanks, with a wrong check digit or unusual groups.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0057"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("number posted outside", "pay with 4111 1111 " + "1111 1111"),
        reads("number in a field", '{"card": "5555-5555-' + '5555-4444"}'),
    ),
    silent=(
        reads("wrong check digit", "4111 1111 1111 1112"),
        reads("a time stamp in nanoseconds", "1700000000000000000 and id 9007199254740991"),
    ),
)
