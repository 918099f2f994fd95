"""Worker processes: how many, with which environment, and a map that holds only a few results at once."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: One process per core, as many as bring anything on one machine.
PROCESSES: Final = max(1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@contextmanager
def environment() -> Iterator[None]:
    """What worker processes inherit: one Polars thread each, as there is one process per core."""
    name = "POLARS_MAX_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


def in_order(work: Callable[[Task], Result], tasks: Iterable[Task], *, processes: int) -> Iterator[Result]:
    """The results in the order of the tasks, at most two tasks per process in flight."""
    if processes <= 1:
        yield from map(work, tasks)
        return
    waiting: deque[Future[Result]] = deque()
    context = multiprocessing.get_context("spawn")
    with environment(), ProcessPoolExecutor(processes, context, initializer=_collect_rarely) as pool:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) >= 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _collect_rarely() -> None:
    """Rows are many objects without cycles: looking through them for garbage took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
