"""`afteraction audit`: reads logs, runs everything once, and says what it found."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from afteraction.records.settings import home
from console.summary import Summary, show

_LEVELS = ("low", "medium", "high", "critical")
_STEPS = {"read": "reading logs", "analyse": "analysing sessions", "publish": "publishing"}


class FailOn(enum.StrEnum):
    """Levels at which the exit code says so."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def audit(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files, folders or globs; plain, gzip or zstd. Default: the inbox.", metavar="[PATH]..."
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str | None,
        typer.Option(help="Read everything as this format instead of detecting it (docs/formats.md)."),
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 1 if an action of this level or above is in the lake.")
    ] = None,
) -> None:
    """Read logs, follow values, detect, score, open tickets, check controls, publish; once."""
    from afteraction.audit import Audit  # noqa: PLC0415 - heavy, and only this command needs it

    at = home()
    screen = Console(stderr=True)
    with _watched(screen) as progress:
        work = Audit(at, progress=progress)
        report = work.run(list(paths) if paths else [_inbox(at, work.settings.inbox)], format)
    found = Summary.read(at, report)
    show(Console(), found)
    if fail_on is not None and found.at_least(_LEVELS[_LEVELS.index(fail_on.value) :]):
        raise typer.Exit(1)


def _inbox(at: Path, configured: str | None) -> Path:
    inbox = at / (configured or "inbox")
    inbox.mkdir(parents=True, exist_ok=True)
    return inbox


@contextmanager
def _watched(screen: Console) -> Iterator[Watcher]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True, disable=not sys.stderr.isatty()) as bars:
        yield Watcher(bars, screen)


class Watcher:
    """Shows each step as a bar on a terminal, and as one line elsewhere."""

    def __init__(self, bars: Progress, screen: Console) -> None:
        self._bars = bars
        self._screen = screen
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Progress of one step."""
        name = _STEPS.get(step, step)
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(name, total=total or None)
            if self._bars.disable:
                self._screen.print(f"{name} …", highlight=False)
        self._bars.update(self._tasks[step], completed=done, total=total or None)
