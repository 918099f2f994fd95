"""The commands that docs/storage.md shows do what it says, on a real server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_shown_commands_work(bucket, tmp_path):
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "storage.md").read_text(), re.DOTALL)
    lines = block.splitlines()
    assert [line.split("=")[0] for line in lines[:2]] == [
        "export AFTERACTION_LAKE",
        "export AWS_ACCESS_KEY_ID",
    ]
    assert all(line.startswith(".venv/bin/afteraction ") for line in lines[2:])
    env = {**os.environ, "AFTERACTION_HOME": str(tmp_path), "AFTERACTION_LAKE": bucket}
    for command in lines[2:]:
        done = subprocess.run(
            command, shell=True, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "lake" / "actions").exists()
    assert list((tmp_path / "lake-copies").rglob("actions/*/*.parquet"))
