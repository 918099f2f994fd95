"""Step 1: reads sources into the lake, each action once, originals sealed, refusals in quarantine."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.frames import Slots, stored_actions, stored_messages
from afteraction.audit.reports import IngestReport, Progress
from afteraction.audit.workers import PROCESSES, environment
from afteraction.ingest import Part, plan, read_part
from afteraction.lake import Lake, Vault
from afteraction.lake.originals import known_actions, known_messages, seal_parts
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
    """Frames of some items of one part (`STORED_ACTIONS`, `STORED_MESSAGES`, `QUARANTINE`)."""

    actions: pl.DataFrame
    messages: pl.DataFrame
    quarantined: pl.DataFrame
    records: int

    @property
    def rows(self) -> int:
        """How many rows these frames have in all."""
        return self.actions.height + self.messages.height + self.quarantined.height


@dataclass
class _Tally:
    records: int = 0
    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    messages: int = 0
    changed: bool = False
    reasons: Counter[str] = field(default_factory=Counter)


def ingest(
    lake: Lake,
    vault: Vault,
    paths: Sequence[Path],
    settings: Settings,
    *,
    format: str | None,  # noqa: A002 - the word users know from `--format`
    at: int,
    progress: Progress,
) -> IngestReport:
    """Read everything below `paths` into the lake; `at` is the time of this run in µs since the epoch."""
    parts = plan(paths, settings, format)
    tally = _Tally()
    for batch in _gathered(_read_all(parts, settings, progress)):
        _store(lake, vault, batch, at, tally)
    return IngestReport(
        files=len({part.path for part in parts}),
        records=tally.records,
        read=tally.read,
        accepted=tally.accepted,
        duplicate=tally.duplicate,
        quarantined=tally.quarantined,
        messages=tally.messages,
        changed=tally.changed,
        reasons=dict(sorted(tally.reasons.items())),
    ).check()


def _read_all(parts: Sequence[Part], settings: Settings, progress: Progress) -> Iterator[Read]:
    sizes = [_size(part) for part in parts]
    if sum(sizes) < _WORTH_A_PROCESS or len(parts) == 1:
        for number, part in enumerate(parts):
            progress("read", number, len(parts))
            yield from _stream(part, settings)
    else:
        small = [part for part, size in zip(parts, sizes, strict=True) if size <= _STREAMED_BYTES]
        with (
            environment(),
            ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool,
        ):
            for number, reads in enumerate(pool.map(_whole, small, [settings] * len(small))):
                progress("read", number, len(parts))
                yield from reads
        for part, size in zip(parts, sizes, strict=True):
            if size > _STREAMED_BYTES:
                yield from _stream(part, settings)
    progress("read", len(parts), len(parts))


def _size(part: Part) -> int:
    if part.end is not None:
        return part.end - part.start
    try:
        return Path(part.path).stat().st_size - part.start
    except OSError:
        return 0


def _whole(part: Part, settings: Settings) -> list[Read]:
    return list(_stream(part, settings))


def _stream(part: Part, settings: Settings) -> Iterator[Read]:
    action_slots, message_slots = Slots(), Slots()
    for chunk in read_part(part, settings):
        yield Read(
            stored_actions(chunk.actions, action_slots),
            stored_messages(chunk.messages, message_slots),
            _refused(chunk.quarantined),
            chunk.records,
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
        pl.concat([one.actions for one in held]),
        pl.concat([one.messages for one in held]),
        pl.concat([one.quarantined for one in held]),
        sum(one.records for one in held),
    )


def _store(lake: Lake, vault: Vault, batch: Read, at: int, tally: _Tally) -> None:
    keys = pl.concat([batch.actions["session_key"], batch.messages["session_key"]]).unique()
    judged = judge(batch.actions, known_actions(lake, keys))
    accepted = judged.filter(pl.col("verdict") == "accepted").drop("verdict")
    conflicts = _conflicts(judged.filter(pl.col("verdict") == "conflict"))
    said = batch.messages.unique("message_id", keep="first", maintain_order=True).filter(
        ~pl.col("message_id").is_in(known_messages(lake, keys).implode())
    )
    refused = pl.concat([batch.quarantined, conflicts])
    fresh = _quarantine(lake, refused, at)
    if accepted.height or said.height:
        lake.append("originals", seal_parts(accepted, said, vault, at))
    tally.records += batch.records
    tally.read += batch.actions.height + batch.quarantined.height
    tally.accepted += accepted.height
    tally.duplicate += judged.filter(pl.col("verdict") == "duplicate").height
    tally.quarantined += refused.height
    tally.messages += said.height
    tally.changed |= bool(accepted.height or said.height or fresh)
    tally.reasons.update(refused["code"].to_list())


def judge(actions: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """`actions` with `verdict`: `accepted`, `duplicate` or `conflict`, each against all that came before.

    The first row of an id is accepted; so is a later one that brings the result which was still missing.
    The same content again is a duplicate; other content under a known id is a conflict. `known` holds
    `action_id`, `call_digest` and `result_digest` of what the lake has.
    """
    columns = ("action_id", "call_digest", "result_digest")
    rows = pl.concat(
        [
            known.select(*columns, row=pl.lit(None, pl.Int64)),
            actions.select(*columns, row=pl.int_range(pl.len())),
        ]
    )
    group = "action_id"
    before = pl.col("result_digest").shift(1).forward_fill().over(group)
    first = pl.int_range(pl.len()).over(group) == 0
    other_call = pl.col("call_digest") != pl.col("call_digest").first().over(group)
    both = pl.col("result_digest").is_not_null() & before.is_not_null()
    other_result = both & (pl.col("result_digest") != before)
    completes = pl.col("result_digest").is_not_null() & before.is_null()
    verdict = (
        pl.when(first)
        .then(pl.lit("accepted"))
        .when(other_call | other_result)
        .then(pl.lit("conflict"))
        .when(completes)
        .then(pl.lit("accepted"))
        .otherwise(pl.lit("duplicate"))
    )
    judged = rows.with_columns(verdict=verdict).filter(pl.col("row").is_not_null()).sort("row")
    return actions.with_columns(judged["verdict"])


def _conflicts(judged: pl.DataFrame) -> pl.DataFrame:
    reason = "the action was read before with other content; kept the first, this one needs a person"
    rows = judged.select(
        pl.format("qua_{}", pl.col("call_digest").str.head(16) + pl.col("source_digest").str.head(16)).alias(
            "quarantine_id"
        ),
        pl.col("source_ref").str.replace(r":\d+$", "").alias("file"),
        pl.col("source_ref").str.extract(r":(\d+)$").cast(pl.Int64).alias("line"),
        pl.col("source_offset").alias("offset"),
        pl.col("source_digest").alias("digest"),
        pl.lit("conflict").alias("code"),
        pl.format("{} ({})", pl.lit(reason), "action_id").alias("reason"),
        pl.lit(None, TIME).alias("quarantined_at"),
    )
    return rows.select(pl.col(name).cast(kind) for name, kind in QUARANTINE.items())


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
