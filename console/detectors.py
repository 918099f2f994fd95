"""`afteraction detectors`: what is looked for, what each detector misses, and its examples."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from console.text import plain
from detectors.behaviour_detector import BehaviourDetector
from detectors.detector import Detector

app = typer.Typer(help="What is looked for, and what each detector misses.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Every detector with its severity and one sentence."""
    from detectors import registry  # noqa: PLC0415 - loads the scan engine
    from detectors.behaviour import all_detectors  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for name in ("detector", "kind", "severity", "what it finds"):
        table.add_column(name)
    for detector in registry():
        kind = detector.find.__module__.split(".")[1]
        table.add_row(detector.id, kind, detector.severity, plain(detector.summary))
    for model in all_detectors():
        table.add_row(model.id, "behaviour", "-", plain(model.summary))
    Console().print(table)


@app.command()
def show(detector: Annotated[str, typer.Argument(help="Its id, as `detectors list` prints it.")]) -> None:
    """One detector: what it finds, what it misses, standards, examples."""
    from detectors import registry  # noqa: PLC0415
    from detectors.behaviour import all_detectors  # noqa: PLC0415

    known: dict[str, Detector | BehaviourDetector] = {one.id: one for one in registry()}
    known.update((model.id, model) for model in all_detectors())
    found = known.get(detector)
    if found is None:
        raise typer.BadParameter(f"there is no detector {detector!r}; `afteraction detectors list` shows all")
    screen = Console(highlight=False)
    screen.print(f"[bold]{found.id}[/]: {plain(found.summary)}")
    screen.print(f"Misses: {plain(found.misses)}")
    screen.print(f"Standards: {', '.join(found.standards)}")
    for kind, examples in (("fires on", found.firing), ("stays silent on", found.silent)):
        screen.print(f"{kind}: {', '.join(plain(example.name) for example in examples) or '-'}")
