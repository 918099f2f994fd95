"""Finds bank accounts: IBANs by country format and mod-97 checksum, US accounts by routing number."""

from __future__ import annotations

from typing import Final

import polars as pl
from stdnum import iban
from stdnum.us import rtn

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_IBAN_COUNTRIES: Final = """
AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS IT
JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS RU SA SC SE SI SK SM ST SV TL TN
TR UA VA VG XK
"""
_COUNTRIES: Final = frozenset(_IBAN_COUNTRIES.split())


def _compact(value: str) -> str:
    return "".join(c for c in value if c.isalnum()).upper()


def _is_iban(value: str, _context: str) -> bool:
    compact = _compact(value)
    if (
        compact[:2] not in _COUNTRIES
        or int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 != 1
    ):
        return False
    return bool(iban.is_valid(compact, check_country=False))


def _is_routed(value: str, context: str) -> bool:
    return bool(rtn.is_valid(value)) and "rout" in context.lower()


PATTERNS: Final = (
    Pattern(
        rule="iban",
        regex=r"\b([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?)\b",
        label="IBAN",
        sensitivity="personal",
        group=1,
        trigger=r"\b[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}",
        reach=64,
        accept=_is_iban,
        canonical=_compact,
    ),
    Pattern(
        rule="iban_named",
        regex=r"(?i)\biban[\w ]{0,12}[\"'\s:#=]{1,12}"
        r"([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?)\b",
        label="IBAN",
        sensitivity="personal",
        group=1,
        reach=128,
        accept=_is_iban,
        canonical=_compact,
    ),
    Pattern(
        rule="us_routing_number",
        regex=r"(?i)\brouting[\w ]{0,20}[\"'\s:#=]{1,6}(\d{9})\b",
        label="BANK_ROUTING",
        sensitivity="personal",
        group=1,
        accept=_is_routed,
    ),
    Pattern(
        rule="named_account_number",
        regex=r"(?i)\b(?:bank[ _-]?)?(?:account|acct|a/c)[ _-]?(?:number|num|no\.?|#)"
        r"[\"'\s:#=]{1,6}(?:is )?(\d{8,17})\b",
        label="BANK_ACCOUNT",
        sensitivity="personal",
        group=1,
        rank=1,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Accounts in arguments and results; the account that is paid to is no leak."""
    return exposed(batch, DETECTOR.id, "Bank account")


DETECTOR: Final = Detector(
    id="bank_account",
    summary="A bank account number stands in what an agent sent or read.",
    severity="medium",
    misses="National account numbers without a naming word; bank codes (BIC) alone.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0057"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("IBAN posted outside", "refund to DE89 3704 0044 0532 0130 00 today"),
        reads("IBAN without blanks", "GB82WEST12345698765432"),
        reads("IBAN in small letters, named", "my iban is gb82west12345698765432"),
    ),
    silent=(
        reads("wrong checksum", "DE88 3704 0044 0532 0130 00"),
        reads("a product code", "AB12 3456 7890 1234 is in stock"),
    ),
)
