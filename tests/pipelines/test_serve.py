"""`afteraction serve` starts, tells where it is, and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest
from served import COMMAND, free_port, poll


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/server_info")
    return connection.getresponse().status == 200


def test_ctrl_c_ends_every_process(serve):
    served = serve()
    assert answers(served.port)
    assert listening_on(served.port) == {"0100007F"}, "only this machine may reach it"
    assert len(served.services()) >= 3
    assert served.stop(signal.SIGINT) == 0
    assert served.services() == []
    assert listening_on(served.port) == set()


def listening_on(port: int) -> set[str]:
    """The local addresses (hex, as in /proc/net/tcp) where somebody listens on `port`."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return {
        local.removesuffix(f":{port:04X}")
        for _, local, _, state, *_ in sockets
        if state == "0A" and local.endswith(f":{port:04X}")
    }


def test_a_taken_port_is_said_clearly(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_serve(tmp_path, "--port", port)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_serve_on_the_same_home_is_refused_and_the_first_ends_on_sigterm(serve):
    served = serve()
    done = run_serve(served.home, "--port", str(free_port()))
    assert done.returncode == 2
    assert "already runs on" in done.stderr
    assert served.stop(signal.SIGTERM) == 0
    assert served.services() == []


def test_settings_that_cannot_be_read_are_said_clearly(tmp_path):
    (tmp_path / "afteraction.toml").write_text("nonsense = 1\n")
    done = run_serve(tmp_path, "--port", str(free_port()))
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_dies_ends_the_others(serve):
    served = serve()
    os.kill(served.services("dagster_webserver")[0], signal.SIGKILL)
    assert served.process.wait(60) == 2
    assert served.services() == []


def test_when_serve_is_killed_its_services_end_too(serve):
    served = serve()
    served.process.kill()
    served.process.wait()
    poll(lambda: not served.services(), seconds=30, what="the services to end")


@pytest.mark.postgres
def test_postgresql_holds_the_runs_when_its_url_is_set(serve, postgres_database):
    url = postgres_database()
    served = serve(AFTERACTION_DAGSTER_POSTGRES_URL=url)
    assert answers(served.port)
    assert not list((served.home / "dagster" / "storage").glob("**/*.db"))
    with psycopg.connect(url) as connection:
        beats = poll(lambda: heartbeats(connection), seconds=60, what="a daemon's heartbeat")
    assert "SENSOR" in beats


def heartbeats(connection) -> set[str]:
    connection.rollback()
    return {kind for (kind,) in connection.execute("SELECT daemon_type FROM daemon_heartbeats")}


def run_serve(home, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AFTERACTION_HOME": str(home)}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=90, check=False
    )
