"""Worker processes: how many, with which environment, and a map that holds only a few results at once.

They stay from one step to the next, since a start costs each of them a second of imports.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import polars as pl

Task = TypeVar("Task")
Result = TypeVar("Result")

#: One process per core, as many as bring anything on one machine.
PROCESSES: Final = max(1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@dataclass(frozen=True)
class _Pool:
    """Processes and what they were started with: another environment needs others."""

    executor: ProcessPoolExecutor
    processes: int
    owner: int
    environment: dict[str, str]

    def fits(self, processes: int) -> bool:
        same = (self.owner, self.environment) == (os.getpid(), dict(os.environ))
        return same and self.processes == processes


_kept: list[_Pool] = []


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
    executor = _started(processes)
    try:
        for task in tasks:
            with environment():
                waiting.append(executor.submit(_inside_polars, work, task))
            if len(waiting) >= 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        release()
        raise
    finally:
        for one in waiting:
            one.cancel()
        wait(waiting)


def prepare(work: Callable[[], None]) -> None:
    """Have the processes that are there do `work` once each, beside what this one does."""
    for pool in _kept:
        if pool.fits(pool.processes):
            with environment():
                for _ in range(pool.processes):
                    pool.executor.submit(work)


def release() -> None:
    """Let the processes end; nobody waits for it."""
    while _kept:
        pool = _kept.pop()
        if pool.owner == os.getpid():
            pool.executor.shutdown(wait=False, cancel_futures=True)


def _inside_polars(work: Callable[[Task], Result], task: Task) -> Result:
    """`work` in the one thread of this process's Polars.

    From any other thread each operation of Polars that could run in parallel hands over to that thread and
    sleeps until it is done, which took longer than most of the operations themselves.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run(column: pl.Series) -> pl.Series:
        try:
            done.append(work(task))
        except BaseException as error:  # noqa: BLE001 - Polars would raise another one in its place
            failed.append(error)
        return column

    columns = pl.DataFrame({"ours": [0], "theirs": [0]})
    columns.select(pl.col("ours").map_batches(run, return_dtype=pl.Int64), "theirs")
    if failed:
        raise failed[0]
    return done[0]


def _started(processes: int) -> ProcessPoolExecutor:
    if not (_kept and _kept[-1].fits(processes)):
        release()
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(processes, context, initializer=_collect_rarely)
        _kept.append(_Pool(executor, processes, os.getpid(), dict(os.environ)))
    return _kept[-1].executor


def _collect_rarely() -> None:
    """Rows are many objects without cycles: looking through them for garbage took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
