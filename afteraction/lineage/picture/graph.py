"""The flow graph of one session from the public tables: origins, calls and destinations, bounded honestly.

Chains tie it to other sessions: a `writer` left something that this one read, a `reader` took what it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import polars as pl

from afteraction.lineage.picture.words import spelled
from afteraction.records.finding import SENSITIVITIES

Kind = Literal["person", "system", "model", "resource", "writer", "action", "destination", "reader"]
#: Nodes of one picture; what does not fit is counted, not drawn.
MOST_NODES: Final = 40
_MOST_CHAINS: Final = 8
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
    `chain` marks what leads from or to another session.
    """

    source: str
    target: str
    label: str
    sensitivity: str = "none"
    strength: float = 0.0
    how: str = ""
    count: int = 1
    chain: bool = False

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
    left_chains: int = 0

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
    chains: pl.DataFrame | None = None,
    *,
    focus: str | None = None,
    title: str = "",
    request: str = "",
    most: int = MOST_NODES,
) -> Graph:
    """The graph of one session's `actions` (with `level` and `risk` where they are known) and `flows`.

    `chains` are those that the session's actions write or read. The action `focus` comes first, then other
    sessions, then what is sensitive, hidden, risky; at most `most` nodes in all.
    """
    calls = {row["action_id"]: _Call(row, focus) for row in actions.iter_rows(named=True)}
    links = list(_links(flows, calls))
    carried = _carried(links)
    chosen = _Chosen(most)
    if focus in calls:
        chosen.add(*_surroundings(calls[str(focus)], carried))
    tied = list(_chained(chains, calls))
    for node, edge in tied[:_MOST_CHAINS]:
        chosen.add([node, calls[edge.source if edge.source in calls else edge.target].node], [edge])
    for link in sorted(links, key=lambda one: _interest(one, calls, focus), reverse=True):
        ends = [calls[key] for key in (link.source, link.target) if key in calls]
        around = [_surroundings(one, carried, reads=one.key == link.source) for one in ends]
        nodes = [*_talker(link), *(node for part, _ in around for node in part)]
        chosen.add(nodes, [link, *(edge for _, part in around for edge in part)])
    for call in sorted(calls.values(), key=lambda one: (-one.rank, one.order)):
        if call.goes or call.rank >= _LEVELS.index("medium"):
            chosen.add(*_surroundings(call, carried))
    found = _graph(chosen, calls, links, spelled(title), spelled(request))
    return replace(found, left_chains=len(tied) - sum(edge.chain for edge in found.edges))


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


def _chained(chains: pl.DataFrame | None, calls: Mapping[str, _Call]) -> Iterator[tuple[Node, Edge]]:
    """What other sessions left here or took from here, the most telling first."""
    rows = [] if chains is None else chains.to_dicts()
    ties = [tie for row in rows for tie in (_left(row, calls), _taken(row, calls)) if tie is not None]
    found = {(edge.source, edge.target): (node, edge) for node, edge in sorted(ties, key=_tie_weight)}
    yield from list(found.values())[::-1]


def _tie_weight(tie: tuple[Node, Edge]) -> tuple[Any, ...]:
    _, edge = tie
    return edge.weight, edge.source, edge.target


def _left(row: Mapping[str, Any], calls: Mapping[str, _Call]) -> tuple[Node, Edge] | None:
    if row["read_action_id"] not in calls or row["written_action_id"] in calls:
        return None
    source = f", had it from {spelled(row['origin_place'], 80)}" if row["origin_place"] else ""
    node = _session(
        row["writer_session_key"], row["writer_agent_id"], "writer", f"left {row['place']}{source}"
    )
    return node, _tie(row, node.key, row["read_action_id"])


def _taken(row: Mapping[str, Any], calls: Mapping[str, _Call]) -> tuple[Node, Edge] | None:
    if row["written_action_id"] not in calls or row["read_action_id"] in calls:
        return None
    further = f", took it to {spelled(row['destination'], 80)}" if row["destination"] else ""
    node = _session(row["session_key"], row["agent_id"], "reader", f"read {row['place']}{further}")
    return node, _tie(row, row["written_action_id"], node.key)


def _session(key: str, agent: str | None, kind: Kind, detail: str) -> Node:
    title = f"another session of {spelled(agent, 80)}" if agent else "another session"
    return Node(f"{kind}:{key}", kind, title, spelled(detail))


def _tie(row: Mapping[str, Any], source: str, target: str) -> Edge:
    told = str(row["how"] or "").partition(">")[0]
    return replace(_link(source, {**row, "action_id": target, "how": told}), chain=True)


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
