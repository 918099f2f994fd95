"""Precision and recall of secrets (per example text) and of personal data (per value)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.audit.evaluation.measures import f1
from afteraction.audit.evaluation.sources import rows
from detectors.scan import scan_texts

#: The six pattern types: which of our detectors find which type of the labelled data.
PATTERN_TYPES: Final[Mapping[str, str]] = {
    "email_address": "EMAIL_ADDRESS",
    "phone_number": "PHONE_NUMBER",
    "payment_card": "CREDIT_CARD",
    "bank_account": "IBAN_CODE",
    "national_id": "US_SSN",
    "ip_address": "IP_ADDRESS",
}
#: The two types that take more than a pattern.
NAMING_TYPES: Final[Mapping[str, str]] = {"person_name": "PERSON", "postal_address": "STREET_ADDRESS"}
_TYPES: Final[Mapping[str, str]] = {
    **PATTERN_TYPES,
    **NAMING_TYPES,
    "identity_document": "US_DRIVER_LICENSE",
}
_PARTS: Final[Mapping[str, str]] = {"ZIP_CODE": "STREET_ADDRESS"}
_c = pl.col


class Found(msgspec.Struct, frozen=True):
    """Counts and rates of one source and kind."""

    source: str
    kind: str
    labelled: int
    precision: float
    recall: float
    f1: float


def secrets(file: Path) -> list[Found]:
    """Per source: a text counts as found where any secret is found in it.

    Further rows leave out texts that are labelled both ways, take each half of the rule families (so that
    rules can be developed on one half and judged on the other), and count hosts, names and ids as found, too.
    """
    told = pl.DataFrame(
        [{**row, "half": _half(row.get("rule") or "")} for row in rows(file)],
        schema={"source": pl.String, "label": pl.Int64, "text": pl.String, "half": pl.String},
    )
    values = scan_texts(told["text"])
    hits = values.filter(_c("sensitivity") == "secret")["row"].unique()
    anything = values["row"].unique()
    place = _c("row").cast(pl.Int64)
    marked = told.with_row_index("row").with_columns(
        hit=place.is_in(hits.implode()),
        anything=place.is_in(anything.implode()),
        both=_c("label").n_unique().over("text") > 1,
    )
    return [
        one
        for (source,), part in marked.sort("source").group_by(["source"], maintain_order=True)
        for one in _secret_rows(str(source), part)
    ]


def _secret_rows(source: str, part: pl.DataFrame) -> Iterable[Found]:
    yield _counted(source, "secret", part)
    if part["both"].any():
        yield _counted(source, "secret, texts labelled both ways left out", part.filter(~_c("both")))
    for half in ("first", "second"):
        yield _counted(source, f"secret, {half} half of families", part.filter(_c("half") == half))
    yield _counted(source, "secret, host, name or id", part.with_columns(hit="anything"))


def _counted(source: str, kind: str, part: pl.DataFrame) -> Found:
    return _rates(
        source,
        kind,
        true=part.filter((_c("label") == 1) & _c("hit")).height,
        found=part.filter("hit").height,
        labelled=part.filter(_c("label") == 1).height,
    )


def _half(rule: str) -> str:
    """The half that a rule's family falls into; a family is the vendor that the rule's name begins with."""
    family = rule.removeprefix("kingfisher.").split(".")[0].split("-")[0]
    return ("first", "second")[sha256(family.encode()).digest()[0] & 1]


def personal(file: Path) -> list[Found]:
    """Per type, over the six pattern types, over names and addresses, and over every labelled type.

    A value is found where a match of its type overlaps it; a match is right where it overlaps such a value.
    """
    documents = list(rows(file))
    gold = _gold(documents)
    texts = pl.Series([document["full_text"] for document in documents], dtype=pl.String)
    ours = (
        scan_texts(texts)
        .filter(_c("detector").is_in(list(_TYPES)))
        .select(
            _c("row").cast(pl.Int64),
            "start",
            "end",
            kind=_c("detector").replace_strict(_TYPES, return_dtype=pl.String),
        )
        .with_row_index("match")
    )
    both = ours.join(gold, on=["row", "kind"]).filter(
        (_c("start") < _c("gold_end")) & (_c("gold_start") < _c("end"))
    )
    right, caught = both.select("match", "kind").unique(), both.select("gold", "kind").unique()
    lines = {kind: [kind] for kind in sorted(set(_TYPES.values()) & set(gold["kind"]))}
    lines["the six pattern types"] = list(PATTERN_TYPES.values())
    lines["names and addresses"] = list(NAMING_TYPES.values())
    lines["every labelled type"] = sorted({*_TYPES.values(), *gold["kind"]})
    frames = {"right": right, "caught": caught, "ours": ours, "gold": gold}
    return [
        _spans(file, line, {name: frame.filter(_c("kind").is_in(kinds)) for name, frame in frames.items()})
        for line, kinds in lines.items()
    ]


def _gold(documents: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The labelled values; a postal code is taken for a part of an address, wherever it is labelled apart."""
    spans = [
        (
            row,
            span["start_position"],
            span["end_position"],
            _PARTS.get(span["entity_type"], span["entity_type"]),
        )
        for row, document in enumerate(documents)
        for span in document["spans"]
    ]
    schema = {"row": pl.Int64, "gold_start": pl.Int64, "gold_end": pl.Int64, "kind": pl.String}
    return pl.DataFrame(spans, schema=schema, orient="row").with_row_index("gold")


def _spans(file: Path, kind: str, held: Mapping[str, pl.DataFrame]) -> Found:
    """The rates of one line; `held` has its rows of right matches, caught values, matches and values."""
    right, caught, ours, gold = (held[name].height for name in ("right", "caught", "ours", "gold"))
    precision = right / ours if ours else float("nan")
    recall = caught / gold if gold else float("nan")
    return Found(file.name.removesuffix(".jsonl.gz"), kind, gold, precision, recall, f1(precision, recall))


def _rates(source: str, kind: str, *, true: int, found: int, labelled: int) -> Found:
    precision = true / found if found else float("nan")
    recall = true / labelled if labelled else float("nan")
    return Found(source, kind, labelled, precision, recall, f1(precision, recall))
