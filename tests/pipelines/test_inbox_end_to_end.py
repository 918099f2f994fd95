"""`afteraction serve` audits what is dropped into the inbox, while others query and audit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sample_log import RAW, write_log
from served import COMMAND, poll

AFTERACTION = COMMAND[0]


def sql(home: Path, query: str) -> subprocess.CompletedProcess[str]:
    """One query with the product's own command."""
    return subprocess.run(
        [AFTERACTION, "sql", "--format", "csv", query],
        env={**os.environ, "AFTERACTION_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def actions_of(home: Path, session: str) -> int:
    """How many actions of a session are published; a database that is there always answers."""
    if not (home / "afteraction.duckdb").exists():
        return 0
    answer = sql(home, f"SELECT count(*) AS n FROM actions WHERE session_id LIKE '{session}%'")
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout.split()[-1])


def test_dropped_files_are_audited_while_queries_and_a_typed_audit_run(serve, tmp_path):
    served = serve()
    served.drop(write_log(tmp_path / "one.jsonl", prefix="one"))
    poll(lambda: actions_of(served.home, "one-") == 12, seconds=200, what="the first file's actions")

    served.drop(write_log(tmp_path / "two.jsonl", prefix="two", day="2026-11-04"))
    typed = subprocess.Popen(
        [AFTERACTION, "audit", write_log(tmp_path / "three.jsonl", prefix="three", day="2026-11-05")],
        env={**os.environ, "AFTERACTION_HOME": str(served.home)},
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr,
    )
    poll(lambda: actions_of(served.home, "two-") == 12, seconds=200, what="the second file's actions")
    assert typed.wait(200) == 0
    assert actions_of(served.home, "three-") == 12

    served.wait_for_run("SUCCESS")
    assert len(served.runs()) == 2
    assert served.stop() == 0
    assert served.services() == []
    for file in (path for path in (served.home / "dagster").rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert [secret for secret in RAW if secret.encode() in content] == [], file.name
