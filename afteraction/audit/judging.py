"""Which sealed calls and messages are new, which were read before, and which contradict what was read."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES
from afteraction.lake import LAKE, Lake, Vault
from afteraction.lake.originals import known_actions, known_messages, open_parts, seal_parts
from afteraction.records.action import TIME
from afteraction.records.quarantine import QUARANTINE


@dataclass(frozen=True)
class Judged:
    """What to store of some parts (`ORIGINALS`), what to quarantine (`QUARANTINE`), and counts."""

    sealed: pl.DataFrame
    conflicts: pl.DataFrame
    calls: int
    accepted: int
    duplicate: int
    messages: int


def judge_parts(lake: Lake, vault: Vault, sealed: pl.DataFrame, at: int) -> Judged:
    """Judge sealed parts (`ORIGINALS`) by their clear ids and digests, against the lake and each other.

    Only parts that are partly new, in conflict, or several of one session are opened and sealed again.
    """
    parts = sealed.with_row_index("part")
    keys = parts["session_key"].unique()
    calls = judge(_calls(parts), known_actions(lake, keys))
    said = _judge_messages(parts, known_messages(lake, keys))
    whole, mixed = _sorted_out(parts, calls, said)
    accepted, conflicts, spoken = _opened(mixed, calls, said, vault)
    verdicts: dict[str, int] = dict(calls["verdict"].value_counts().iter_rows())
    return Judged(
        sealed=pl.concat([whole.select(*LAKE["originals"]), seal_parts(accepted, spoken, vault, at)]),
        conflicts=_conflicts(conflicts),
        calls=calls.height,
        accepted=verdicts.get("accepted", 0),
        duplicate=verdicts.get("duplicate", 0),
        messages=int((said["verdict"] == "accepted").sum()),
    )


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
