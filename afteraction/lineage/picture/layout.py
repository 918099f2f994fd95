"""Places a graph: columns from origins to destinations, few crossings, one port per edge, no overlaps.

Layered drawing after Sugiyama, Tagawa and Toda (1981): longest-path columns, dummy places for edges that
pass a column, barycentre sweeps for the order, then heights pulled towards neighbours. A label stands at its
edge's own port, left of its target, so that no two labels can overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from afteraction.lineage.picture.graph import Edge, Graph, Node
from afteraction.lineage.picture.words import cut, lines, short, width

#: Sizes in pixels; a picture is `WIDTH` wide whatever it holds.
WIDTH: Final = 1000.0
MARGIN: Final = 20.0
TITLE_SIZE: Final = 12.5
DETAIL_SIZE: Final = 10.5
LABEL_SIZE: Final = 10.5
_LINE: Final = 15.0
_SPACING: Final = 16.0
_NODE_WIDTH: Final = {1: 300.0, 2: 260.0, 3: 214.0, 4: 156.0, 5: 124.0}
_BOLD: Final = 1.08
_PAD: Final = 6.0
_ARROW: Final = 11.0
_LEAST_CURVE: Final = {4: 20.0, 5: 12.0}
_TURN: Final = 7.0
#: What a box leaves free at its lower left for each edge that goes round to the same column.
_STRIP: Final = 9.0
_CALL_COLUMNS: Final = 3
_SWEEPS: Final = 12


@dataclass(eq=False)
class Box:
    """A node (or the place where an edge passes a column) with its top left corner and its size."""

    node: Node | None
    column: int
    height: float
    title: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    x: float = 0.0
    y: float = 0.0
    wide: float = 0.0
    strip: float = 0.0
    ins: list[Route] = field(default_factory=list, repr=False)
    outs: list[Route] = field(default_factory=list, repr=False)

    @property
    def middle(self) -> float:
        """The height of its centre."""
        return self.y + self.height / 2


@dataclass(eq=False)
class Route:
    """An edge with the boxes it goes through; `label` stands at `label_at`, its left end and middle."""

    edge: Edge
    boxes: list[Box] = field(repr=False)
    label: tuple[str, ...] = ()
    points: list[tuple[float, float]] = field(default_factory=list)
    label_at: tuple[float, float] = (0.0, 0.0)
    label_wide: float = 0.0
    inside: bool = False

    @property
    def label_high(self) -> float:
        """The height of its label."""
        return len(self.label) * 12.5 + 3.0


@dataclass(frozen=True)
class Placed:
    """Everything with its place; `height` is that of the drawing without its headings."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    height: float
    columns: int


def place(graph: Graph) -> Placed:
    """The boxes and routes of a graph."""
    columns = _columns(graph)
    count = max(columns.values(), default=0) + 1
    wide = _NODE_WIDTH.get(count, _NODE_WIDTH[5])
    gap = (WIDTH - 2 * MARGIN - count * wide) / max(count - 1, 1)
    boxes = {one.key: _box(one, columns[one.key], wide) for one in graph.nodes}
    room = gap - _ARROW - _LEAST_CURVE.get(count, 24.0)
    routes = [_route(one, boxes, room) for one in graph.edges]
    everything = [*boxes.values(), *(box for route in routes for box in route.boxes[1:-1])]
    ranks = [[box for box in everything if box.column == column] for column in range(count)]
    for route in routes:
        _linked(route)
    for box in everything:
        _size(box)
    _order(ranks)
    _heights(ranks)
    for column, rank in enumerate(ranks):
        for box in rank:
            box.x, box.wide = MARGIN + column * (wide + gap), wide
    for route in routes:
        _trace(route, gap)
    height = max((box.y + box.height for box in everything), default=0.0)
    return Placed(tuple(boxes.values()), tuple(routes), height, count)


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each node: origins, up to three columns of calls, destinations; none of them empty."""
    calls = [one for one in graph.nodes if one.kind == "action"]
    depth = _depths(calls, graph.edges)
    deepest = max(depth.values(), default=0)
    gives = {one.source for one in graph.edges if one.target in depth}
    found = {}
    for one in graph.nodes:
        if one.kind in {"destination", "reader"}:
            found[one.key] = _CALL_COLUMNS + 1
        elif one.kind != "action":
            found[one.key] = 0
        elif one.key not in gives:
            found[one.key] = 1 + min(deepest, _CALL_COLUMNS - 1)
        else:
            found[one.key] = 1 + min(depth[one.key], _CALL_COLUMNS - 2)
    used = sorted(set(found.values()))
    return {key: used.index(column) for key, column in found.items()}


def _depths(calls: Sequence[Node], edges: Iterable[Edge]) -> dict[str, int]:
    """How many calls stand before each on its longest chain; an edge against the order of calls adds none."""
    depth = {one.key: 0 for one in calls}
    place = {one.key: at for at, one in enumerate(sorted(calls, key=lambda one: one.order))}
    forward = [
        one
        for one in edges
        if one.source in place and one.target in place and place[one.source] < place[one.target]
    ]
    for one in sorted(forward, key=lambda one: place[one.target]):
        depth[one.target] = max(depth[one.target], depth[one.source] + 1)
    return depth


def _box(node: Node, column: int, wide: float) -> Box:
    room = wide - indent(node) - 8
    title = tuple(lines(short(node.title), TITLE_SIZE * _BOLD, room, 2 if node.kind == "action" else 3))
    details = tuple(_details(node, room))
    return Box(node, column, 18 + _LINE * (len(title) + len(details)), title, details)


def indent(node: Node) -> float:
    """Where the words of a node begin: beside a call's bar, or beside an icon."""
    return 15.0 if node.kind == "action" else 29.0


def _details(node: Node, room: float) -> Iterator[str]:
    """The call's number and what else is said of it, on two lines where one is too short."""
    first, between, second = node.detail.partition(" · ")
    number = [f"#{node.number}"] if node.number is not None else []
    whole = " ".join([*number, node.detail]).strip()
    if node.kind in {"writer", "reader"}:
        yield from lines(short(whole), DETAIL_SIZE, room, 3)
        return
    if width(whole, DETAIL_SIZE) <= room or not between:
        yield from [cut(whole, DETAIL_SIZE, room)] if whole else []
        return
    yield cut(" ".join([*number, first]), DETAIL_SIZE, room)
    yield cut(second, DETAIL_SIZE, room)


def _route(edge: Edge, boxes: Mapping[str, Box], room: float) -> Route:
    """The route of an edge, with a place in every column that it passes."""
    source, target = boxes[edge.source], boxes[edge.target]
    between = [Box(None, column, 10.0) for column in range(source.column + 1, target.column)]
    route = Route(edge, [source, *between, target], inside=source.column >= target.column)
    route.label = _label(edge, room - _PAD)
    route.label_wide = max((width(line, LABEL_SIZE) for line in route.label), default=0.0) + _PAD
    return route


def _label(edge: Edge, room: float) -> tuple[str, ...]:
    """How, strength, count and sensitivity, on as few lines as there is room for."""
    words = edge.told.replace(">", "> ").split(" ")
    found = [""]
    for word in [*words, *([edge.sensitivity] if edge.sensitivity != "none" else [])]:
        longer = f"{found[-1]}{'' if found[-1].endswith('>') else ' '}{word}".strip()
        if width(longer, LABEL_SIZE) <= room:
            found[-1] = longer
        else:
            found.append(word)
    return tuple(cut(one, LABEL_SIZE, room) for one in found if one)


def _linked(route: Route) -> None:
    for one, other in zip(route.boxes, route.boxes[1:], strict=False):
        one.outs.append(route)
        other.ins.append(route)


def _size(box: Box) -> None:
    """As high as its text, its incoming labels and its outgoing lines ask for."""
    if box.node is not None:
        box.strip = _STRIP * sum(one.inside for one in box.outs)
        ports = sum(one.label_high + 3 for one in box.ins) + 8 + box.strip
        box.height = max(box.height, ports, len(box.outs) * 8 + 8)


def _next(box: Box, route: Route) -> Box:
    return route.boxes[route.boxes.index(box) + 1]


def _before(box: Box, route: Route) -> Box:
    return route.boxes[route.boxes.index(box) - 1]


def _order(ranks: list[list[Box]]) -> None:
    """Few crossings: sweeps by the mean place of neighbours, from the order of calls; the best one stays."""
    for rank in ranks:
        rank.sort(key=_first)
    best, least = [list(rank) for rank in ranks], _crossings(ranks)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for rank in ranks if forward else ranks[::-1]:
            place = {id(box): at for every in ranks for at, box in enumerate(every)}
            rank.sort(key=lambda box: _mean_place(box, place, forward=forward))
        crossed = _crossings(ranks)
        if crossed < least:
            best, least = [list(rank) for rank in ranks], crossed
    for rank, order in zip(ranks, best, strict=True):
        rank[:] = order


def _first(box: Box) -> tuple[int, int]:
    """The earliest call that a box is, or that it belongs to."""
    if box.node is not None and box.node.kind == "action":
        return box.node.order
    ends = [end for route in (*box.ins, *box.outs) for end in (route.boxes[0], route.boxes[-1])]
    orders = [end.node.order for end in ends if end.node is not None and end.node.kind == "action"]
    return min(orders, default=(0, 0))


def _mean_place(box: Box, place: Mapping[int, int], *, forward: bool) -> float:
    near = [_before(box, one) for one in box.ins] if forward else [_next(box, one) for one in box.outs]
    near = [one for one in near if one.column != box.column]
    return sum(place[id(one)] for one in near) / len(near) if near else float(place[id(box)])


def _crossings(ranks: list[list[Box]]) -> int:
    place = {id(box): at for rank in ranks for at, box in enumerate(rank)}
    crossed = 0
    for rank in ranks:
        steps = [
            (place[id(box)], place[id(_next(box, one))])
            for box in rank
            for one in box.outs
            if _next(box, one).column == box.column + 1
        ]
        crossed += sum(
            (a < c and b > d) or (a > c and b < d)
            for at, (a, b) in enumerate(steps)
            for c, d in steps[at + 1 :]
        )
    return crossed


def _heights(ranks: list[list[Box]]) -> None:
    """Stack each column, then pull boxes towards the mean height of their neighbours, order kept."""
    for rank in ranks:
        y = 0.0
        for box in rank:
            box.y, y = y, y + box.height + _SPACING
    for sweep in range(_SWEEPS):
        for rank in ranks if sweep % 2 == 0 else ranks[::-1]:
            _settle(rank, [_wanted(box, back=sweep % 2 == 0, both=sweep >= _SWEEPS - 3) for box in rank])
    top = min((box.y for rank in ranks for box in rank), default=0.0)
    for rank in ranks:
        for box in rank:
            box.y -= top


def _wanted(box: Box, *, back: bool, both: bool) -> float:
    """The height at which a box would stand level with its neighbours."""
    near = [_before(box, one) for one in box.ins] if back or both else []
    near += [_next(box, one) for one in box.outs] if not back or both else []
    near = [one for one in near if one.column != box.column]
    return sum(one.middle for one in near) / len(near) - box.height / 2 if near else box.y


def _settle(rank: Sequence[Box], wanted: Sequence[float]) -> None:
    """The heights nearest to those wanted without overlaps: pooled neighbours move as one block."""
    blocks: list[tuple[float, float, int]] = []  # (sum of wanted tops, offset of the end, boxes)
    offsets, total = [], 0.0
    for box in rank:
        offsets.append(total)
        total += box.height + _SPACING
    for top, offset in zip(wanted, offsets, strict=True):
        blocks.append((top - offset, 0.0, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][2] >= blocks[-1][0] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = (blocks[-1][0] + last[0], 0.0, blocks[-1][2] + last[2])
    tops = [block[0] / block[2] for block in blocks for _ in range(block[2])]
    for box, top, offset in zip(rank, tops, offsets, strict=True):
        box.y = top + offset


def _trace(route: Route, gap: float) -> None:
    """The points of a route, from its port at the source to its port at the target, and its label's place."""
    source, target = route.boxes[0], route.boxes[-1]
    arrives = target.x, _port_in(target, route)
    route.label_at = arrives[0] - _ARROW - route.label_wide, arrives[1]
    before = max(arrives[0] - _ARROW - route.label_wide - 2, arrives[0] - gap + 10)
    if route.inside:
        lane = [one for one in source.outs if one.inside].index(route)
        left, low = source.x, source.y + source.height - 6 - lane * _STRIP
        turn = left - gap + _TURN + 4 * (lane % 3)
        route.points = [(left, low), (turn, low), (turn, arrives[1]), (before, arrives[1]), arrives]
        return
    leaves = source.x + source.wide, _port_out(source, route)
    passes = [
        point for box in route.boxes[1:-1] for point in ((box.x, box.middle), (box.x + box.wide, box.middle))
    ]
    route.points = [leaves, *passes, (before, arrives[1]), arrives]


def _port_in(box: Box, route: Route) -> float:
    """Where an edge arrives: a box's ports stand in the order of where their edges come from."""
    order = sorted(box.ins, key=lambda one: (_before(box, one).middle, one.edge.source))
    whole = sum(one.label_high + 3 for one in order)
    y = box.middle - (whole + box.strip) / 2
    for one in order:
        if one is route:
            return y + (one.label_high + 3) / 2
        y += one.label_high + 3
    return box.middle


def _port_out(box: Box, route: Route) -> float:
    order = sorted(
        (one for one in box.outs if not one.inside),
        key=lambda one: (_next(box, one).middle, one.edge.target),
    )
    step = min(10.0, (box.height - 8) / max(len(order), 1))
    return box.middle + (order.index(route) - (len(order) - 1) / 2) * step
