"""Tells a graph as lines, one per way that something took: from its origin over calls to where it went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from afteraction.lineage.picture.graph import Edge, Graph, Node

#: Ways that are told; chains longer than this are told in pieces.
MOST_PATHS: Final = 12
_LONGEST: Final = 8


@dataclass(frozen=True)
class Path:
    """Nodes from left to right and the edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def weight(self) -> tuple[bool, tuple[int, bool, float], int]:
        """What is asked about first, then what tells most."""
        return (
            any(node.focus for node in self.nodes),
            max(edge.weight for edge in self.edges),
            len(self.edges),
        )


def paths(graph: Graph, most: int = MOST_PATHS) -> tuple[tuple[Path, ...], int]:
    """At most `most` ways, the most telling first, such that no edge is told twice; and how many are left.

    Greedy: the weightiest edge that is not told yet, prolonged on both sides by the weightiest neighbours.
    """
    nodes = {one.key: one for one in graph.nodes}
    into, out = _sides(graph)
    told: set[Edge] = set()
    found = []
    for edge in sorted(graph.edges, key=lambda one: (one.weight, bool(one.how)), reverse=True):
        if edge not in told:
            way = [*_back(edge, into), edge, *_on(edge, out)]
            told.update(way)
            found.append(Path((nodes[way[0].source], *(nodes[one.target] for one in way)), tuple(way)))
    found.sort(key=lambda one: one.weight, reverse=True)
    return tuple(found[:most]), max(len(found) - most, 0)


def _sides(graph: Graph) -> tuple[dict[str, list[Edge]], dict[str, list[Edge]]]:
    into, out = defaultdict[str, list[Edge]](list), defaultdict[str, list[Edge]](list)
    for edge in sorted(graph.edges, key=lambda one: one.weight, reverse=True):
        into[edge.target].append(edge)
        out[edge.source].append(edge)
    return into, out


def _back(edge: Edge, into: dict[str, list[Edge]]) -> list[Edge]:
    return [*_walk(edge, into, "source")][::-1]


def _on(edge: Edge, out: dict[str, list[Edge]]) -> list[Edge]:
    return [*_walk(edge, out, "target")]


def _walk(edge: Edge, sides: dict[str, list[Edge]], end: str) -> Iterator[Edge]:
    seen = {edge.source, edge.target}
    for _ in range(_LONGEST):
        following = next(
            (one for one in sides.get(getattr(edge, end), ()) if getattr(one, end) not in seen), None
        )
        if following is None:
            return
        seen.add(getattr(following, end))
        yield following
        edge = following
