"""Finds national identity numbers: US SSN, UK NINO and several European ones by their check digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl
from stdnum.be import nn
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

#: Numbers that advertisements and tests have used up (SSA's own list).
_SPENT: Final = frozenset(["078-05-1120", "219-09-9999", "457-55-5462", "123-45-6789"])


def _compact(value: str) -> str:
    return "".join(c for c in value if c.isalnum()).upper()


def _is_ssn(value: str, context: str) -> bool:
    """Area, group and serial are in use; written as a plain run it needs a naming word before it."""
    digits = _compact(value)
    before, _, after = context.partition(value)
    if before.endswith(("-", ".", "/", "_")) or (after[:1] in "-./_" and after[1:2].isdigit()):
        return False
    dashed = f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    return dashed not in _SPENT and bool(ssn.is_valid(dashed))


def _checked(valid: Callable[[str], bool]) -> Callable[[str, str], bool]:
    return lambda value, _context: bool(valid(_compact(value)))


def _id(rule: str, regex: str, accept: Callable[[str, str], bool], group: int = 0) -> Pattern:
    return Pattern(
        rule=rule, regex=regex, label="NATIONAL_ID", sensitivity="personal", group=group, accept=accept,
        canonical=_compact, reach=96, rank=1,
    )  # fmt: skip


PATTERNS: Final = (
    _id("us_ssn", r"\b\d{3}[- ]\d{2}[- ]\d{4}\b", _is_ssn),
    _id("us_ssn_named", r"(?i)\b(?:ssn|social security)[\w ]{0,16}[\"'\s:#=]{1,6}(\d{9})\b", _is_ssn, 1),
    _id(
        "uk_nino",
        r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
        lambda value, _: _compact(value)[:2] not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"),
    ),
    _id("es_dni", r"\b\d{8}-?[A-HJ-NP-TV-Z]\b", _checked(dni.is_valid)),
    _id("es_nie", r"\b[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]\b", _checked(nie.is_valid)),
    _id(
        "it_codice_fiscale",
        r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        _checked(codicefiscale.is_valid),
    ),
    _id("fr_nir", r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b", _checked(nir.is_valid)),
    _id("fi_hetu", r"\b\d{6}[-+A]\d{3}[0-9A-Y]\b", lambda value, _: bool(hetu.is_valid(value))),
    _id(
        "se_personnummer",
        r"\b(?:19|20)?\d{6}[-+]\d{4}\b",
        lambda value, _: bool(personnummer.is_valid(value)),
    ),
    _id(
        "nl_bsn",
        r"(?i)\b(?:bsn|burgerservicenummer)[\w ]{0,16}[\"'\s:#=]{1,6}(\d{9})\b",
        _checked(bsn.is_valid),
        1,
    ),
    _id("pl_pesel", r"(?i)\bpesel[\w ]{0,16}[\"'\s:#=]{1,6}(\d{11})\b", _checked(pesel.is_valid), 1),
    _id("be_national_number", r"\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b", _checked(nn.is_valid)),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """National identity numbers in arguments and results."""
    return exposed(batch, DETECTOR.id, "National identity number")


DETECTOR: Final = Detector(
    id="national_id",
    summary="A national identity number stands in what an agent sent or read.",
    severity="high",
    misses="Countries other than US, UK, ES, IT, FR, FI, SE, NL, PL and BE; passports and driving licences.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0057"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("SSN posted outside", "SSN 536-22-8145"),
        reads("SSN as a run, named", '{"ssn": "536228145"}'),
        reads("Spanish number", "DNI 12345678Z"),
    ),
    silent=(
        reads("areas never issued", "000-12-3456, 666-12-3456 and 923-12-3456"),
        reads("a part number", "part 12-536-22-8145-9"),
    ),
)
