"""The flow graph of one session from the public tables: origins, calls and destinations, bounded honestly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import polars as pl

from afteraction.lineage.picture.words import spelled
from afteraction.records.finding import SENSITIVITIES

Kind = Literal["person", "system", "model", "resource", "action", "destination", "session"]
#: Nodes of one picture; what does not fit is counted, not drawn.
MOST_NODES: Final = 40
_READS: Final = frozenset({"read", "search"})
_OUTSIDE: Final = frozenset({"unknown", "public"})
_LEVELS: Final = ("unscorable", "none", "low", "medium", "high", "critical")
_TALKERS: Final[Mapping[str, tuple[Kind, str]]] = {
    "user": ("person", "the person"),
    "system": ("system", "system prompt"),
    "assistant": ("model", "the model"),
}
_PLAIN: Final = frozenset({"", "exact", "value"})


@dataclass(frozen=True)
class Node:
    """An origin, a call or a destination. `title` and `detail` are one line each, without hidden characters.

    `tone` is the level of an action or the class of a destination; `number` is the call's place in its
    session; `focus` marks the action that was asked about.
    """

    key: str
    kind: Kind
    title: str
    detail: str = ""
    tone: str = "none"
    number: int | None = None
    focus: bool = False
    order: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Edge:
    """What goes from one node to another: `count` flows, told by the most sensitive of them.

    `how` is empty where nothing was followed (a call reads its resource, or goes to its destination).
    """

    source: str
    target: str
    label: str
    sensitivity: str = "none"
    strength: float = 0.0
    how: str = ""
    count: int = 1

    @property
    def told(self) -> str:
        """The label with the number of flows that it stands for."""
        return f"{self.label} \N{MULTIPLICATION SIGN}{self.count}" if self.count > 1 else self.label

    @property
    def weight(self) -> tuple[int, bool, float]:
        """How much it tells: sensitive, then hidden by a coding, then strong."""
        return SENSITIVITIES.index(self.sensitivity), self.how not in _PLAIN, self.strength


@dataclass(frozen=True)
class Graph:
    """Nodes and edges of one picture, and how many calls and flows of the session it leaves out."""

    title: str
    request: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    calls: int = 0
    flows: int = 0
    left_calls: int = 0
    left_flows: int = 0
    left_worst: str = "none"

    def node(self, key: str) -> Node:
        """The node of a key."""
        return next(one for one in self.nodes if one.key == key)


@dataclass
class _Chosen:
    """What is drawn so far, within the bound."""

    most: int
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> bool:
        """Take all of it, or nothing when it does not fit."""
        fresh = {one.key: one for one in nodes if one.key not in self.nodes}
        if len(self.nodes) + len(fresh) > self.most:
            return False
        self.nodes.update(fresh)
        self.edges += [one for one in edges if one not in self.edges]
        return True


def graph_of(
    actions: pl.DataFrame,
    flows: pl.DataFrame,
    *,
    focus: str | None = None,
    title: str = "",
    request: str = "",
    most: int = MOST_NODES,
) -> Graph:
    """The graph of one session's `actions` (with `level` and `risk` where they are known) and `flows`.

    The action `focus` comes first, then what is sensitive, hidden, risky; at most `most` nodes in all.
    """
    calls = {row["action_id"]: _Call(row, focus) for row in actions.iter_rows(named=True)}
    links = list(_links(flows, calls))
    carried = _carried(links)
    chosen = _Chosen(most)
    if focus in calls:
        chosen.add(*_surroundings(calls[str(focus)], carried))
    for link in sorted(links, key=lambda one: _interest(one, calls, focus), reverse=True):
        ends = [calls[key] for key in (link.source, link.target) if key in calls]
        around = [_surroundings(one, carried, reads=one.key == link.source) for one in ends]
        nodes = [*_talker(link), *(node for part, _ in around for node in part)]
        chosen.add(nodes, [link, *(edge for _, part in around for edge in part)])
    for call in sorted(calls.values(), key=lambda one: (-one.rank, one.order)):
        if call.goes or call.rank >= _LEVELS.index("medium"):
            chosen.add(*_surroundings(call, carried))
    return _graph(chosen, calls, links, spelled(title), spelled(request))


class _Call:
    """One action as a node, with what it reads and where it goes."""

    def __init__(self, row: Mapping[str, Any], focus: str | None) -> None:
        self.key: str = row["action_id"]
        self.order = (row.get("position") or 0, row.get("seq") or 0)
        operation, level = row.get("operation") or "other", row.get("level") or "none"
        self.rank = _LEVELS.index(level) if level in _LEVELS else 0
        self.reads = operation in _READS
        self.place = row.get("target") or row.get("destination") or ""
        self.reach = row.get("destination_class") or "none"
        self.destination = row.get("destination") or ""
        self.goes = bool(self.destination) and not self.reads and self.reach != "none"
        self.operation = spelled(operation, 20)
        self.node = Node(
            self.key,
            "action",
            spelled(row.get("tool") or "unnamed tool"),
            _said(self.operation, level, row.get("risk")),
            level,
            row.get("seq"),
            focus == self.key,
            self.order,
        )


def _said(operation: str, level: str, risk: float | None) -> str:
    if level in {"none", "unscorable"} or risk is None:
        return operation if level != "unscorable" else f"{operation} · unscorable"
    return f"{operation} · {level} {risk:.2f}"


def _links(flows: pl.DataFrame, calls: Mapping[str, _Call]) -> Iterator[Edge]:
    """One edge per pair of ends, the most telling flow in front."""
    found: dict[tuple[str, str], list[Edge]] = {}
    for row in flows.iter_rows(named=True):
        source = row["origin_action_id"] or f"talker:{row['origin']}"
        known = source in calls or row["origin"] in _TALKERS
        if row["action_id"] in calls and known and source != row["action_id"]:
            found.setdefault((source, row["action_id"]), []).append(_link(source, row))
    for (source, target), edges in found.items():
        best = max(edges, key=lambda one: one.weight)
        strength = max(one.strength for one in edges)
        yield replace(best, source=source, target=target, strength=strength, count=len(edges))


def _link(source: str, row: Mapping[str, Any]) -> Edge:
    sensitivity = row["sensitivity"] if row["sensitivity"] in SENSITIVITIES else "none"
    how = spelled(row["how"] or "exact", 40)
    strength = min(max(row["strength"] or 0.0, 0.0), 1.0)
    return Edge(source, row["action_id"], f"{how} {strength:.0%}", sensitivity, strength, how)


def _carried(links: Iterable[Edge]) -> dict[str, str]:
    """The worst sensitivity of what flows into each call."""
    worst: dict[str, str] = {}
    for one in links:
        worst[one.target] = max(worst.get(one.target, "none"), one.sensitivity, key=SENSITIVITIES.index)
    return worst


def _interest(link: Edge, calls: Mapping[str, _Call], focus: str | None) -> tuple[Any, ...]:
    target = calls[link.target]
    touches = focus in (link.source, link.target)
    return touches, link.weight[:2], target.reach in _OUTSIDE, target.rank, link.strength, _later(target)


def _later(call: _Call) -> tuple[int, int]:
    return -call.order[0], -call.order[1]


def _talker(link: Edge) -> Iterator[Node]:
    name = link.source.removeprefix("talker:")
    if link.source.startswith("talker:") and name in _TALKERS:
        kind, title = _TALKERS[name]
        yield Node(link.source, kind, title)


def _surroundings(
    call: _Call, carried: Mapping[str, str], *, reads: bool = False
) -> tuple[list[Node], list[Edge]]:
    """A call with its destination and, where its result was used or it is asked about, what it read."""
    nodes, edges = [call.node], list[Edge]()
    if call.place and call.reads and (reads or call.node.focus):
        key = f"resource:{call.place}"
        nodes.append(Node(key, "resource", spelled(call.place), _where(call.reach), call.reach))
        edges.append(Edge(key, call.key, call.operation))
    if call.goes or (call.destination and call.reach in _OUTSIDE and call.key in carried):
        key = f"destination:{call.reach}:{call.destination}"
        nodes.append(Node(key, "destination", spelled(call.destination), _where(call.reach), call.reach))
        edges.append(Edge(call.key, key, call.operation, carried.get(call.key, "none")))
    return nodes, edges


def _where(reach: str) -> str:
    return "" if reach == "none" else spelled(reach, 20)


def _graph(chosen: _Chosen, calls: Mapping[str, _Call], links: list[Edge], title: str, request: str) -> Graph:
    left = [one for one in links if one not in chosen.edges]
    drawn = sum(one.kind == "action" for one in chosen.nodes.values())
    return Graph(
        title=title,
        request=request,
        nodes=tuple(chosen.nodes.values()),
        edges=tuple(chosen.edges),
        calls=len(calls),
        flows=sum(one.count for one in links),
        left_calls=len(calls) - drawn,
        left_flows=sum(one.count for one in left),
        left_worst=max((one.sensitivity for one in left), key=SENSITIVITIES.index, default="none"),
    )
