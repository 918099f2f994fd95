"""`afteraction serve`: Dagster's web page and daemon and the review desk on the same data."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Annotated, Final, NamedTuple, Self

import typer

from afteraction.records.settings import SettingsError, load_settings
from afteraction.records.settings import home as default_home
from console.desk.identity import DeskError, Door

_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 20.0
_CODE: Final = "pipelines.definitions"


class ServeError(RuntimeError):
    """Dagster could not be started or did not stay up; the message says what to do."""


class _Stopped(Exception):  # noqa: N818 - not an error: somebody pressed Ctrl-C
    """A signal asked us to stop."""


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. There is no login: keep it local.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the web page.", min=1, max=65535)] = 3000,
    desk_port: Annotated[
        int | None, typer.Option(help="Port of the review desk; default: the next one.", min=1, max=65535)
    ] = None,
    reviewer: Annotated[
        str,
        typer.Option(
            "--as",
            help="Who decides on the review desk: one of your accounts.",
            envvar="AFTERACTION_REVIEWER",
        ),
    ] = "",
    home: Annotated[
        Path | None, typer.Option(help="Where data lives; default $AFTERACTION_HOME or data/.")
    ] = None,
) -> None:
    """Start Dagster (its web page, the daily audit, the inbox sensor) and the review desk until Ctrl-C."""
    at = (home or default_home()).absolute()
    try:
        desk = Desk(desk_port or port + 1, reviewer)
        with _signals(), _only_one(at), Services(at, host, port, desk) as services:
            services.start()
            typer.echo(
                f"Review desk: http://{host}:{desk.port}" + ("" if reviewer else " (reading only: --as)")
            )
            typer.echo(f"Dagster is ready on http://{host}:{port}")
            typer.echo(f"Drop log files into {services.inbox} and they are audited. Ctrl-C stops.")
            services.watch()
    except _Stopped:
        typer.echo("stopped")
    except (DeskError, ServeError, SettingsError) as error:
        typer.echo(f"afteraction serve: {error}", err=True)
        raise typer.Exit(2) from error


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """SIGINT and SIGTERM end the block once; during the clean-up they are ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        raise _Stopped

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """One `serve` per home: two daemons would start every audit twice."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServeError(f"another `afteraction serve` already runs on {home}; stop it first") from None
        yield


class Desk(NamedTuple):
    """Where the review desk listens, and the account that decides there."""

    port: int
    reviewer: str


class Services:
    """The processes behind `serve`, each the leader of its own process group."""

    def __init__(self, home: Path, host: str, port: int, desk: Desk) -> None:
        self.home, self.host, self.port, self.desk = home, host, port, desk
        self.folder = home / "dagster"
        self.inbox = home / (load_settings(home).inbox or "inbox")
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, IO[bytes]] = {}
        self._sockets = tempfile.mkdtemp(prefix="afteraction-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def start(self) -> None:
        """Start everything and return when the web page answers; raises `ServeError`."""
        Door.of(load_settings(self.home).desk, self.host, self.desk.reviewer)
        for port in (self.port, self.desk.port):
            _refuse_taken(self.host, port)
        self.inbox.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_instance_file(), self.folder / "dagster.yaml")
        code = Path(self._sockets) / "code"
        workspace = self.folder / "workspace.yaml"
        workspace.write_text(
            f"load_from:\n  - grpc_server: {{socket: '{code}', location_name: afteraction}}\n"
        )
        self._run("recover", "pipelines.recover")
        self._wait("recover", lambda: self._running["recover"].poll() == 0)
        del self._running["recover"]
        self._run("code", "dagster", "api", "grpc", "--module-name", _CODE, "--socket", str(code),
                  "--location-name", "afteraction", "--log-level", "warning")  # fmt: skip
        self._wait("code", lambda: _listens(code))
        self._run("web", "dagster_webserver", "--host", self.host, "--port", str(self.port),
                  "--workspace", str(workspace), "--dagster-log-level", "warning")  # fmt: skip
        self._run("daemon", "dagster._daemon", "run", "--workspace", str(workspace), "--log-level", "warning")
        self._run("desk", "console.desk", "--home", str(self.home), "--host", self.host,
                  "--port", str(self.desk.port), "--as", self.desk.reviewer)  # fmt: skip
        self._run("clock", "console.clock", "--home", str(self.home))
        self._wait("web", lambda: _answers(self.host, self.port, "/server_info"))
        self._wait("desk", lambda: _answers(self.host, self.desk.port, "/healthy"))

    def watch(self) -> None:
        """Sleep while all is well; raises `ServeError` when a process ends by itself."""
        while True:
            self._check()
            time.sleep(1.0)

    def stop(self) -> None:
        """End every process group: politely first, then for good."""
        for name in ("clock", "desk", "daemon", "web", "code", "recover"):
            self._signal(name, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while any(_alive(process.pid) for process in self._running.values()) and time.monotonic() < deadline:
            for process in self._running.values():
                process.poll()
            time.sleep(0.1)
        for name in list(self._running):
            self._signal(name, signal.SIGKILL)
            self._running.pop(name).wait()
        for log in self._logs.values():
            log.close()

    def _run(self, name: str, module: str, *arguments: str) -> None:
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        self._logs[name] = (logs / f"{name}.log").open("wb")
        environment = {
            **os.environ,
            "AFTERACTION_HOME": str(self.home),
            "DAGSTER_HOME": str(self.folder),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._logs[name],
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one thread here, and it only calls prctl
        )

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            self._check()
            if time.monotonic() > deadline:
                raise ServeError(f"{name} was not ready after {_START_SECONDS:.0f} s; see {self._log(name)}")
            time.sleep(0.1)

    def _check(self) -> None:
        for name, process in self._running.items():
            if process.poll() not in (None, 0) or (process.returncode == 0 and name != "recover"):
                raise ServeError(f"{name} ended with code {process.returncode}; see {self._log(name)}")

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _signal(self, name: str, number: signal.Signals) -> None:
        if name in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running[name].pid, number)


def _end_with_parent() -> None:
    """On Linux, a service gets SIGTERM when `serve` itself is killed (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _instance_file() -> Path:
    """Our `dagster.yaml`: at the root of the repository, or inside the installed package."""
    found = importlib.util.find_spec("pipelines")
    package = Path(found.origin).parent if found and found.origin else Path()
    for candidate in (package.parent / "dagster.yaml", package / "dagster.yaml"):
        if candidate.exists():
            return candidate
    raise ServeError(f"dagster.yaml was expected beside {package}; install Afteraction again")


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"port {port} on {host} cannot be used ({error.strerror}); try --port"
            ) from error


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
