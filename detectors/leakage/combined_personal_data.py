"""Finds calls that send persons' names outside together with what identifies or exposes them."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import reads, sends
from detectors.exposure import placed

#: Several persons at once.
_MANY: Final = 10
_WHO: Final = "PERSON"
#: What makes a name more than a name. Mail addresses and telephone numbers stand in every signature.
_WITH: Final = (
    "POSTAL_ADDRESS",
    "DATE_OF_BIRTH",
    "MEDICAL",
    "MEDICAL_ID",
    "FINANCIAL",
    "TAX_NUMBER",
    "IDENTITY_DOCUMENT",
    "NATIONAL_ID",
    "PAYMENT_CARD",
    "IBAN",
    "BANK_ACCOUNT",
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per call to an outside destination that names a person and says more of them."""
    found = placed(batch).filter((pl.col("direction") == "outside") & pl.col("label").is_in([_WHO, *_WITH]))
    if found.is_empty():
        return pl.DataFrame(schema=FOUND)
    who = pl.col("label") == _WHO
    persons = pl.col("value_fp").filter(who).n_unique()
    counted = found.group_by("action_id").agg(
        persons.alias("persons"),
        pl.col("value_fp").filter(~who).n_unique().alias("distinct"),
        pl.col("label").filter(~who).unique().sort().alias("labels"),
        pl.col("value_fp").filter(who).min(),
    )
    return (
        counted.filter((pl.col("persons") > 0) & (pl.col("distinct") > 0))
        .select(
            "action_id",
            pl.when((pl.col("persons") >= _MANY) & (pl.col("distinct") >= _MANY))
            .then(pl.lit("high"))
            .otherwise(pl.lit("medium"))
            .alias("severity"),
            pl.lit("medium").alias("confidence"),
            pl.format(
                "{} named with {} in a call that goes outside",
                pl.when(pl.col("persons") == 1)
                .then(pl.lit("A person"))
                .otherwise(pl.format("{} persons", "persons")),
                pl.col("labels").list.join(", ").str.replace_all("_", " ").str.to_lowercase(),
            ).alias("title"),
            pl.lit("args").alias("part"),
            pl.struct("persons", "distinct", "labels").struct.json_encode().alias("evidence"),
            "value_fp",
        )
        .select(pl.col(name).cast(kind) for name, kind in FOUND.items())
        .sort("action_id")
    )


DETECTOR: Final = Detector(
    id="combined_personal_data",
    summary="One call sends a person's name outside together with an address, a birth date, health or money.",
    severity="high",
    misses="Persons who are named by a number or a nickname; data that is spread over several calls.",
    standards=("OWASP-ASI02", "OWASP-LLM02", "ATLAS-AML.T0057"),
    find=find,
    firing=(
        sends(
            "a customer record", '{"full_name": "Ines Albrecht", "dob": "1979-02-13", "street": "Am Markt 7"}'
        ),
        sends("a patient", "Patient Gabriela Nowak, diagnosis: chronic migraine"),
    ),
    silent=(
        sends("a name alone", "Gabriela Nowak has asked for a new badge."),
        reads("a record that is read", '{"full_name": "Ines Albrecht", "dob": "1979-02-13"}'),
    ),
)
