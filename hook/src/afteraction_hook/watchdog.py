"""The deadline: if no answer was given in time, the watchdog gives it and ends the process."""

from __future__ import annotations

import _thread
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

AFTERMATH = 0.2


class Once:
    """Lets exactly one of several threads answer."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()

    def claim(self) -> bool:
        """True for the first caller only."""
        return self._lock.acquire(blocking=False)


class Watchdog:
    """After `seconds` calls `bark`, then `after` (for at most 0.2 s), and ends the process with code 0.

    A thread and not a signal: it also answers while the main thread hangs in a system call, on any system.
    """

    def __init__(self, seconds: float, bark: Callable[[], None], after: Callable[[], None]) -> None:
        self._done = _thread.allocate_lock()
        self._done.acquire()
        self._seconds = seconds
        self._bark = bark
        self._after = after
        _thread.start_new_thread(self._watch, ())

    def cancel(self) -> None:
        """The answer was given, or another watchdog took over."""
        self._done.release()

    def _watch(self) -> None:
        if self._done.acquire(timeout=self._seconds):
            return
        self._bark()
        ended = _thread.allocate_lock()
        ended.acquire()
        _thread.start_new_thread(self._finish, (ended,))
        ended.acquire(timeout=AFTERMATH)
        os._exit(0)

    def _finish(self, ended: _thread.LockType) -> None:
        try:
            self._after()
        finally:
            ended.release()
