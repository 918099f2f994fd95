"""The flow graph of a session in a terminal, and as a picture in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from afteraction.lake.durable import write_durably
from afteraction.lineage import picture
from console.text import plain

_COLOURS: Final = {"secret": "bold red", "personal": "yellow", "internal": "blue", "none": "dim"}
_OUTSIDE: Final = frozenset({"unknown", "public"})
_DRAW: Final = {".svg": picture.svg, ".html": picture.page}
_MOST: Final = 10


def write(graph: picture.Graph, file: Path) -> None:
    """Draw the graph into a file, whole or not at all; its ending says how."""
    draw = _DRAW.get(file.suffix.lower())
    if draw is None:
        raise typer.BadParameter(f"{plain(file, 200)}: a picture ends in {' or '.join(_DRAW)}")
    try:
        write_durably(file, draw(graph).encode("utf-8", "replace"))
    except OSError as error:
        raise typer.BadParameter(f"{plain(file, 200)} cannot be written: {error.strerror}") from error


def tell(screen: Console, graph: picture.Graph) -> None:
    """One line for each way that a value took, origins left, destinations right."""
    found, left = picture.paths(graph, _MOST)
    if not found:
        return
    screen.print("\n[bold]What went where[/]")
    for path in found:
        screen.print("  " + "".join(_line(path)))
    if left:
        screen.print(f"    … {left} more; --picture FILE draws them")


def _line(path: picture.Path) -> Iterator[str]:
    yield _node(path.nodes[0])
    for edge, node in zip(path.edges, path.nodes[1:], strict=True):
        said = edge.told if edge.sensitivity == "none" else f"{edge.told} {edge.sensitivity}"
        yield f" [{_COLOURS[edge.sensitivity]}]─ {plain(said, 60)} →[/] {_node(node)}"


def _node(node: picture.Node) -> str:
    if node.kind == "action":
        named = f"#{node.number} {plain(node.title, 40)}"
        return f"[bold]{named}[/]" if node.focus else named
    if node.kind == "destination":
        style = "red" if node.tone in _OUTSIDE else "default"
        return f"[{style}]{plain(node.title, 60)} ({plain(node.detail, 20)})[/]"
    if node.kind in {"writer", "reader"}:
        return f"{plain(node.title, 60)} ({plain(node.detail, 120)})"
    return plain(node.title, 60)
