"""Finds numbers of passports, driving licences and identity cards that a word for them stands before."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_WORDS: Final = (
    r"(?:passport|driv(?:er|ing|er'?s)[_ -]?(?:'s )?licen[cs]e|dl[_ -]?(?:number|no)|identity[_ "
    r"-]?card|id[_ -]?card|"
    r"national[_ -]?id|residence[_ -]?permit|visa[_ -]?number|reisepass(?:nummer)?|"
    r"personalausweis(?:nummer)?|"
    r"f(?:ü|ue)hrerschein(?:nummer)?|passeport|permis de conduire|pasaporte|licencia de conducir|"
    r"passaporto|patente)"
)
_REST: Final = r"(?:[_ -]?(?:number|no\.?|num|nr\.?|id|#))?"
_BETWEEN: Final = r"(?:[\"'\s:=#>(]{1,8}|\s(?:is|was|ist|est|es)[:\s]{1,3})"


def _is_number(value: str, _context: str) -> bool:
    """Five digits at least, and no date."""
    digits = sum(c.isdigit() for c in value)
    return digits >= 5 and not (value[4:5] in "-/" and value[:2] in {"19", "20"})


PATTERNS: Final = (
    Pattern(
        rule="document_by_name",
        regex=(
            rf"(?i)\b{_WORDS}{_REST}{_BETWEEN}([A-Z]{{0,3}}[ -]?\d[A-Z\d]{{2,}}(?:[ "
            rf"-][A-Z\d]{{2,6}}){{0,3}})\b"
        ),
        label="IDENTITY_DOCUMENT",
        sensitivity="personal",
        group=1,
        trigger=(
            rf"(?i){_WORDS}{_REST}(?:[\"'\s:=#>(]{{1,8}}|\s[a-z]{{2,3}}[:\s]{{1,3}})[A-Z]{{0,3}}[ "
            rf"-]?\d[A-Z\d]{{2}}"
        ),
        reach=128,
        rank=2,
        accept=_is_number,
        canonical=lambda value: "".join(c for c in value if c.isalnum()).upper(),
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Numbers of documents in arguments and results."""
    return exposed(batch, DETECTOR.id, "Number of an identity document")


DETECTOR: Final = Detector(
    id="identity_document",
    summary="The number of a passport or driving licence stands in what an agent sent or read.",
    severity="medium",
    misses=(
        "Numbers without a word such as `passport` before them; they carry no check digit that could tell."
    ),
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("a passport posted outside", "passport number: X4821907"),
        reads("a record", '{"driverLicense": "D482-1107-9932"}'),
    ),
    silent=(
        reads("a passport without a number", "The passport expires on 2031-05-01; bring your ID card."),
        reads("a library", "passport 0.7.0 is a dependency"),
    ),
)
