"""Finds dates of birth: a date that a word or a key for birth stands before."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_WORDS: Final = (
    r"(?:date[_ -]?of[_ -]?birth|birth[_ -]?da(?:te|y)|d\.?o\.?b\.?|born(?: on)?|geboren(?: am)?|"
    r"geburtsdatum|geburtstag|"
    r"date[_ -]de[_ -]naissance|n(?:é|e)e?[_ -]le|fecha[_ -]de[_ -]nacimiento|nacid[oa] el|data[_ "
    r"-]di[_ -]nascita|"
    r"data[_ -]de[_ -]nascimento|geboortedatum|data[_ -]urodzenia|f(?:ö|o)delsedatum|syntym(?:ä|a)aika)"
)
_MONTHS: Final = (
    r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic|fév|fev|avr|mär|"
    r"gen|mag|giu|lug|set|"
    r"ott)\p{L}{0,7}\.?"
)
_DATE: Final = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|"
    rf"\d{{1,2}}(?:st|nd|rd|th|\.)? (?:de |of )?{_MONTHS}(?: de|,)? \d{{4}}|{_MONTHS} \d{{1,2}}(?:st|"
    rf"nd|rd|th)?,? \d{{4}})"
)
_BETWEEN: Final = r"(?:[\"'\s:=>(]{1,8}|\s(?:is|was|ist|est|es|war|on|am|el|le)[:\s]{1,3})"

PATTERNS: Final = (
    Pattern(
        rule="date_by_birth_word",
        regex=rf"(?i)\b{_WORDS}{_BETWEEN}({_DATE})",
        label="DATE_OF_BIRTH",
        sensitivity="personal",
        group=1,
        trigger=rf"(?i)\b{_WORDS}(?:[\"'\s:=>(]{{1,8}}|\s[a-z]{{2,4}}[:\s]{{1,3}})[a-z0-9]",
        reach=128,
        rank=1,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Dates of birth in arguments and results."""
    return exposed(batch, DETECTOR.id, "Date of birth")


DETECTOR: Final = Detector(
    id="birth_date",
    summary="A date of birth stands in what an agent sent or read.",
    severity="medium",
    misses="Dates without a word for birth right before them; ages; a table whose heading alone says `born`.",
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("a date posted outside", "Patient M., date of birth: 4 March 1971"),
        reads("a record", '{"dateOfBirth": "1988-11-02"}'),
        reads("German", "geboren am 17.08.1964 in Bonn"),
    ),
    silent=(
        reads("other dates", "created 2024-03-01, due 05/06/2024, born in a barn"),
        reads("a field without a value", '{"dob": null, "birthday": ""}'),
    ),
)
