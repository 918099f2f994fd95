"""Compares the data that is there with the partitions that the ledger recorded, and records what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afteraction.ledger.entry import JSON, partition_entry


def manifest_problems(
    recorded: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """What differs between ledger and data, one sentence per partition, sorted.

    `recorded` is `Ledger.latest("partition")`; `found` maps each table to the digests (SHA-256, hex) of
    its partitions. A recorded digest of null says that the partition was removed.
    """
    here = {f"{table}/{name}": digest for table, parts in found.items() for name, digest in parts.items()}
    kept = {key: entry["digest"] for key, entry in recorded.items() if entry.get("digest") is not None}
    changed = (
        f"{key} is not what the ledger recorded" for key in kept.keys() & here if kept[key] != here[key]
    )
    missing = (f"{key} is in the ledger and not in the data" for key in kept.keys() - here.keys())
    unknown = (f"{key} is in the data and not in the ledger" for key in here.keys() - kept.keys())
    return tuple(sorted((*changed, *missing, *unknown)))


def partition_changes(
    recorded: Mapping[str, Mapping[str, Any]],
    found: Mapping[str, Mapping[str, str]],
    versions: Mapping[str, int],
    rows: Mapping[str, Mapping[str, int]] | None = None,
) -> list[dict[str, JSON]]:
    """The entries that bring the ledger up to the data: changed and new partitions, and removed ones.

    `recorded` and `found` are as in `manifest_problems`; `versions` gives each table's version, `rows`
    the rows of its partitions where they are known. A partition whose digest is recorded already gives
    no entry, whatever version its table has reached, so that a re-run adds nothing.
    """
    counts = rows or {}
    entries = [
        partition_entry(
            table, name, rows=counts.get(table, {}).get(name), digest=digest, version=versions[table]
        )
        for table, parts in sorted(found.items())
        for name, digest in sorted(parts.items())
        if recorded.get(f"{table}/{name}", {}).get("digest") != digest
    ]
    for _, entry in sorted(recorded.items()):
        table, name = entry["table"], entry["partition"]
        if entry["digest"] is not None and table in found and name not in found[table]:
            entries.append(partition_entry(table, name, rows=0, digest=None, version=versions[table]))
    return entries
