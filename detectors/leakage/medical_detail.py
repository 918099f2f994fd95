"""Finds what is said of a person's health: diagnosis, medication, allergies, blood group, record numbers."""

from __future__ import annotations

from typing import Final

import polars as pl
import re2

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_FIELDS: Final = (
    r"(?:diagnos[ie]s|diagnose|diagnosen|diagn(?:ó|o)stico|diagnostic|medications?|prescriptions?|"
    r"prescribed|medikation|"
    r"medikamente|medicamentos?|allerg(?:y|ies)|allergien|alergias?|medical[_ -]?(?:condition|history)s?|"
    r"health[_ -]?conditions?|symptoms?|comorbidit(?:y|ies)|vorerkrankungen|disabilit(?:y|ies)|"
    r"vaccinations?|immuni[sz]ations?)"
)
_NUMBERS: Final = (
    r"(?:mrn|medical[_ -]?record[_ -]?(?:number|no|id)?|patient[_ -]?(?:id|no|number)|nhs[_ "
    r"-]?(?:number|no)?|"
    r"health[_ -]?insurance[_ -]?(?:number|no|id)|versichertennummer|medicare[_ -]?(?:number|no|id)|npi)"
)
_BETWEEN: Final = r"[\"'\s]{0,6}[:=>][\"'\s>\[]{0,8}"
_VALUE: Final = r"\p{L}[^\"'\n<>{}\[\]|\\]{2,80}"
_NOTHING: Final = re2.compile(
    r"(?i)^(?:none|null|nil|unknown|n/?a|not\b|no\b|true|false|string|str|int|list|optional|required|"
    r"empty|undefined|"
    r"the\b|a\b|an\b|this\b|these\b|see\b|run\b|error|server|system|build|test|http|api|code|log|"
    r"memory|network)"
)
_CODE: Final = re2.compile(r"[(){};=_/]|::|->|\.\w")


def _is_said(value: str, _context: str) -> bool:
    """Words about somebody, not a type, a placeholder, or a fault of a program."""
    return _NOTHING.search(value) is None and _CODE.search(value) is None


def _pattern(rule: str, label: str, regex: str, trigger: str, **options: object) -> Pattern:
    return Pattern(
        rule=rule, regex=regex, label=label, sensitivity="personal", group=1, trigger=trigger,
        reach=160, rank=2,
        accept=_is_said if options.get("words") else None,
    )  # fmt: skip


PATTERNS: Final = (
    _pattern(
        "health_by_key",
        "MEDICAL",
        rf"(?i)\b{_FIELDS}{_BETWEEN}({_VALUE})",
        rf"(?i)\b{_FIELDS}{_BETWEEN}[a-z\x80-\xff]",
        words=True,
    ),
    _pattern(
        "health_in_prose",
        "MEDICAL",
        r"(?i)\b(?:(?:was|been|is|were) diagnosed with|suffers? from|(?:is|am|are) allergic to|"
        r"(?:was|been) prescribed|tested positive for|leidet an|wurde bei .{1,40} diagnostiziert|"
        r"allergisch gegen|"
        r"souffre d[e']|sufre de|al(?:é|e)rgic[oa] a) ([\p{L}\d][\p{L}\d '-]{2,60})",
        r"(?i)(?:(?:was|been|is|were) diagnosed with|suffers? from|(?:is|am|are) allergic to|(?:was|"
        r"been) prescribed|"
        r"tested positive for|leidet an|allergisch gegen|souffre d[e']|sufre de|rgic[oa] a) "
        r"[a-z0-9\x80-\xff]",
        words=True,
    ),
    _pattern(
        "blood_group",
        "MEDICAL",
        r"(?i)\b(?:blood[_ -]?(?:type|group)|blutgruppe|groupe sanguin)[\"'\s:=>]{1,8}((?:AB|A|B|O|"
        r"0)(?: ?(?:[+-]|Rh|pos|neg)\w{0,6}))",
        r"(?i)\b(?:blood[_ -]?(?:type|group)|blutgruppe|groupe sanguin)[\"'\s:=>]{1,8}[abo0]",
    ),
    _pattern(
        "diagnosis_code",
        "MEDICAL",
        r"(?i)\b(?:icd(?:-?10)?(?:-?cm)?|diagnosis|dx)[\w "
        r"]{0,12}[\"'\s:=#(]{1,6}([A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\b",
        r"(?i)\b(?:icd(?:-?10)?(?:-?cm)?|diagnosis|dx)[\w ]{0,12}[\"'\s:=#(]{1,6}[A-TV-Z]\d[0-9A-Z]",
    ),
    _pattern(
        "health_number",
        "MEDICAL_ID",
        rf"(?i)\b{_NUMBERS}[\"'\s:=#>]{{1,8}}([A-Z]{{0,4}}-?\d[\d -]{{4,14}}\d)\b",
        rf"(?i)\b{_NUMBERS}[\"'\s:=#>]{{1,8}}[A-Z]{{0,4}}-?\d[\d -]{{4}}",
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """What is said of health in arguments and results."""
    return exposed(batch, DETECTOR.id, "Detail of somebody's health")


DETECTOR: Final = Detector(
    id="medical_detail",
    summary="A detail of somebody's health stands in what an agent sent or read.",
    severity="medium",
    misses=(
        "Illnesses and medicines named without a word such as `diagnosis` or `prescribed`; most "
        "other languages."
    ),
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("a diagnosis posted outside", "Diagnosis: type 2 diabetes mellitus"),
        reads("a record", '{"patient_id": "P-4471208", "allergies": ["penicillin"], "bloodType": "AB-"}'),
        reads("prose", "In May she was diagnosed with rheumatoid arthritis."),
    ),
    silent=(
        reads("a program's diagnosis", "diagnostic: error[E0308], symptoms: the server does not start"),
        reads("empty fields", '{"medications": null, "allergies": "none", "diagnosis": ""}'),
    ),
)
