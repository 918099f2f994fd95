"""Real services that several rooms' tests share: a PostgreSQL server, and a casebook on each database."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

_DATABASES = itertools.count(1)


def _binaries() -> Path:
    """The newest server's folder; a missing server is a failure, never a silent skip."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda at: int(at.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.fail("found no PostgreSQL server (initdb); run: make system")
    return found[-1].parent if found else Path(on_path or "").resolve().parent


def _as_server(*command: str) -> None:
    """Runs a server command; PostgreSQL refuses root, so root hands over to the package's own user."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        pytest.fail(f"{command[0]} failed with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty database on a server of this test session's own."""
    tools, folder, port = _binaries(), Path(tempfile.mkdtemp(prefix="pg")), _free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    settings = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
    _as_server(
        str(tools / "initdb"), "-D", data, "-U", "afteraction", "-A", "trust", "-E", "UTF8", "--no-sync"
    )
    log = str(folder / "log")
    _as_server(str(tools / "pg_ctl"), "-D", data, "-l", log, "-w", "-t", "60", "-o", settings, "start")
    try:
        yield f"postgresql://afteraction@127.0.0.1:{port}/postgres"
    finally:
        _as_server(str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_url: str) -> Callable[[], str]:
    """Makes a new, empty database at each call and returns its URL."""

    def new() -> str:
        name = f"test_{os.getpid()}_{next(_DATABASES)}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return postgres_url.rpartition("/")[0] + "/" + name

    return new


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def casebook_at(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty casebook may be made: a file, then a PostgreSQL database."""
    if request.param == "sqlite":
        return str(tmp_path / "casebook.sqlite")
    return str(request.getfixturevalue("postgres_database")())
