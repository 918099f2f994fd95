"""Worker processes give results in order, stay between steps, and are replaced when they no longer fit."""

from __future__ import annotations

import os

import pytest

from afteraction.audit import workers


@pytest.fixture(autouse=True)
def _none_left():
    workers.release()
    yield
    workers.release()


def _told(number: int) -> tuple[int, int, str | None, str | None]:
    return number, os.getpid(), os.environ.get("POLARS_MAX_THREADS"), os.environ.get("AFTERACTION_TRIED")


def _die(number: int) -> None:
    os._exit(number)


def _refuse(number: int) -> int:
    if number == 1:
        raise ValueError("one")
    return number


def _told_by(processes: int) -> set[int]:
    return {process for _, process, *_ in workers.in_order(_told, range(8), processes=processes)}


def test_results_come_in_order_from_processes_that_stay(monkeypatch):
    told = list(workers.in_order(_told, range(8), processes=2))
    assert [number for number, *_ in told] == list(range(8))
    assert {threads for *_, threads, _ in told} == {"1"}
    processes = {process for _, process, *_ in told}
    assert os.getpid() not in processes
    workers.prepare(_none)
    assert _told_by(2) <= processes
    monkeypatch.setenv("AFTERACTION_TRIED", "yes")
    again = list(workers.in_order(_told, range(4), processes=2))
    assert {tried for *_, tried in again} == {"yes"}
    assert processes.isdisjoint(process for _, process, *_ in again)


def _none() -> None:
    """Nothing to prepare."""


def test_one_process_is_this_one():
    assert _told_by(1) == {os.getpid()}


def test_an_error_is_raised_in_its_place_and_the_next_round_works():
    rounds = workers.in_order(_refuse, range(8), processes=2)
    assert next(rounds) == 0
    with pytest.raises(ValueError, match="one"):
        next(rounds)
    assert list(workers.in_order(_refuse, [2, 3], processes=2)) == [2, 3]


def test_after_a_process_died_others_take_over():
    with pytest.raises(workers.BrokenProcessPool):
        list(workers.in_order(_die, [1], processes=2))
    assert len(_told_by(2)) <= 2
