"""Which files of the inbox count as complete, and when they count as new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.inbox import run_key, settled

NOW = 1_800_000_000.0


def drop(inbox: Path, name: str, *, age: float = 60.0, text: str = "{}") -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (NOW - age, NOW - age))
    return path


def names(inbox: Path) -> list[str]:
    return [str(dropped.path.relative_to(inbox)) for dropped in settled(inbox, NOW)]


def test_an_empty_or_missing_inbox_has_no_files(tmp_path):
    assert settled(tmp_path, NOW) == []
    assert settled(tmp_path / "missing", NOW) == []


def test_a_file_that_is_still_written_to_waits(tmp_path):
    drop(tmp_path, "new.jsonl", age=1)
    drop(tmp_path, "old.jsonl", age=6)
    assert names(tmp_path) == ["old.jsonl"]


def test_a_clock_in_the_future_does_not_hold_a_file_back(tmp_path):
    drop(tmp_path, "future.jsonl", age=-3600)
    assert names(tmp_path) == ["future.jsonl"]


@pytest.mark.parametrize("name", [".hidden", "a.part", "b.tmp", "c.jsonl~", ".git/config"])
def test_temporary_and_hidden_files_are_left_alone(tmp_path, name):
    drop(tmp_path, name)
    assert names(tmp_path) == []


def test_folders_are_walked_and_pipes_are_not_opened(tmp_path):
    drop(tmp_path, "team/2026/a.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    os.utime(tmp_path / "pipe.jsonl", (0, 0))
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == ["team/2026/a.jsonl"]


def test_a_name_that_is_not_utf8_is_still_a_file(tmp_path):
    drop(tmp_path, os.fsdecode(b"caf\xe9.jsonl"))
    assert len(settled(tmp_path, NOW)) == 1


def test_the_signature_follows_name_size_and_time(tmp_path):
    drop(tmp_path, "a.jsonl")
    before = settled(tmp_path, NOW)
    assert settled(tmp_path, NOW) == before
    drop(tmp_path, "a.jsonl", text="{} ")
    grown = settled(tmp_path, NOW)
    drop(tmp_path, "a.jsonl", text="{} ", age=61)
    touched = settled(tmp_path, NOW)
    assert len({before[0].signature, grown[0].signature, touched[0].signature}) == 3


def test_the_run_key_does_not_depend_on_order():
    assert run_key(["a", "b"]) == run_key(["b", "a"]) != run_key(["a"])
