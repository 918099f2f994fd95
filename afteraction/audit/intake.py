"""Step 1: reads sources into the lake, each action once, originals sealed, refusals in quarantine.

Whoever reads a part also seals it, so that raw text never travels between processes; the main process
judges by ids and digests and opens a sealed part again only where not all of it is new.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES, Slots, stored_actions, stored_messages
from afteraction.audit.reports import IngestReport, Progress
from afteraction.audit.workers import PROCESSES, environment
from afteraction.ingest import Part, plan, read_part
from afteraction.lake import LAKE, Lake, Vault
from afteraction.lake.originals import known_actions, known_messages, open_parts, seal_parts
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
    tally, vault = _Tally(), Vault(keys)
    for batch in _gathered(_read_all(parts, _Source(settings, keys, at), progress)):
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


def _read_all(parts: Sequence[Part], source: _Source, progress: Progress) -> Iterator[Read]:
    sizes = [_size(part) for part in parts]
    if sum(sizes) < _WORTH_A_PROCESS or len(parts) == 1:
        for number, part in enumerate(parts):
            progress("read", number, len(parts))
            yield from _stream(part, source)
    else:
        small = [part for part, size in zip(parts, sizes, strict=True) if size <= _STREAMED_BYTES]
        with (
            environment(),
            ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool,
        ):
            for number, reads in enumerate(pool.map(_whole, small, [source] * len(small))):
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


def _whole(part: Part, source: _Source) -> list[Read]:
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


def _store(lake: Lake, vault: Vault, batch: Read, at: int, tally: _Tally) -> None:
    parts = batch.parts.with_row_index("part")
    keys = parts["session_key"].unique()
    calls = judge(_calls(parts), known_actions(lake, keys))
    said = _judge_messages(parts, known_messages(lake, keys))
    whole, opened = _sorted_out(parts, calls, said)
    accepted, conflicts, spoken = _opened(opened, calls, said, vault)
    refused = pl.concat([batch.quarantined, _conflicts(conflicts)])
    fresh = _quarantine(lake, refused, at)
    sealed = pl.concat([whole.select(*LAKE["originals"]), seal_parts(accepted, spoken, vault, at)])
    if sealed.height:
        lake.append("originals", sealed)
    verdicts = calls["verdict"].value_counts()
    counts: dict[str, int] = dict(verdicts.iter_rows())
    tally.records += batch.records
    tally.read += calls.height + batch.quarantined.height
    tally.accepted += counts.get("accepted", 0)
    tally.duplicate += counts.get("duplicate", 0)
    tally.quarantined += refused.height
    tally.messages += int((said["verdict"] == "accepted").sum())
    tally.changed |= bool(sealed.height or fresh)
    tally.reasons.update(refused["code"].to_list())


def _calls(parts: pl.DataFrame) -> pl.DataFrame:
    """`part` and the ids and digests of each action, in the order in which they are sealed."""
    names = {"action_ids": "action_id", "call_digests": "call_digest", "result_digests": "result_digest"}
    held = parts.filter(pl.col("action_ids").list.len() > 0)
    return held.select("part", *names).explode(*names).rename(names)


def _judge_messages(parts: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """`part` and `verdict` (`accepted` or `duplicate`) of each message, in the order of the seals."""
    held = parts.filter(pl.col("message_ids").list.len() > 0)
    ids = held.select("part", pl.col("message_ids").alias("id")).explode("id")
    fresh = pl.col("id").is_first_distinct() & ~pl.col("id").is_in(known.implode())
    return ids.select(
        "part", pl.when(fresh).then(pl.lit("accepted")).otherwise(pl.lit("duplicate")).alias("verdict")
    )


def _sorted_out(
    parts: pl.DataFrame, calls: pl.DataFrame, said: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The parts to store as they are, and those to open: partly new, in conflict, or one of several."""
    verdict = pl.col("verdict")
    verdicts = (
        pl.concat([calls.select("part", "verdict"), said])
        .group_by("part")
        .agg(
            (verdict == "accepted").all().alias("new"),
            verdict.is_in(["accepted", "conflict"]).any().alias("wanted"),
        )
    )
    wanted = parts.join(verdicts.filter("wanted"), on="part", how="inner", maintain_order="left")
    whole = pl.col("new") & ~pl.col("session_key").is_duplicated()
    split = wanted.with_columns(whole.alias("whole"))
    return split.filter("whole"), split.filter(~pl.col("whole"))


def _opened(
    parts: pl.DataFrame, calls: pl.DataFrame, said: pl.DataFrame, vault: Vault
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The accepted and the conflicting actions and the accepted messages of parts that need a closer look."""
    actions, messages = open_parts(parts, vault, STORED_ACTIONS, STORED_MESSAGES)
    judged, told = (
        frame.join(parts.select("part"), on="part", how="semi", maintain_order="left")["verdict"]
        for frame in (calls, said)
    )
    chosen = actions.select(*STORED_ACTIONS)
    return (
        chosen.filter(judged == "accepted"),
        chosen.filter(judged == "conflict"),
        messages.filter(told == "accepted"),
    )


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
