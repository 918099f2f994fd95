"""`afteraction evaluate`: quality on labelled data, as tables, JSON or Markdown."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from afteraction.records.settings import home, load_settings


class Group(StrEnum):
    """What can be held out while the scorecard is refitted."""

    suite = "suite"
    goal = "goal"
    model = "model"


def evaluate(
    directory: Annotated[Path, typer.Argument(help="Labelled data, shaped as docs/quality.md tells.")],
    leave_out: Annotated[
        list[Group] | None,
        typer.Option(help="Also refit without each suite (goal, model) in turn and score what was held out."),
    ] = None,
    suites: Annotated[bool, typer.Option(help="Also run the seeded suites, which need no data.")] = True,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,  # noqa: FBT002
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,  # noqa: FBT002
) -> None:
    """Measure what is found and how often wrongly: agent runs, secrets, personal data, benign sessions."""
    import msgspec  # noqa: PLC0415 -- the other commands need none of this
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from afteraction.audit.evaluation.report import markdown  # noqa: PLC0415
    from afteraction.audit.evaluation.runner import evaluate_folder  # noqa: PLC0415

    done: dict[str, int] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        task = progress.add_task("reading", total=None)

        def told(what: str, actions: int) -> None:
            done[what] = done.get(what, 0) + actions
            text = f"{what}: {done[what]:,} actions" if actions else f"refitted without {what}"
            progress.update(task, description=text)

        groups = tuple(group.value for group in leave_out or ())
        results = evaluate_folder(
            directory, load_settings(home()), leave_out=groups, suites=suites, told=told
        )
    if as_json:
        typer.echo(msgspec.json.encode(results).decode())
    elif as_markdown:
        typer.echo(markdown(results))
    else:
        _show(results, Console())


def _show(results: object, console: object) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from afteraction.audit.evaluation.report import tables  # noqa: PLC0415
    from afteraction.audit.evaluation.runner import Results  # noqa: PLC0415

    assert isinstance(results, Results)
    assert isinstance(console, Console)
    for table in tables(results):
        shown = Table(title=table.title, caption=table.note, title_justify="left", caption_justify="left")
        for name in table.columns:
            shown.add_column(name)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
