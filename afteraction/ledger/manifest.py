"""Compares the data that is there with the partitions that the ledger recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
