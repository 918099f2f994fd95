"""Calls that wait for their results: for formats that log a call and its result in different records."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import msgspec

from afteraction.ingest.reader import Context
from afteraction.ingest.values import Calls
from afteraction.records.action import Action, Status


class Waiting:
    """The open calls of one source, by the key that its results name.

    Every record is given a `tick`, so that calls and results keep the order in which the log has them.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, Action] = {}
        self._ids: dict[str, Calls] = {}
        self._said: set[Hashable] = set()
        self._tick = 0

    @staticmethod
    def of(context: Context) -> Waiting:
        """The one of this source."""
        found = context.state.get(Waiting)
        if found is None:
            found = context.state[Waiting] = Waiting()
        return found

    def tick(self) -> int:
        """The next position."""
        self._tick += 1
        return self._tick

    def call_id(self, session_id: str, call: str | None) -> str:
        """An id that no other call of the session has."""
        return self._ids.setdefault(session_id, Calls()).take(call, str(self._tick))

    def is_repeated(self, key: Hashable) -> bool:
        """Whether this was already said or called; remembers it."""
        if key in self._said:
            return True
        self._said.add(key)
        return False

    def open(self, key: Hashable, action: Action) -> Iterator[Action]:
        """Keep a call until its result comes; yields an older call that the key can no longer reach."""
        older = self._open.pop(key, None)
        self._open[key] = action
        if older is not None:
            yield older

    def take(self, key: Hashable) -> Action | None:
        """The open call of a key, which no longer waits."""
        return self._open.pop(key, None)

    def answer(self, key: Hashable, result: str | None, status: Status, time: int | None) -> Iterator[Action]:
        """The call that this is the result of, if one waits."""
        action = self._open.pop(key, None)
        if action is not None:
            yield answered(action, result, status, time, self._tick)


def answered(action: Action, result: str | None, status: Status, time: int | None, position: int) -> Action:
    """The call with its result."""
    changes: dict[str, Any] = {
        "result": result,
        "status": status,
        "result_time": time,
        "result_position": position,
    }
    return msgspec.structs.replace(action, **changes)


def unanswered(context: Context) -> Iterator[Action]:
    """The calls whose results never came."""
    waiting = Waiting.of(context)
    yield from waiting._open.values()  # noqa: SLF001  # the same module's own state
    waiting._open.clear()  # noqa: SLF001
