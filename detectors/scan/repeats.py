"""Other places of a session where a secret stands again, as it is or encoded, without what gave it away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from afteraction.records.session_batch import SessionBatch
from detectors.scan.buffer import Buffer, Offsets, from_series
from detectors.scan.spellings import spellings
from detectors.scan.texts import characters, levels, outermost, slices

#: Shorter values repeat by chance; below `_ANY_CHARS` only what mixes letters with something else counts.
_MIN_CHARS: Final = 6
_ANY_CHARS: Final = 8
_KEPT: Final = ("detector", "rule", "label", "sensitivity")
_HEAD: Final = 6
Hits = list[tuple[int, int, int, str, str]]


def with_repeats(found: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """`found` with one row more for each place where a secret of the same session is repeated.

    `found` has the columns of `texts.VALUES`, with `value` for `text`; `places` has one row per text with
    `row` (its number), `session_key` and `text`. A repeat is the value itself, one of its `spellings`, or
    either of them inside what the scan decodes.
    """
    secrets = found.filter((pl.col("sensitivity") == "secret") & telling(pl.col("value")))
    if secrets.is_empty():
        return found
    sessions = places.get_column("session_key")
    known = secrets.select(sessions[secrets.get_column("row")].alias("session_key"), "value", *_KEPT).unique(
        ["session_key", "value"], keep="first", maintain_order=True
    )
    again = repeats(places, known, found)
    if again.is_empty():
        return found
    return pl.concat([found, again.select(pl.col(name).cast(kind) for name, kind in found.schema.items())])


def telling(value: pl.Expr) -> pl.Expr:
    """Whether a value is long enough not to be repeated by chance."""
    chars = value.str.len_chars()
    mixed = value.str.contains("[A-Za-z]") & value.str.contains("[^A-Za-z]")
    return (chars >= _ANY_CHARS) | ((chars >= _MIN_CHARS) & mixed)


def repeats(places: pl.DataFrame, known: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The repeats of each session's values in its texts, but for places that `found` has already.

    `places` and `found` as in `with_repeats`; `known` has `session_key`, `value` and what the repeats get of
    it. Rows: row, start, end, encoding, value, and those columns.
    """
    texts = places.filter(pl.col("session_key").is_in(known["session_key"].unique().implode()))
    owners: dict[str, dict[str, int]] = defaultdict(dict)
    for number, (session, value) in enumerate(known.select("session_key", "value").iter_rows()):
        owners[value][session] = number
    row, start, end, value_of, encoding = _standing(texts.get_column("text"), owners)
    sessions = texts.get_column("session_key")[row].to_list()
    numbers = [owners[value].get(session) for value, session in zip(value_of, sessions, strict=True)]
    hits = pl.DataFrame(
        {
            "row": texts.get_column("row")[row],
            "start": start,
            "end": end,
            "encoding": pl.Series(encoding, dtype=pl.String),
            "value": pl.Series(value_of, dtype=pl.String),
            "number": pl.Series(numbers, dtype=pl.UInt32),
        }
    ).filter(pl.col("number").is_not_null())
    hits = hits.filter(_is_new(hits, found)).unique(["row", "start", "end", "value"], maintain_order=True)
    return hits.hstack(known.drop("session_key", "value")[hits.get_column("number")])


def _is_new(hits: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    """Whether each hit is neither within a secret that was found nor a part of the same value's match."""
    held: dict[int, list[tuple[int, int, str, str]]] = defaultdict(list)
    columns = ("row", "start", "end", "value", "sensitivity")
    for row, *rest in found.filter(pl.col("row").is_in(hits["row"].implode())).select(columns).iter_rows():
        held[row].append((rest[0], rest[1], rest[2], rest[3]))
    new = [
        not any(
            (begin <= start and end <= stop and sensitivity == "secret")
            or (other == value and start < stop and begin < end)
            for begin, stop, other, sensitivity in held[row]
        )
        for row, start, end, value in hits.select("row", "start", "end", "value").iter_rows()
    ]
    return pl.Series(new, dtype=pl.Boolean)


def _standing(
    texts: pl.Series, values: Mapping[str, object]
) -> tuple[Offsets, Offsets, Offsets, list[str], list[str]]:
    """(text's place, start, end, value, encoding) wherever a value stands in texts, in characters."""
    wanted = _wanted(values)
    rows, starts, ends = [_NONE], [_NONE], [_NONE]
    found: list[str] = []
    paths: list[str] = []
    for first, part in slices(texts):
        for buffer, chain in levels(from_series(part)):
            hits = _hits(buffer, wanted)
            if not hits:
                continue
            row, start, end = (np.array([hit[at] for hit in hits], dtype=np.int64) for at in range(3))
            row, start, end, kinds = outermost(chain, row, start, end, [hit[4] for hit in hits])
            start, end = characters(chain[0].parent if chain else buffer, row, start, end)
            rows.append(first + row)
            starts.append(start)
            ends.append(end)
            found += [hit[3] for hit in hits]
            paths += kinds
    return np.concatenate(rows), np.concatenate(starts), np.concatenate(ends), found, paths


Wanted = dict[bytes, list[tuple[bytes, str, str]]]
_NONE: Final = np.zeros(0, dtype=np.int64)


def _wanted(values: Mapping[str, object]) -> Wanted:
    """(spelling, value, encoding) by the first bytes of the spelling, in ASCII."""
    heads: Wanted = defaultdict(list)
    for value in values:
        for text, encoding in spellings(value).items():
            plain = _ascii(text.encode("utf-8", "surrogatepass"))
            heads[plain[:_HEAD]].append((plain, value, encoding))
    return heads


def _hits(buffer: Buffer, wanted: Wanted) -> Hits:
    """(row, start, end, value, encoding) of every spelling in a buffer; byte offsets in rows."""
    if not buffer.rows:
        return []
    data = _ascii(buffer.raw)
    offsets = pa.py_buffer(np.ascontiguousarray(buffer.starts, dtype=np.int64))
    column = pa.Array.from_buffers(pa.large_string(), buffer.rows, [None, offsets, pa.py_buffer(data)])
    patterns = [text.decode() for spelled in wanted.values() for text in {one[0] for one in spelled}]
    at = (
        pl.from_arrow(column)
        .to_frame("text")  # type: ignore[union-attr]
        .select(pl.col("text").str.find_many(patterns, overlapping=True).list.unique())
        .with_row_index("row")
        .explode("text", empty_as_null=True)
        .drop_nulls()
    )
    hits: Hits = []
    for row, start in at.iter_rows():
        begin = int(buffer.starts[row]) + start
        for text, value, encoding in wanted.get(data[begin : begin + _HEAD], ()):
            if data.startswith(text, begin):
                low, high = start, start + len(text)
                if encoding == "base64":
                    low, high = _grown(data, int(buffer.starts[row]), low, high)
                hits.append((row, low, high, value, encoding))
    return hits


def _grown(data: bytes, base: int, low: int, high: int) -> tuple[int, int]:
    """A piece of base64 with the characters beside it that spell bits of the value, too."""
    low -= low > 0 and data[base + low - 1] in _BASE64
    return low, high + (data[base + high] in _BASE64)


_BASE64: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_TO_ASCII: Final = bytes(byte if byte < 128 else ord("?") for byte in range(256))


def _ascii(raw: bytes) -> bytes:
    return raw.translate(_TO_ASCII)


def mask_known(texts: pl.Series, sessions: pl.Series, batch: SessionBatch) -> pl.Series:
    """`texts` with every secret masked that the scan found in the arguments and results of its session.

    `sessions` holds each text's session key. For texts that were taken out of a session and are shown alone.
    """
    known = _known(batch)
    if not known:
        return texts
    rows = pl.DataFrame({"text": texts.fill_null(""), "session_key": sessions}).with_row_index("row")
    held = rows.filter(pl.col("session_key").is_in([owner for masks in known.values() for owner in masks]))
    row, start, end, values, _ = _standing(held.get_column("text"), known)
    owners = held.get_column("session_key")[row].to_list()
    spans: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for at, low, high, value, owner in zip(
        held.get_column("row")[row].to_list(), start.tolist(), end.tolist(), values, owners, strict=True
    ):
        if owner in known[value]:
            spans[at].append((low, high, known[value][owner]))
    shown = texts.to_list()
    for at, places in spans.items():
        shown[at] = _hidden(shown[at], places)
    return pl.Series(texts.name, shown, dtype=pl.String)


def _known(batch: SessionBatch) -> dict[str, dict[str, str]]:
    """The secrets as they stand in a batch: for each, its mask by the sessions that hold it."""
    secrets = batch.matches.filter(pl.col("sensitivity") == "secret")
    value = pl.col("text").str.slice("start", pl.col("end") - pl.col("start")).alias("value")
    parts = [
        secrets.filter(pl.col("part") == part)
        .join(batch.actions.select("action_id", text=part), on="action_id")
        .select("session_key", value, pl.format("[{}:{}]", "label", "value_fp").alias("mask"))
        for part in ("args", "result")
    ]
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for session, secret, mask in pl.concat(parts).filter(telling(pl.col("value"))).iter_rows():
        for spelled in (secret, secret.lower()):
            known[spelled].setdefault(session, mask)
    return known


def _hidden(text: str, places: list[tuple[int, int, str]]) -> str:
    """A text with masks in place of spans; of those that overlap, the mask of the first stands for all."""
    shown, at = "", 0
    for start, end, mask in sorted(places):
        if start >= at:
            shown += text[at:start] + mask
        at = max(at, end)
    return shown + text[at:]
