"""What a power cut can leave of a local lake: data before the log, and torn log entries put aside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import polars as pl
import pytest

from afteraction.lake import LAKE, Lake

WRITE = """
import sys, polars
from pathlib import Path
from afteraction.lake import LAKE, Lake
columns = [["s", "t"], ["2026-11-01", "2026-11-02"], ["a", "b"], ["{}", "{}"]]
rows = polars.DataFrame(columns, schema=LAKE["features"])
lake = Lake(Path(sys.argv[1]))
with lake.lock():
    lake.append("features", rows)
    lake.replace_sessions("features", rows, rows["session_key"])
"""


def add(home, *actions):
    made = [{"session_key": a, "event_date": "2026-11-01", "action_id": a, "row": "{}"} for a in actions]
    lake = Lake(home)
    with lake.lock():
        lake.append("features", pl.DataFrame(made, schema=LAKE["features"]))


def held(home):
    return sorted(Lake(home).read("features")["action_id"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("AFTERACTION_LAKE", raising=False)
    return tmp_path / "home"


def test_data_files_and_their_folders_are_fsynced_before_the_log_names_them(home):
    strace = shutil.which("strace") or pytest.fail("found no strace; run: make system")
    traced = home.parent / "traced"
    calls = "trace=fsync,link,linkat,rename,renameat,renameat2"
    command = [
        strace,
        "-f",
        "-y",
        "-s",
        "300",
        "-o",
        str(traced),
        "-e",
        calls,
        sys.executable,
        "-c",
        WRITE,
        str(home),
    ]
    subprocess.run(command, check=True, timeout=120)
    named, synced = [], set()
    for line in traced.read_text().splitlines():
        if path := re.search(r"fsync\(\d+<([^>]*)>", line):
            synced.add(path[1].replace("/.staged/", "/"))
        elif entry := re.search(r"_delta_log/(\d{20})\.json\"", line):
            named.append((int(entry[1]), set(synced)))
    assert [version for version, _ in named] == [0, 1]
    for version, before in named:
        new = [path for path in before if path.endswith(".parquet")]
        assert len(new) == 2 * (version + 1)
        for path in new:
            assert path.rpartition("/")[0] in before
    log = home / "lake" / "features" / "_delta_log"
    assert {str(log), str(log / f"{1:020d}.json")} <= synced


@pytest.mark.parametrize("torn", [b"", b'{"commitInfo":{"timest', b"\0" * 300])
def test_a_log_entry_torn_by_a_power_cut_is_put_aside_and_its_work_is_done_again(home, torn):
    add(home, "a")
    add(home, "b")
    newest = max((home / "lake" / "features" / "_delta_log").glob("*.json"))
    newest.write_bytes(torn)
    with Lake(home).lock():
        assert held(home) == ["a"]
    add(home, "b")
    assert held(home) == ["a", "b"]
    assert newest.with_name(f"{newest.name}.torn").exists()


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_checkpoint_torn_by_a_power_cut_is_put_aside(home, monkeypatch, kept):
    monkeypatch.setattr("afteraction.lake.tables._CHECKPOINT", 2)
    for action in "abc":
        add(home, action)
    (checkpoint,) = (home / "lake" / "features" / "_delta_log").glob("*.checkpoint.parquet")
    checkpoint.write_bytes(checkpoint.read_bytes()[:kept])
    add(home, "d")
    assert held(home) == ["a", "b", "c", "d"]
