"""Hand-made sessions for the lineage tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from afteraction.audit.frames import session_batch
from afteraction.lineage import enrich, follow
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Destinations

PLACE = Place(file="log.jsonl", line=1, offset=0, digest="0" * 64)
KEYS = {"acme": b"k" * 32}


def make_session(steps: list[tuple[Any, ...]], session_id: str = "s1") -> tuple[list[Action], list[Message]]:
    """Steps are (role, text) or ("call", tool, arguments, result); each takes the next two positions."""
    actions: list[Action] = []
    messages: list[Message] = []
    common: dict[str, Any] = {
        "tenant": "acme",
        "source_system": "test",
        "session_id": session_id,
        "place": PLACE,
    }
    for number, step in enumerate(steps):
        if step[0] == "call":
            _, tool, arguments, result = step
            args = arguments if isinstance(arguments, str) or arguments is None else json.dumps(arguments)
            at: dict[str, Any] = {"position": 2 * number, "result_position": 2 * number + 1}
            if result is None:
                at["result_position"] = None
            actions.append(Action(tool=tool, args=args, result=result, call=str(number), **at, **common))
        else:
            messages.append(Message(role=step[0], text=step[1], position=2 * number, **common))
    return actions, messages


def batch_of(*sessions: tuple[list[Action], list[Message]]) -> SessionBatch:
    """The enriched batch of some sessions, not yet followed."""
    batch = session_batch([a for s in sessions for a in s[0]], [m for s in sessions for m in s[1]], KEYS)
    return batch.with_(actions=enrich(batch.actions, Destinations(internal=("corp.example",))))


@pytest.fixture
def followed() -> Callable[..., SessionBatch]:
    """From steps to a followed batch."""
    return lambda *steps: follow(batch_of(make_session(list(steps))))


@pytest.fixture
def sessions() -> Callable[..., SessionBatch]:
    """From several lists of steps to an enriched batch of several sessions."""
    return lambda *many: batch_of(*(make_session(steps, f"s{i}") for i, steps in enumerate(many)))


@pytest.fixture(scope="session")
def batch_maker() -> Callable[[list[tuple[Any, ...]]], SessionBatch]:
    """From steps to an enriched batch of one session, for laws that are tried many times."""
    return lambda steps: batch_of(make_session(steps))
