"""The hook's time: scoring, deciding, and the whole process beside a bare interpreter start.

`python benchmarks/hook.py [--runs N]` prints microseconds and ratios; it never fails a build.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from afteraction_hook import check
from afteraction_hook.config import Config
from afteraction_hook.decide import Call, decide, judge

from afteraction.audit.hook_lists import hook_lists
from afteraction.policy import build, choose, publish
from afteraction.records.settings import Destinations
from afteraction.scoring.scorecard import DEFAULT

SMALL = {"to": "ann@corp.example.com", "subject": "Minutes", "body": "Dear Ann, here are the minutes. " * 6}
LARGE = {"url": "https://new.example/in", "body": "A line of a report with 12 numbers in it.\n" * 250}
EVENT = {
    "session_id": "s1",
    "transcript_path": "/srv/u/s1.jsonl",
    "cwd": "/repo",
    "permission_mode": "default",
    "hook_event_name": "PreToolUse",
    "tool_name": "send_email",
    "tool_input": SMALL,
    "tool_use_id": "toolu_1",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60, help="process starts of each kind")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        bundle = published(home)
        row = {
            "leak": "low",
            "operation": "send",
            "destination_class": "unknown",
            "destination_surprise": 8.0,
        }
        config = Config(bundle=str(home / "bundles"), log=str(home / "log.jsonl"), state=str(home / "state"))
        size = len(msgspec.json.encode(bundle.document))
        print(f"bundle of {size} bytes, {len(bundle.scorecard.names)} features")
        show("score alone", lambda: bundle.scorecard.points(row))
        show("score with reasons", lambda: bundle.scorecard.score(row))
        show("judge a row", lambda: judge(row, "send_email", bundle))
        show("decide, 250-byte call", lambda: decide(Call("send_email", SMALL, "s"), bundle))
        show("decide, 10 KB call", lambda: decide(Call("http_post", LARGE, "s"), bundle))
        show("check: decide and log", lambda: check("send_email", SMALL, session_id="s", config=config), 2000)
        processes(home, runs)


def published(home: Path) -> Any:
    """A bundle with the shipped scorecard, the real word lists and 2,000 known destinations."""
    lists = {
        **hook_lists(Destinations(internal=("corp.example.com",))),
        "baseline": {"sessions": 5000, "destinations": {f"host{n}.example": n % 90 for n in range(2000)}},
    }
    card = msgspec.json.decode(DEFAULT.read_bytes())
    candidate = build(card, choose(card, 26), [{"id": "r", "decision": "deny", "tool": "drop_*"}], lists)
    publish(candidate, home / "bundles")
    return candidate.bundle


def show(name: str, work: Callable[[], object], count: int = 20_000) -> None:
    for _ in range(count // 10):
        work()
    times = []
    for _ in range(count):
        begun = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - begun)
    times.sort()
    print(f"{name:24} p50 {times[count // 2] / 1000:8.1f} µs   p99 {times[count * 99 // 100] / 1000:8.1f} µs")


def processes(home: Path, runs: int) -> None:
    """Each kind of process in turn, so that the machine's load weighs on all of them alike."""
    clean = {"PATH": os.environ["PATH"]}
    hook = {**clean, "AFTERACTION_HOME": str(home)}
    kinds: dict[str, tuple[list[str], dict[str, str]]] = {
        "bare interpreter": ([sys.executable, "-c", "pass"], clean),
        "bare, no site": ([sys.executable, "-I", "-S", "-c", "pass"], clean),
        "import json, hashlib": ([sys.executable, "-c", "import json, hashlib"], clean),
        "afteraction-hook": ([sys.executable, "-m", "afteraction_hook.main"], hook),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(runs + 3):
        for name, (command, environment) in kinds.items():
            times[name].append(timed(command, environment))
    bare = [statistics.median(column) for column in zip(*times["bare interpreter"][3:], strict=True)]
    for name, found in times.items():
        wall, cpu = (sorted(column) for column in zip(*found[3:], strict=True))
        middle, high = statistics.median(wall), wall[len(wall) * 99 // 100]
        shown = f"{name:24} p50 {1000 * middle:6.1f} ms   p99 {1000 * high:6.1f} ms"
        used = statistics.median(cpu)
        print(f"{shown}   {middle / bare[0]:.2f} times bare; CPU {1000 * used:5.1f} ms, {used / bare[1]:.2f}")


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(wall, CPU) seconds of one process that gets an event on stdin."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    event = json.dumps(EVENT).encode()
    subprocess.run(command, input=event, stdout=subprocess.DEVNULL, env=environment, check=True)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
