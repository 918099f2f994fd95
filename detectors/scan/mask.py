"""Masks what the scan found: each value becomes `[LABEL:fingerprint]`, wherever the text repeats it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import polars as pl

from afteraction.records.canary import Canary
from afteraction.records.session_batch import SessionBatch
from detectors.scan.canaries import watching
from detectors.scan.engine import engine
from detectors.scan.matches import NO_KEY, fingerprints, matches
from detectors.scan.texts import find_values

Span = tuple[int, int, str]
_MIN_REPEAT = 6


def mask_actions(batch: SessionBatch, cache: Path | None = None, *, names: bool = True) -> pl.DataFrame:
    """The actions of a batch with every match in `args` and `result` masked; valid JSON stays valid.

    Uses `batch.matches` (scans if it is empty). Rows without matches are not touched. Without `names`,
    names of persons and postal addresses stay readable.
    """
    found = (batch.matches if len(batch.matches) else matches(batch, cache)).filter(_masks(names=names))
    actions = batch.actions
    for part in ("args", "result"):
        spans = _spans(
            found.filter((pl.col("part") == part) & pl.col("action_id").is_not_null()), "action_id"
        )
        if spans:
            texts = _masked(actions.get_column(part), actions.get_column("action_id").to_list(), spans)
            actions = actions.with_columns(texts)
    return actions


def mask_texts(
    texts: pl.Series,
    keys: pl.Series | None = None,
    cache: Path | None = None,
    *,
    names: bool = True,
    canaries: Sequence[Canary] = (),
) -> pl.Series:
    """Texts with every value masked, like `mask_actions`; `keys` holds each row's fingerprint key."""
    values = find_values(texts, watching(engine(cache), canaries)).filter(_masks(names=names))
    if values.is_empty():
        return texts
    rows = values.get_column("row")
    by_row = {
        str(row): (keys[row] if keys is not None else None) or NO_KEY for row in rows.unique().to_list()
    }
    named = rows.cast(pl.String)
    found = values.with_columns(fingerprints(named, values.get_column("text"), by_row), named.alias("name"))
    return _masked(texts, [str(row) for row in range(len(texts))], _spans(found, "name"))


def mask_text(text: str, spans: list[Span]) -> str:
    """One text with spans (start, end, mask) replaced; JSON that would break is masked as a whole."""
    merged = _merged(_with_repeats(text, spans))
    masked = _replaced(text, merged)
    if (
        text.lstrip()[:1] in ("{", "[", '"')
        and not _within_strings(text, merged)
        and _is_json(text)
        and not _is_json(masked)
    ):
        return json.dumps(" ".join(sorted({mask for _, _, mask in spans})))
    return masked


def _within_strings(text: str, spans: list[Span]) -> bool:
    """Whether all spans can only be the inside of JSON strings, and of no escapes: masks break nothing."""
    plain = "\\" not in text
    for start, end, _ in spans:
        value = text[start:end]
        if _ONLY_WITHIN.search(value) is None or '"' in value:
            return False
        if not plain and "\\" in text[max(0, start - _ESCAPE) : end]:
            return False
    return True


#: What JSON has in strings only: an exponent's is the one capital outside.
_ONLY_WITHIN = re.compile("[@A-DF-Z]")
#: The characters of the longest JSON escape, less one.
_ESCAPE = 5


def _masks(*, names: bool) -> pl.Expr:
    """What is masked: secrets, personal values, names; addresses of machines and tenants stay readable."""
    return pl.col("sensitivity").is_in(["secret", "personal", *(["none"] if names else [])])


def _spans(found: pl.DataFrame, name: str) -> dict[str, list[Span]]:
    mask = pl.format("[{}:{}]", "label", "value_fp").alias("mask")
    columns = found.select(name, "start", "end", mask)
    spans: dict[str, list[Span]] = {}
    for owner, start, end, text in columns.iter_rows():
        spans.setdefault(owner, []).append((start, end, text))
    return spans


def _masked(texts: pl.Series, owners: list[str], spans: dict[str, list[Span]]) -> pl.Series:
    rows = [row for row, owner in enumerate(owners) if owner in spans]
    masked = [
        None if text is None else mask_text(text, spans[owners[row]])
        for row, text in zip(rows, texts.gather(rows).to_list(), strict=True)
    ]
    return texts.clone().scatter(rows, pl.Series(masked, dtype=pl.String)) if rows else texts


def _with_repeats(text: str, spans: list[Span]) -> list[Span]:
    """The spans and every further occurrence of the same text, which stood without telling surroundings."""
    counts: dict[str, int] = {}
    for start, end, _ in spans:
        value = text[start:end]
        counts[value] = counts.get(value, 0) + 1
    repeated = {
        value for value, count in counts.items() if len(value) >= _MIN_REPEAT and text.count(value) != count
    }
    if not repeated:
        return spans
    more = list(spans)
    for value, mask in {text[start:end]: mask for start, end, mask in spans}.items():
        at = text.find(value) if value in repeated else -1
        while at >= 0:
            more.append((at, at + len(value), mask))
            at = text.find(value, at + len(value))
    return more


def _merged(spans: list[Span]) -> list[Span]:
    """Spans without overlaps: those that touch become one, under all their masks."""
    if all(one[1] <= other[0] for one, other in pairwise(spans)):
        return spans
    merged: list[Span] = []
    masks: list[str] = []
    reached = -1
    for start, end, mask in sorted(set(spans)):
        if start < reached:
            masks = masks if mask in masks else [*masks, mask]
            reached = max(reached, end)
            merged[-1] = (merged[-1][0], reached, "".join(masks))
        else:
            masks, reached = [mask], end
            merged.append((start, end, mask))
    return merged


def _replaced(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for start, end, mask in spans:
        parts += [text[at:start], mask]
        at = end
    return "".join([*parts, text[at:]])


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
