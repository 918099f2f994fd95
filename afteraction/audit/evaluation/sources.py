"""Reads labelled folders and runs the audit's own stages over them: readers, lineage, scan, features."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from afteraction.audit.frames import session_batch
from afteraction.ingest import SourceError, plan, read_part
from afteraction.lineage import enrich, follow
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Settings
from detectors import behaviour, run
from detectors.scan import matches

POSITIVE: Final = ("attack_success", "attack_attempted")
_CHUNK: Final = 400
Progress = Callable[[str, int, int], None]


class SourceMissingError(SourceError):
    """A folder does not hold what was asked for; the message says what was looked for."""


@dataclass(frozen=True)
class Analysed:
    """What the audit's stages found in sessions.

    `actions` has one row per action: ids, `seq`, every feature, and the columns of `labels` where there
    are any. `sessions` has one row per session. `findings` are the leak findings.
    """

    actions: pl.DataFrame
    sessions: pl.DataFrame
    findings: pl.DataFrame


def rows(file: Path) -> Iterator[Any]:
    """The JSON documents of a `.jsonl.gz` file."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def prepare(
    actions: list[Action], messages: list[Message], settings: Settings
) -> tuple[SessionBatch, pl.DataFrame]:
    """One batch through lineage and scan, and its leak findings."""
    batch = session_batch(actions, messages)
    batch = batch.with_(actions=enrich(batch.actions, settings.destinations))
    batch = follow(batch.with_(matches=matches(batch)))
    return batch, run(batch)


def analyse(
    items: Iterable[tuple[list[Action], list[Message]]], settings: Settings, told: Callable[[int], None]
) -> Analysed:
    """Groups of whole sessions through every stage; `told` hears of the actions done."""
    actions, findings = [], []
    for group in items:
        batch, found = prepare(*group, settings)
        facts = batch.actions.select(
            "action_id", "tenant", "session_id", "session_key", "event_date", "seq", "tool", "unscorable"
        )
        actions.append(facts.join(behaviour.features(batch), on="action_id", how="left"))
        findings.append(found)
        told(batch.actions.height)
    together = pl.concat(actions)
    return Analysed(together, together.select("session_key", "session_id").unique(), pl.concat(findings))


def analyse_file(file: Path, settings: Settings, told: Callable[[int], None]) -> Analysed:
    """One log file of any format the readers know, through every stage."""
    return analyse(_sessions_of(file, settings), settings, told)


def labelled_runs(runs: Path, labels: Path, settings: Settings, told: Callable[[int], None]) -> Analysed:
    """Agent runs with their labels: `malicious`, `precursor` per action; `suite`, `label`, … per session."""
    for file in (runs, labels):
        if not file.exists():
            raise SourceMissingError(
                f"{file} is missing; an evaluation folder has runs and labels side by side"
            )
    analysed = analyse(_sessions_of(runs, settings), settings, told)
    sessions = _labels(labels)
    calls = (
        sessions.select("session_id", seq="malicious_calls")
        .explode("seq")
        .drop_nulls()
        .with_columns(malicious=pl.lit(value=True))
    )
    before = (
        sessions.select("session_id", seq="precursor_calls")
        .explode("seq")
        .drop_nulls()
        .with_columns(precursor=pl.lit(value=True))
    )
    actions = analysed.actions.join(calls, on=["session_id", "seq"], how="left")
    actions = actions.join(before, on=["session_id", "seq"], how="left").with_columns(
        pl.col("malicious", "precursor").fill_null(value=False)
    )
    kept = sessions.filter(~pl.col("label").str.starts_with("exclude")).drop(
        "malicious_calls", "precursor_calls"
    )
    labelled = actions.join(kept.select("session_id"), on="session_id", how="semi")
    return Analysed(labelled, kept, analysed.findings)


def _labels(file: Path) -> pl.DataFrame:
    wanted = [
        {
            "session_id": row["run_id"],
            "suite": row["suite"],
            "task": row["user_task"],
            "goal": row.get("injection_task"),
            "model": row.get("model") or row["pipeline"],
            "label": row["session_label"],
            "malicious_calls": row["malicious_calls"],
            "precursor_calls": row["precursor_calls"],
        }
        for row in rows(file)
    ]
    schema: dict[str, Any] = {
        **dict.fromkeys(("session_id", "suite", "task", "goal", "model", "label"), pl.String),
        "malicious_calls": pl.List(pl.Int64),
        "precursor_calls": pl.List(pl.Int64),
    }
    frame = pl.DataFrame(wanted, schema=schema)
    return frame.with_columns(positive=pl.col("label").is_in(POSITIVE))


def _sessions_of(file: Path, settings: Settings) -> Iterator[tuple[list[Action], list[Message]]]:
    """Groups of some hundred whole sessions, in the order of the file."""
    actions: dict[str, list[Action]] = {}
    messages: dict[str, list[Message]] = {}
    for part in plan([file], settings):
        for chunk in read_part(part, settings):
            for action in chunk.actions:
                actions.setdefault(action.session_id, []).append(action)
            for message in chunk.messages:
                messages.setdefault(message.session_id, []).append(message)
    names = list(dict.fromkeys([*messages, *actions]))
    for first in range(0, len(names), _CHUNK):
        group = names[first : first + _CHUNK]
        yield (
            [action for name in group for action in actions.get(name, ())],
            [message for name in group for message in messages.get(name, ())],
        )
