"""Finds what somebody earns and owes: salary, income, credit score, debts, tax numbers."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_FIELDS: Final = (
    r"(?:(?:base|annual|monthly|yearly|gross|net|current|weekly)?[_ -]?(?:salary|income|wages?|earnings)|"
    r"(?:hourly[_ -]?rate|annual[_ -]?bonus|credit[_ -]?score|credit[_ -]?limit|net[_ -]?worth|"
    r"(?:outstanding[_ -]?)?(?:debt|mortgage)|loan[_ -]?(?:amount|balance)|pension|alimony|child[_ "
    r"-]?support)|"
    r"gehalt|jahresgehalt|einkommen|nettoeinkommen|bruttogehalt|salaire|revenu|salario|sueldo|"
    r"ingresos|stipendio|salaris)"
)
_FIGURE: Final = (
    r"(?:(?:USD|EUR|GBP|CHF|[$€£¥]) ?)?(?:\d{1,3}(?:[,.' ]\d{3}){1,3}|\d{2,9})(?:[.,]\d{1,2})?"
    r"(?: ?(?:k\b|USD\b|EUR\b|GBP\b|CHF\b|€|£))?"
)
_BETWEEN: Final = r"(?:[\"'\s:=>]{1,8}|\s(?:is|was|of|ist|beträgt|est de|es de|von)[:\s]{1,3})"

PATTERNS: Final = (
    Pattern(
        rule="figure_by_key",
        regex=rf"(?i)\b{_FIELDS}{_BETWEEN}({_FIGURE})",
        label="FINANCIAL",
        sensitivity="personal",
        group=1,
        trigger=(
            rf"(?i){_FIELDS}(?:[\"'\s:=>]{{1,8}}|\s[a-z\x80-\xff ]{{2,8}}[:\s]{{1,3}})(?:USD|EUR|GBP|"
            rf"CHF|[$\xc2\xe2])?[^a-z\n]{{0,4}}\d"
        ),
        reach=128,
        rank=3,
        accept=lambda value, _context: sum(c.isdigit() for c in value) >= 2,
    ),
    Pattern(
        rule="tax_number",
        regex=(
            r"(?i)\b(?:tax(?:payer)?[_ -]?(?:id|number|no|identification[_ -]number)|tin|itin|ein|"
            r"steuer[_ -]?(?:id|nummer|"
            r"identifikationsnummer)|num(?:é|e)ro fiscal|codice fiscale|utr)[\"'\s:=#>]{1,8}(\d[\d "
            r"/-]{7,14}\d)\b"
        ),
        label="TAX_NUMBER",
        sensitivity="personal",
        group=1,
        trigger=(
            r"(?i)\b(?:tax(?:payer)?[_ -]?(?:id|number|no|identification[_ -]number)|tin|itin|ein|"
            r"steuer[_ -]?(?:id|nummer|"
            r"identifikationsnummer)|ro fiscal|codice fiscale|utr)[\"'\s:=#>]{1,8}\d[\d /-]{7}"
        ),
        reach=128,
        rank=3,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Financial details in arguments and results."""
    return exposed(batch, DETECTOR.id, "Financial detail of somebody")


DETECTOR: Final = Detector(
    id="financial_detail",
    summary="What somebody earns or owes stands in what an agent sent or read.",
    severity="medium",
    misses=(
        "Balances, prices and payments (most are not about a person); figures in words; tables whose "
        "heading alone"
        " tells; salaries of a job advertisement look the same."
    ),
    standards=("OWASP-ASI02", "OWASP-LLM02"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("a salary posted outside", "Her annual salary is 84,500 EUR"),
        reads("a record", '{"annualIncome": 61200, "credit_score": 712}'),
    ),
    silent=(
        reads("a price", '{"price": 61200, "total": "84,500.00", "balance": 12.5}'),
        reads("salary without a figure", "The salary depends on experience; income tax is due in May."),
    ),
)
