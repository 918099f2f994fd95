"""Analyses the examples of every detector as an audit would, for the pages that show them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from afteraction import ingest, lineage
from afteraction.audit.frames import session_batch
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Settings
from detectors import registry, scan
from detectors.detector import Example
from detectors.examples import session
from detectors.leakage.canary import EXAMPLE
from detectors.page import Call, Outcome, Outcomes, examples_of


def outcomes() -> Outcomes:
    """What each detector makes of each of its examples."""
    known = list(examples_of())
    batch = _analysed([_line(number, *one) for number, one in enumerate(known)])
    calls = _calls(scan.mask_actions(batch))
    found = _found(batch)
    asked = scan.mask_texts(pl.Series([_request(example) for _, example in known], dtype=pl.String)).to_list()
    return {
        (detector, example.name): Outcome(
            calls.get(number, ()), tuple(found.get((number, detector), ())), asked[number]
        )
        for number, (detector, example) in enumerate(known)
    }


def _request(example: Example) -> str:
    """What the person asked, unless the example leaves it at the usual words."""
    asked = str(example.messages[0]["content"])
    return "" if asked == session("").messages[0]["content"] else asked


def _line(number: int, _detector: str, example: Example) -> str:
    return json.dumps({"session_id": f"{number}", "agent_id": "agent", "messages": example.messages})


def _analysed(lines: list[str]) -> SessionBatch:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "examples.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        batch = replace(session_batch(*_read(file)), canaries=(EXAMPLE,))
    batch = batch.with_(actions=lineage.enrich(batch.actions, Settings().destinations))
    return lineage.follow(batch.with_(matches=scan.matches(batch)))


def _read(file: Path) -> tuple[list[Action], list[Message]]:
    actions, messages = list[Action](), list[Message]()
    for part in ingest.plan([file], Settings()):
        for chunk in ingest.read_part(part, Settings()):
            actions += chunk.actions
            messages += chunk.messages
    return actions, messages


def _calls(masked: pl.DataFrame) -> dict[int, tuple[Call, ...]]:
    calls: dict[int, tuple[Call, ...]] = {}
    for number, tool, args, result in (
        masked.sort("position").select("session_id", "tool", "args", "result").iter_rows()
    ):
        calls[int(number)] = (*calls.get(int(number), ()), Call(tool, args or "", result or ""))
    return calls


def _found(batch: SessionBatch) -> dict[tuple[int, str], list[tuple[str, str, str]]]:
    found: dict[tuple[int, str], list[tuple[str, str, str]]] = {}
    sessions = batch.actions.select("action_id", "session_id")
    for detector in registry():
        rows = detector.find(batch).join(sessions, on="action_id")
        for number, *facts in rows.select("session_id", "severity", "confidence", "title").iter_rows():
            found.setdefault((int(number), detector.id), []).append((facts[0], facts[1], facts[2]))
    return found
