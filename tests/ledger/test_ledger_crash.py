"""A writer killed at every step: the old checkpoint stays valid and the same append runs again."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys

import pytest

from afteraction.ledger import Ledger


class Killed(BaseException):
    """Stands for the end of the process."""


class DieAt:
    """Counts the steps and ends the writer at one of them."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.taken: list[str] = []

    def __call__(self, name: str) -> None:
        self.taken.append(name)
        self.left -= 1
        if self.left == 0:
            raise Killed(name)


def rows(count, start=0):
    return [{"kind": "row", "key": str(number)} for number in range(start, start + count)]


def steps_of(folder, before, extra):
    """How many steps the append takes when nothing stops it."""
    if before:
        Ledger(folder / "ledger", folder / "key").append_once(rows(before))
    count = DieAt(-1)
    Ledger(folder / "ledger", folder / "key", step=count).append_once(rows(extra, before))
    return count.taken


@pytest.mark.parametrize(("before", "extra"), [(0, 3), (5, 7), (250, 10), (255, 1), (300, 300)])
def test_killed_at_every_step(tmp_path, before, extra):
    steps = steps_of(tmp_path / "count", before, extra)
    expected = list(Ledger(tmp_path / "count/ledger", tmp_path / "count/key").entries())
    assert len(steps) > 10
    if before:
        Ledger(tmp_path / "base/ledger", tmp_path / "base/key").append_once(rows(before))
    for number in range(1, len(steps) + 1):
        folder = tmp_path / f"at{number}"
        if before:
            shutil.copytree(tmp_path / "base", folder)
        with pytest.raises(Killed):
            Ledger(folder / "ledger", folder / "key", step=DieAt(number)).append_once(rows(extra, before))
        reopened = Ledger(folder / "ledger", folder / "key")
        found = reopened.verify()
        if found.problems:
            assert before == 0, found.problems
            assert reopened.head() is None
        else:
            assert found.size in {0, before, before + extra}
        pin = reopened.head()
        assert reopened.append_once(rows(extra, before)).size == before + extra
        assert list(reopened.entries()) == expected
        assert reopened.verify([pin.note] if pin else []).ok
        assert reopened.checkpoints()["size"].is_sorted()


def test_killed_again_and_again_with_other_entries_between(tmp_path):
    """A killed append leaves tiles beyond the checkpoint; another append may go over them."""
    Ledger(tmp_path / "ledger", tmp_path / "key").append_once(rows(200))
    for number in itertools.count(1):
        try:
            Ledger(tmp_path / "ledger", tmp_path / "key", step=DieAt(number)).append_once(rows(400, 1000))
        except Killed:
            size = (
                Ledger(tmp_path / "ledger", tmp_path / "key")
                .append([{"kind": "other", "key": str(number)}])
                .size
            )
            verification = Ledger(tmp_path / "ledger", tmp_path / "key").verify()
            assert verification.ok, verification.problems
            assert verification.size == size
        else:
            break
    assert Ledger(tmp_path / "ledger", tmp_path / "key").verify().kinds["row"] == 600


SCRIPT = """
import os, sys
from pathlib import Path
from afteraction.ledger import Ledger
home, left = Path(sys.argv[1]), int(sys.argv[2])
def step(name):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
rows = [{"kind": "row", "key": str(n)} for n in range(300)]
Ledger(home / "ledger", home / "key", step=step).append_once(rows)
"""


@pytest.mark.slow
def test_process_killed_at_every_step(tmp_path):
    steps = len(steps_of(tmp_path / "count", 0, 300))
    for number in range(1, steps + 1):
        home = tmp_path / str(number)
        home.mkdir()
        ended = subprocess.run([sys.executable, "-c", SCRIPT, str(home), str(number)], check=False)
        assert ended.returncode == -9
        ledger = Ledger(home / "ledger", home / "key")
        assert ledger.append_once(rows(300)).size == 300
        assert ledger.verify().ok


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_everything_is_synced_before_the_checkpoint_takes_its_name(tmp_path):
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", trace, sys.executable,
         "-c", SCRIPT, str(tmp_path), "0"], check=True, env={**os.environ},
    )  # fmt: skip
    calls = [line.split(" ", 1)[1].strip() for line in trace.read_text().splitlines() if "/ledger" in line]
    heads = [
        number for number, call in enumerate(calls) if "rename" in call and '/ledger/checkpoint"' in call
    ]
    tiles = [number for number, call in enumerate(calls) if "rename" in call and "/ledger/tile/" in call]
    assert tiles
    assert max(tiles) < heads[-1]
    synced = [call for call in calls[max(tiles) : heads[-1]] if call.startswith("fsync")]
    assert any("/tile/" in call for call in synced), "the tiles' folders are synced first"
    assert any("/.drafts/" in call for call in synced), "the checkpoint's bytes are synced first"
    assert any(
        call.startswith("fsync") and call.split("<")[1].startswith(f"{tmp_path}/ledger>")
        for call in calls[heads[-1] :]
    )
