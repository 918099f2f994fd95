"""Sealed originals: parts of sessions packed, encrypted and opened again, one ciphertext per part."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl
import zstandard

from afteraction.lake.tables import ORIGINALS, Lake, scan
from afteraction.lake.vault import Vault
from afteraction.records.action import TIME, UNDATED

_LEVEL: Final = 1


def seal_parts(actions: pl.DataFrame, messages: pl.DataFrame, vault: Vault, at: int) -> pl.DataFrame:
    """One sealed row (`ORIGINALS`) per session in the two frames; `at` is the time in µs since the epoch.

    `actions` needs `action_id`, `call_digest`, `result_digest`, `event_time`; `messages` needs
    `message_id`; both need `session_key` and `tenant`. Every other column is only inside the seal.
    """
    called, said = _sessions(actions), _sessions(messages)
    packer = zstandard.ZstdCompressor(level=_LEVEL)
    keys = sorted(called.keys() | said.keys())
    if not keys:
        return pl.DataFrame(schema=ORIGINALS)
    sealed = [_seal(called.get(key), said.get(key), vault, packer) for key in keys]
    columns = dict(zip(("tenant", "part_id", "sealed"), zip(*sealed, strict=True), strict=True))
    rows = pl.DataFrame({"session_key": keys, **columns}, schema_overrides={"sealed": pl.Binary()})
    for index in (_dates(actions, messages), _acted(actions), _said(messages)):
        rows = rows.join(index, on="session_key", how="left", maintain_order="left")
    return rows.with_columns(
        pl.col("action_ids", "call_digests", "result_digests", "message_ids").fill_null([]),
        pl.lit(at).cast(TIME).alias("ingested_at"),
    ).select(pl.col(name).cast(kind) for name, kind in ORIGINALS.items())


def _acted(actions: pl.DataFrame) -> pl.DataFrame:
    names = {"action_ids": "action_id", "call_digests": "call_digest", "result_digests": "result_digest"}
    return actions.group_by("session_key").agg(pl.col(name).alias(index) for index, name in names.items())


def _said(messages: pl.DataFrame) -> pl.DataFrame:
    return messages.group_by("session_key").agg(pl.col("message_id").alias("message_ids"))


def _dates(actions: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """The date of each session's first timed action, where it has none of its first timed message."""
    first = pl.col("event_time").min().dt.strftime("%Y-%m-%d").alias("event_date")
    acted, said = (frame.group_by("session_key").agg(first) for frame in (actions, messages))
    silent = said.join(acted, on="session_key", how="anti")
    return pl.concat([acted, silent]).with_columns(pl.col("event_date").fill_null(UNDATED))


def _sessions(frame: pl.DataFrame) -> dict[str, dict[str, list[Any]]]:
    ordered = frame.sort("session_key", maintain_order=True).with_columns(pl.col(TIME).dt.epoch("us"))
    columns = ordered.to_dict(as_series=False)
    found: dict[str, dict[str, list[Any]]] = {}
    start = 0
    for key, length in ordered["session_key"].rle().struct.unnest().select("value", "len").iter_rows():
        end = start + length
        found[key] = {name: values[start:end] for name, values in columns.items()}
        start = end
    return found


def _seal(
    called: dict[str, list[Any]] | None,
    said: dict[str, list[Any]] | None,
    vault: Vault,
    packer: zstandard.ZstdCompressor,
) -> tuple[str, str, bytes]:
    plain = msgspec.msgpack.encode({"actions": called, "messages": said})
    part = hashlib.sha256(plain).hexdigest()
    tenant: str = (called or said or {})["tenant"][0]
    return tenant, part, vault.seal(tenant, part, packer.compress(plain))


def open_parts(
    rows: pl.DataFrame,
    vault: Vault,
    actions: dict[str, pl.DataType],
    messages: dict[str, pl.DataType],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The action and message rows of sealed parts, in the given schemas, `ingested_at` added to actions."""
    called: dict[str, list[Any]] = {name: [] for name in [*actions, "ingested_at"]}
    said: dict[str, list[Any]] = {name: [] for name in messages}
    chosen = rows.select("tenant", "part_id", "sealed", pl.col("ingested_at").dt.epoch("us"))
    unpacker = zstandard.ZstdDecompressor()
    for tenant, part, sealed, ingested_at in chosen.iter_rows():
        packed = vault.open(tenant, part, sealed)
        plain = msgspec.msgpack.decode(unpacker.decompress(packed))
        _extend(called, plain["actions"], {"ingested_at": ingested_at})
        _extend(said, plain["messages"], {})
    return (
        pl.DataFrame(called, schema={**actions, "ingested_at": TIME}),
        pl.DataFrame(said, schema=messages),
    )


def _extend(
    into: dict[str, list[Any]], columns: dict[str, list[Any]] | None, constant: dict[str, Any]
) -> None:
    if not columns:
        return
    rows = len(columns["session_key"])
    for name, values in into.items():
        values.extend([constant[name]] * rows if name in constant else columns.get(name, [None] * rows))


def known_actions(lake: Lake, keys: pl.Series) -> pl.DataFrame:
    """What the lake already holds of these sessions: `action_id`, `call_digest`, `result_digest`."""
    rows = _index(lake, ("action_ids", "call_digests", "result_digests"), keys)
    return (
        rows.explode("action_ids", "call_digests", "result_digests")
        .rename({"action_ids": "action_id", "call_digests": "call_digest", "result_digests": "result_digest"})
        .filter(pl.col("action_id").is_not_null())
    )


def known_messages(lake: Lake, keys: pl.Series) -> pl.Series:
    """The ids of the messages that the lake already holds of these sessions."""
    return _index(lake, ("message_ids",), keys)["message_ids"].explode().drop_nulls()


def _index(lake: Lake, columns: Sequence[str], keys: pl.Series) -> pl.DataFrame:
    files = lake.files("originals")
    if not files:
        return pl.DataFrame(schema={name: ORIGINALS[name] for name in columns})
    return (
        scan("originals", files).filter(pl.col("session_key").is_in(keys.implode())).select(columns).collect()
    )
