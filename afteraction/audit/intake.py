"""Step 1: reads sources into the lake, each action once, originals sealed, refusals in quarantine.

Whoever reads a part also seals it, so that raw text never travels between processes; the main process
judges by ids and digests and opens a sealed part again only where not all of it is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.frames import Slots, stored_actions, stored_messages
from afteraction.audit.judging import judge_parts
from afteraction.audit.reports import IngestReport, Progress
from afteraction.audit.workers import PROCESSES, in_order
from afteraction.ingest import Part, plan, read_part
from afteraction.lake import Lake, Vault
from afteraction.lake.originals import seal_parts
from afteraction.records.action import TIME
from afteraction.records.digests import digest
from afteraction.records.quarantine import QUARANTINE, Quarantined
from afteraction.records.settings import Settings

#: Rows that are gathered before they are committed.
_COMMIT_ROWS: Final = 30_000
#: Parts beyond this size are streamed by the main process instead of being sent from a worker whole.
_STREAMED_BYTES: Final = 64 * 1024**2
#: Below this many bytes a second process costs more than it brings.
_WORTH_A_PROCESS: Final = 8 * 1024**2


@dataclass(frozen=True)
class Read:
    """Some items of one part: sealed sessions (`ORIGINALS`), refusals (`QUARANTINE`) and counts."""

    parts: pl.DataFrame
    quarantined: pl.DataFrame
    records: int
    rows: int


@dataclass(frozen=True)
class _Source:
    """All that any process needs to read and seal a part."""

    settings: Settings
    keys: Path
    at: int


def ingest(
    lake: Lake,
    keys: Path,
    paths: Sequence[Path],
    settings: Settings,
    *,
    format: str | None,  # noqa: A002 - the word users know from `--format`
    at: int,
    progress: Progress,
) -> IngestReport:
    """Read everything below `paths` into the lake, sealed with `keys` (the vault's folder).

    `at` is the time of this run in µs since the epoch.
    """
    parts = plan(paths, settings, format)
    vault = Vault(keys)
    batches = _gathered(_read_all(parts, _Source(settings, keys, at), progress))
    stored = [_store(lake, vault, batch, at) for batch in batches]
    return _added_up(len({part.path for part in parts}), stored).check()


def _added_up(files: int, stored: Sequence[IngestReport]) -> IngestReport:
    reasons: Counter[str] = Counter()
    for one in stored:
        reasons.update(one.reasons)
    return IngestReport(
        files=files,
        records=sum(one.records for one in stored),
        read=sum(one.read for one in stored),
        accepted=sum(one.accepted for one in stored),
        duplicate=sum(one.duplicate for one in stored),
        quarantined=sum(one.quarantined for one in stored),
        messages=sum(one.messages for one in stored),
        changed=any(one.changed for one in stored),
        reasons=dict(sorted(reasons.items())),
    )


def _read_all(parts: Sequence[Part], source: _Source, progress: Progress) -> Iterator[Read]:
    sizes = [_size(part) for part in parts]
    if sum(sizes) < _WORTH_A_PROCESS or len(parts) == 1:
        for number, part in enumerate(parts):
            progress("read", number, len(parts))
            yield from _stream(part, source)
    else:
        small = [part for part, size in zip(parts, sizes, strict=True) if size <= _STREAMED_BYTES]
        read = in_order(partial(_whole, source), small, processes=PROCESSES)
        for number, reads in enumerate(read):
            progress("read", number, len(parts))
            yield from reads
        for part, size in zip(parts, sizes, strict=True):
            if size > _STREAMED_BYTES:
                yield from _stream(part, source)
    progress("read", len(parts), len(parts))


def _size(part: Part) -> int:
    if part.end is not None:
        return part.end - part.start
    try:
        return Path(part.path).stat().st_size - part.start
    except OSError:
        return 0


def _whole(source: _Source, part: Part) -> list[Read]:
    return list(_stream(part, source))


def _stream(part: Part, source: _Source) -> Iterator[Read]:
    action_slots, message_slots, vault = Slots(), Slots(), Vault(source.keys)
    for chunk in read_part(part, source.settings):
        actions = stored_actions(chunk.actions, action_slots)
        messages = stored_messages(chunk.messages, message_slots)
        yield Read(
            parts=seal_parts(actions, messages, vault, source.at),
            quarantined=_refused(chunk.quarantined),
            records=chunk.records,
            rows=actions.height + messages.height + len(chunk.quarantined),
        )


def _refused(quarantined: Sequence[Quarantined]) -> pl.DataFrame:
    rows = [
        (
            _quarantine_id(item),
            item.place.file,
            item.place.line,
            item.place.offset,
            item.place.digest,
            item.code,
            item.reason,
            None,
        )
        for item in quarantined
    ]
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")


def _quarantine_id(item: Quarantined) -> str:
    place = item.place
    return "qua_" + digest(place.file, str(place.line), str(place.offset), place.digest, item.code)[:32]


def _gathered(reads: Iterator[Read]) -> Iterator[Read]:
    held: list[Read] = []
    for read in reads:
        held.append(read)
        if sum(one.rows for one in held) >= _COMMIT_ROWS:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(held: Sequence[Read]) -> Read:
    return Read(
        parts=pl.concat([one.parts for one in held]),
        quarantined=pl.concat([one.quarantined for one in held]),
        records=sum(one.records for one in held),
        rows=sum(one.rows for one in held),
    )


def _store(lake: Lake, vault: Vault, batch: Read, at: int) -> IngestReport:
    judged = judge_parts(lake, vault, batch.parts, at)
    refused = pl.concat([batch.quarantined, judged.conflicts])
    fresh = _quarantine(lake, refused, at)
    if judged.sealed.height:
        lake.append("originals", judged.sealed)
    return IngestReport(
        records=batch.records,
        read=judged.calls + batch.quarantined.height,
        accepted=judged.accepted,
        duplicate=judged.duplicate,
        quarantined=refused.height,
        messages=judged.messages,
        changed=bool(judged.sealed.height or fresh),
        reasons=Counter(refused["code"].to_list()),
    )


def _quarantine(lake: Lake, refused: pl.DataFrame, at: int) -> int:
    """Store the refusals that are not there yet; returns how many."""
    if refused.is_empty():
        return 0
    held = lake.read("quarantine", columns=("quarantine_id",))["quarantine_id"]
    fresh = refused.unique("quarantine_id", keep="first", maintain_order=True).filter(
        ~pl.col("quarantine_id").is_in(held.implode())
    )
    if fresh.height:
        lake.append("quarantine", fresh.with_columns(quarantined_at=pl.lit(at).cast(TIME)))
    return fresh.height
