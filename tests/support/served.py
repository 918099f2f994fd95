"""A running `afteraction serve`, as a person would start it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = [str(Path(sys.executable).with_name("afteraction")), "serve"]


class Served:
    """One `afteraction serve` process over one home."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home, self.port, self.desk_port = home, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [*COMMAND, "--port", str(self.port), "--desk-port", str(self.desk_port)],
            env={**os.environ, "AFTERACTION_HOME": str(home), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> None:
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "ready on" in line:
                return
        logs = "".join(log.read_text()[-3000:] for log in self.home.glob("dagster/logs/*.log"))
        pytest.fail("".join(said) + logs)

    def stop(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def drop(self, source: Path, name: str | None = None) -> Path:
        """Put a file into the inbox the way a careful program does: all at once."""
        inbox = self.home / "inbox"
        shutil.copyfile(source, inbox / ".arriving")
        return (inbox / ".arriving").rename(inbox / (name or source.name))

    def ask(self, query: str) -> Any:
        """The `data` of a GraphQL answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/graphql", json.dumps({"query": query}), headers)
        return json.load(connection.getresponse())["data"]

    def runs(self) -> list[str]:
        """The states of all runs, the newest first."""
        query = "{runsOrError {... on Runs {results {status}}}}"
        return [run["status"] for run in self.ask(query)["runsOrError"]["results"]]

    def wait_for_run(self, status: str, *, seconds: float = 180) -> None:
        """Until every run that was asked for has ended, and at least one has."""

        def ended() -> list[str]:
            runs = self.runs()
            return runs if runs and set(runs) <= {"SUCCESS", "FAILURE", "CANCELED"} else []

        states = poll(ended, seconds=seconds, what="a run to end")
        assert set(states) == {status}, states

    def services(self, named: str = "") -> list[int]:
        """The services of this home, those with `named` in their command."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            ours = f"DAGSTER_HOME={self.home}/dagster".encode() in environment.split(b"\0")
            if ours and named.encode() in command:
                found.append(int(folder.name))
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts `afteraction serve` and waits until it is ready; everything is stopped afterwards."""
    running: list[Served] = []

    def start(home: Path | None = None, **environment: str) -> Served:
        served = Served(home or tmp_path / "home", environment)
        running.append(served)
        served.wait_until_ready()
        return served

    yield start
    for served in running:
        served.stop()


def poll(ask: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """The first answer that is not empty; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.5)
    pytest.fail(f"waited {seconds:.0f} s for {what}")
