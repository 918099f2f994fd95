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


def _named(rule: str, names: str, shape: str, valid: Callable[[str], bool]) -> Pattern:
    """A number that dates and order numbers look like: the word for it must stand before it."""
    regex = rf"(?i)\b(?:{names})[\w :.]{{0,20}}[\"'\s:#=]{{1,12}}({shape})\b"
    return _id(rule, regex, _checked(valid), 1)


_UNUSED_NINO: Final = ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")
_NINO: Final = r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
_BELGIAN: Final = r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"

PATTERNS: Final = (
    _id("us_ssn", r"\b\d{3}[- ]\d{2}[- ]\d{4}\b", _is_ssn),
    _id("us_ssn_named", r"(?i)\b(?:ssn|social security)[\w ]{0,16}[\"'\s:#=]{1,12}(\d{9})\b", _is_ssn, 1),
    _id("uk_nino", _NINO, lambda value, _: _compact(value)[:2] not in _UNUSED_NINO),
    _id(
        "it_codice_fiscale",
        r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        _checked(codicefiscale.is_valid),
    ),
    _named("es_dni", "dni|nif|documento nacional", r"\d{8}-?[A-HJ-NP-TV-Z]", dni.is_valid),
    _named("es_nie", "nie|extranjero", r"[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]", nie.is_valid),
    _named("fr_nir", "nir|sociale|insee", r"[12][\d ]{14,20}", nir.is_valid),
    _named("fi_hetu", "hetu|henkilotunnus", r"\d{6}[-+A]\d{3}[0-9A-Y]", hetu.is_valid),
    _named("se_personnummer", "personnummer|personnr", r"(?:19|20)?\d{6}[-+]?\d{4}", personnummer.is_valid),
    _named("nl_bsn", "bsn|burgerservicenummer", r"\d{9}", bsn.is_valid),
    _named("pl_pesel", "pesel", r"\d{11}", pesel.is_valid),
    _named("be_national_number", "rijksregister|registre national|nrn|insz|niss", _BELGIAN, nn.is_valid),
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
