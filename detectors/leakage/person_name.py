"""Finds names of persons: by a small trained tagger in prose, and by the key in records."""

from __future__ import annotations

from typing import Final

import polars as pl
import re2

from afteraction.records.session_batch import SessionBatch
from detectors import names
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_WHOSE: Final = (
    "customer|client|patient|employee|passenger|guest|contact|owner|author|sender|recipient|payee|"
    "beneficiary|"
    "account[_ -]?holder|card[_ -]?holder|holder|tenant|buyer|seller|driver|student|teacher|doctor|"
    "insured|applicant|"
    "candidate|manager|member|person|subscriber|attendee|participant|borrower|spouse|emergency[_ -]?contact"
)
_KEYS: Final = (
    rf"(?:(?:first|last|given|family|middle|maiden|full|birth|legal|{_WHOSE})[_ -]?name|surname|forename|"
    r"card[_ -]?holder|account[_ -]?holder|vorname|nachname|familienname|pr[ée]nom|apellidos?|"
    r"cognome|nazwisko|"
    r"voornaam|achternaam|sobrenome)"
)
_BETWEEN: Final = r"[\"'\s]{0,6}[:=>][\"'\s>]{0,8}"
_PART: Final = r"\p{L}(?:[\p{L}\p{M}'\x{2019}.-]*[\p{L}\p{M}.])?"
_FILLERS: Final = """
null none nil true false unknown anonymous test string str text required optional varchar char undefined name
names first last middle full value values default empty na tbd todo admin user guest customer redacted masked
hidden any each new old placeholder example self field column data
"""
_NOBODY: Final = frozenset(_FILLERS.split())
_SHAPE: Final = re2.compile(r"^\p{L}[\p{L}\p{M}'\x{2019} .,-]*$")


def _is_name(value: str, _context: str) -> bool:
    """One to five words of letters, one of which begins with a capital, and none a filler."""
    words = value.replace(",", " ").split()
    return (
        _SHAPE.match(value) is not None
        and 1 <= len(words) <= 5
        and len(value) > 1
        and not value.isupper() | value.islower()
        and not any(word.lower().strip(".") in _NOBODY for word in words)
        and not _looks_like_code(words)
    )


def _looks_like_code(words: list[str]) -> bool:
    return any(word[:1].islower() and not word.islower() for word in words)


def _spelled(value: str) -> str:
    return " ".join(value.split()).casefold()


PATTERNS: Final = (
    Pattern(
        rule="name_in_prose",
        regex="",
        label="PERSON",
        sensitivity="none",
        rank=3,
        locate=names.spans,
        canonical=_spelled,
    ),
    Pattern(
        rule="name_by_key",
        regex=rf"(?i)\b{_KEYS}{_BETWEEN}({_PART}(?: {_PART}){{0,4}})",
        label="PERSON",
        sensitivity="none",
        group=1,
        trigger=rf"(?i){_KEYS.replace('[ée]', '(?:e|é)')}{_BETWEEN}[a-z\x80-\xff]",
        reach=160,
        rank=2,
        accept=_is_name,
        canonical=_spelled,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Names in arguments and results; the name of whom a message goes to is no leak."""
    return exposed(batch, DETECTOR.id, "Person's name", unproven=("name_in_prose",))


DETECTOR: Final = Detector(
    id="person_name",
    summary="A person's name stands in what an agent sent or read.",
    severity="low",
    misses=(
        "Names in small letters or in scripts other than Latin, unless a key such as `last_name` "
        "stands before"
        " them; single names that are also words, places or companies; names no list holds, without a "
        "title beside."
    ),
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("a name in a posted note", "Yesterday Marianne Hofstetter asked for her contract."),
        reads("a record", '{"first_name": "Tomasz", "last_name": "Wisniewski", "plan": "basic"}'),
    ),
    silent=(
        reads("cities and companies", "The train from Geneva to Lyon is run by Northern Railways Ltd."),
        reads("class names", "class OrderService(BaseService): raise ValueError('Order Not Found')"),
        reads("days and months", "Open Monday to Friday, closed in August. See Chapter Three, Table Two."),
    ),
)
