"""Sessions for detector tests: examples read by the chat reader, followed and scanned like in an audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from afteraction import ingest, lineage
from afteraction.audit.frames import session_batch
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Settings
from detectors import scan
from detectors.detector import Example
from detectors.leakage.canary import EXAMPLE

KEY = bytes(range(32))
Build = Callable[[Iterable[Example]], SessionBatch]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def analysed(batch: SessionBatch, cache: Path, settings: Settings | None = None) -> SessionBatch:
    settings = settings or Settings()
    batch = batch.with_(actions=lineage.enrich(batch.actions, settings.destinations))
    batch = batch.with_(matches=scan.matches(batch, cache))
    return lineage.follow(batch)


@pytest.fixture(scope="session")
def build(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Examples as one analysed batch; each example is one session."""
    folder = tmp_path_factory.mktemp("examples")

    def make(examples: Iterable[Example]) -> SessionBatch:
        file = folder / "examples.jsonl"
        lines = [
            json.dumps(
                {
                    "session_id": f"{number:04} {example.name}",
                    "agent_id": "agent",
                    "messages": example.messages,
                }
            )
            for number, example in enumerate(examples)
        ]
        file.write_text("\n".join(lines), encoding="utf-8")
        settings = Settings()
        actions, messages = [], []
        for part in ingest.plan([file], settings):
            for chunk in ingest.read_part(part, settings):
                assert not chunk.quarantined
                actions += chunk.actions
                messages += chunk.messages
        keys = dict.fromkeys({action.tenant for action in actions}, KEY)
        return analysed(replace(session_batch(actions, messages, keys), canaries=(EXAMPLE,)), cache)

    return make
