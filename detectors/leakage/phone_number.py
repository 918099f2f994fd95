"""Finds telephone numbers: international and North American form, and national forms that are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_MIN, _MAX = 7, 15


def _digits(value: str) -> str:
    return ("+" if value.startswith(("+", "00")) else "") + "".join(
        c for c in value if c.isdigit()
    ).removeprefix("00")


def _is_number(value: str, context: str) -> bool:
    digits = _digits(value).lstrip("+")
    before, _, after = context.partition(value)
    return (
        _MIN <= len(digits) <= _MAX
        and len(set(digits)) > 2
        and not before.endswith((".", "-", "_", "/", "=", "$", "€", "£"))
        and not after.startswith(("_", "/", "%", "@"))
        and not (after[:1] in ".-:," and after[1:2].isdigit())
    )


def _is_north_american(value: str, context: str) -> bool:
    """Area and exchange codes start at 2 (NANP), and the number is not a plain run of digits."""
    digits = _digits(value).lstrip("+")[-10:]
    return (
        len(digits) == 10
        and digits[0] in "23456789"
        and digits[3] in "23456789"
        and _is_number(value, context)
    )


def _pattern(
    rule: str, regex: str, trigger: str, accept: Callable[[str, str], bool] = _is_number, group: int = 0
) -> Pattern:
    return Pattern(
        rule=rule, regex=regex, label="PHONE", sensitivity="personal", group=group, trigger=trigger, reach=96,
        rank=2, accept=accept, canonical=_digits,
    )  # fmt: skip


_SEP: Final = r"[ .\-\x{2010}\x{2011}\x{a0}]"
_EXT: Final = r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?"

PATTERNS: Final = (
    _pattern(
        "phone_international",
        r"(?:\+|\b00)[1-9]\d{0,2}[\s.()/-]{0,3}\d(?:[\s.()/-]{0,2}\d){5,12}" + _EXT + r"\b",
        r"(?:\+|\b00)[1-9]\d{0,2}[\s.()/-]{0,3}\d(?:[\s.()/-]{0,2}\d){5}",
    ),
    _pattern(
        "phone_north_american",
        r"(?:\b1[ .-])?(?:\(\d{3}\)\s?|\b\d{3}[.\- ])\d{3}[.\- ]\d{4}" + _EXT + r"\b",
        r"\d{3}[).\- ][ ]?\d{3}[.\- ]\d{4}",
        _is_north_american,
    ),
    _pattern(
        "phone_named",
        r"(?i)\b(?:phone|telephone|tel|mobile|cell|fax|call|contact|whatsapp|sms|dial|reach)[\w ]{0,24}"
        r"[\"'\s:=.#]{1,6}(\(?\d[\d\s().\-/]{5,18}\d" + _EXT + r")\b",
        r"(?i)\b(?:phone|telephone|tel|mobile|cell|fax|call|contact|whatsapp|sms|dial|reach)[\w ]{0,24}"
        r"[\"'\s:=.#]{1,6}\(?\d[\d\s().\-/]{5}",
        group=1,
    ),
    _pattern(
        "phone_zero_prefixed",
        r"(?:\(0\d{1,4}\)|\b0\d{1,4})[ /.\-]\d{2,4}(?:[ .\-]\d{2,5}){1,3}" + _EXT + r"\b",
        r"\b0\d{1,4}\)?[ /.\-]\d{2,4}[ .\-]\d{2}",
    ),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Numbers in arguments and results; the number that is called or written to is no leak."""
    return exposed(batch, DETECTOR.id, "Telephone number")


DETECTOR: Final = Detector(
    id="phone_number",
    summary="A telephone number stands in what an agent sent or read.",
    severity="medium",
    misses="National numbers as a plain run of digits, unless a word such as `phone` stands before them.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0057"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("number posted outside", "Reach Ann at +44 20 7946 0958 after six"),
        reads("North American form", "call (202) 555-0143 ext. 12"),
        reads("named field", '{"phone": "2025550143"}'),
    ),
    silent=(
        reads("version and date", "v1.20.300 of 2024-05-17 10:31:07, build 20240517103107"),
        reads("amounts", "total 1,234,567.00 and 555.12 in 2023-2024"),
        reads("an address of a machine", "192.0.2.146 answered after 300 400 ms"),
    ),
)
