"""Draws a placed graph as SVG (1.1, no scripts, no external references), for light and dark surroundings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from afteraction.lineage.picture import layout
from afteraction.lineage.picture.graph import Graph, Node
from afteraction.lineage.picture.layout import Box, Placed, Route
from afteraction.lineage.picture.words import cut, width, xml

_HEAD: Final = 62.0
_HEADINGS: Final = 26.0
_FOOT: Final = 46.0
_SENSITIVITIES: Final = ("secret", "personal", "internal", "none")
#: Colours by role: (in the light, in the dark).
_COLOURS: Final = {
    "paper": ("#ffffff", "#15181d"),
    "card": ("#ffffff", "#1e232b"),
    "tint": ("#f3f5f8", "#232a34"),
    "rule": ("#d5dbe3", "#3a4452"),
    "ink": ("#1b2430", "#e8ecf2"),
    "soft": ("#5c6877", "#9fabba"),
    "accent": ("#3b5bdb", "#8ea6ff"),
    "secret": ("#c5221f", "#ff7b72"),
    "personal": ("#b45309", "#f0a33f"),
    "internal": ("#1d6fa5", "#64b5f6"),
    "none": ("#7b8794", "#8a96a5"),
    "low": ("#4c8fc4", "#64a8de"),
    "medium": ("#d9a400", "#e3b83d"),
    "high": ("#e0701a", "#f08a4b"),
    "critical": ("#c5221f", "#ff6b62"),
    "unscorable": ("#8a5cc2", "#b793e6"),
    "unknown": ("#c5221f", "#ff7b72"),
    "public": ("#e0701a", "#f08a4b"),
    "partner": ("#b45309", "#f0a33f"),
    "local": ("#5c6877", "#9fabba"),
}
_FONT: Final = "Inter,'Segoe UI','Helvetica Neue',Arial,'Liberation Sans',sans-serif"
#: Icons in a square of 14 pixels.
_ICONS: Final = {
    "person": "M7 1.2a2.9 2.9 0 1 1 0 5.8a2.9 2.9 0 0 1 0-5.8M1.6 13c.3-3 2.4-4.7 5.4-4.7s5.1 1.7 5.4 4.7z",
    "system": "M1.5 2.5h11v9h-11zM3.6 5.2l2.2 1.8l-2.2 1.8M7.2 9.2h3.2",
    "model": "M7 1l1.5 4.5L13 7L8.5 8.5L7 13L5.5 8.5L1 7l4.5-1.5z",
    "resource": "M3 1.5h5.5l3 3v8h-8.5zM8.3 1.7v3h3M5 7.3h4.5M5 9.7h4.5",
    "destination": "M7 13c-2.6-3.1-4.3-5.2-4.3-7.5a4.3 4.3 0 0 1 8.6 0c0 2.3-1.7 "
    "4.4-4.3 7.5zM7 4a1.5 1.5 0 1 1 0 3a1.5 1.5 0 0 1 0-3",
    "writer": "M1.8 3h7v6h-7zM5.2 9v2.5h7v-6h-3.4",
}
_ICONS["reader"] = _ICONS["writer"]
_FILLED: Final = frozenset({"person", "model"})
_HEADING: Final = {"origin": "READ FROM", "action": "CALLS", "destination": "WENT TO", "reader": "WENT TO"}


def svg(graph: Graph) -> str:
    """The picture as one SVG element of 1,000 pixels width; what others wrote is escaped text in it."""
    placed = layout.place(graph)
    height = _HEAD + _HEADINGS + placed.height + _FOOT
    body = "\n".join(
        [
            *_head(graph),
            *_headings(placed),
            f'<g transform="translate(0 {_HEAD + _HEADINGS:.0f})">',
            *(line for route in _painted(placed) for line in _line(route)),
            *(line for route in _painted(placed) for line in _label(route)),
            *(line for number, box in enumerate(placed.boxes) for line in _node(number, box)),
            "</g>",
            *_foot(graph, placed, height),
        ]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fg" viewBox="0 0 {layout.WIDTH:.0f} {height:.0f}" '
        f'width="{layout.WIDTH:.0f}" height="{height:.0f}" role="img" aria-labelledby="fg-title fg-desc">\n'
        f'<title id="fg-title">{xml(_title(graph))}</title>\n'
        f'<desc id="fg-desc">{xml(_described(graph))}</desc>\n'
        f"<style>{_style()}</style>\n"
        f'<rect class="paper" width="100%" height="100%" rx="10"/>\n{body}\n</svg>\n'
    )


def _title(graph: Graph) -> str:
    return f"Flow graph of {graph.title}" if graph.title else "Flow graph"


def _described(graph: Graph) -> str:
    return (
        f"{_counted(graph.calls, 'call')} and {_counted(graph.flows, 'flow')}: what was read on the left, "
        "calls in the middle, where it went on the right."
    )


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _style() -> str:
    """Classes with their colours, and the same again for dark surroundings."""
    light, dark = (_rules(number) for number in (0, 1))
    fixed = (
        f".fg text{{font-family:{_FONT};unicode-bidi:isolate;direction:ltr}}"
        f".fg .t{{font-size:{layout.TITLE_SIZE}px;font-weight:600}}"
        f".fg .d{{font-size:{layout.DETAIL_SIZE}px}}"
        f".fg .l{{font-size:{layout.LABEL_SIZE}px;font-weight:500}}"
        ".fg .h{font-size:10px;font-weight:700;letter-spacing:.09em}"
        ".fg .H{font-size:15px;font-weight:700}.fg .q{font-size:12px}"
        ".fg .e{fill:none;stroke-linecap:round;stroke-linejoin:round}.fg .c{stroke-width:1}"
        ".fg .focus{stroke-width:2.5}"
    )
    return f"{fixed}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _rules(number: int) -> str:
    of = {name: pair[number] for name, pair in _COLOURS.items()}
    plain = (
        f".fg .paper{{fill:{of['paper']};stroke:{of['rule']}}}"
        f".fg .c{{fill:{of['card']};stroke:{of['rule']}}}.fg .c.tint{{fill:{of['tint']}}}"
        f".fg .t,.fg .H{{fill:{of['ink']}}}.fg .d,.fg .h,.fg .q{{fill:{of['soft']}}}"
        f".fg .pill{{fill:{of['paper']};fill-opacity:.94}}"
        f".fg .c.focus{{stroke:{of['accent']}}}"
    )
    toned = "".join(
        f".fg .s-{name}{{stroke:{colour}}}.fg .f-{name}{{fill:{colour}}}"
        for name, colour in of.items()
        if name not in {"paper", "card", "tint", "rule", "ink"}
    )
    return plain + toned


def _head(graph: Graph) -> Iterator[str]:
    room = layout.WIDTH - 2 * layout.MARGIN
    asked = f"Asked: {graph.request}" if graph.request else _described(graph)
    yield _text("H", layout.MARGIN, 30, cut(_title(graph), 15, room))
    yield _text("q", layout.MARGIN, 50, cut(asked, 12, room))


def _headings(placed: Placed) -> Iterator[str]:
    """What the columns hold; columns of calls share one heading."""
    seen = set()
    for box in sorted(placed.boxes, key=lambda one: one.x):
        kind = box.node.kind if box.node else ""
        name = _HEADING.get(kind, _HEADING["origin"])
        if name not in seen:
            seen.add(name)
            yield _text("h", box.x, _HEAD + 12, name)


def _painted(placed: Placed) -> list[Route]:
    """Routes with the most sensitive on top."""
    return sorted(placed.routes, key=lambda one: -_SENSITIVITIES.index(one.edge.sensitivity))


def _line(route: Route) -> Iterator[str]:
    tone, edge = route.edge.sensitivity, route.edge
    thick = 1.2 + 2.2 * edge.strength if edge.how else 1.4
    dotted = "7 4" if edge.chain else "1 4" if not edge.how and tone == "none" else ""
    dashes = f' stroke-dasharray="{dotted}"' if dotted else ""
    x, y = route.points[-1]
    tip = f"M{x - 8:.1f} {y - 4.5:.1f}L{x - 0.5:.1f} {y:.1f}L{x - 8:.1f} {y + 4.5:.1f}z"
    yield f'<path class="e s-{tone}" d="{_path(route)}" stroke-width="{thick:.1f}"{dashes}/>'
    yield f'<path class="f-{tone}" d="{tip}"/>'


def _path(route: Route) -> str:
    """Level at both ends of each step, in between an S; a step within one column goes round its left side."""
    points = [*route.points[:-1], (route.points[-1][0] - 6, route.points[-1][1])]
    first, *rest = points
    if route.inside:
        return _around(points)
    steps = [f"M{first[0]:.1f} {first[1]:.1f}"]
    x, y = first
    for to_x, to_y in rest:
        half = (to_x - x) / 2
        steps.append(
            f"H{to_x:.1f}"
            if abs(to_y - y) < 0.5
            else f"C{x + half:.1f} {y:.1f} {to_x - half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return "".join(steps)


def _around(points: list[tuple[float, float]]) -> str:
    """Left, down (or up) and right again, with round corners."""
    (x, y), (turn, _), (_, to_y), *_, (end, _) = points
    round_ = min(6.0, abs(to_y - y) / 2)
    down = round_ if to_y > y else -round_
    return (
        f"M{x:.1f} {y:.1f}H{turn + round_:.1f}q{-round_:.1f} 0 {-round_:.1f} {down:.1f}"
        f"V{to_y - down:.1f}q0 {down:.1f} {round_:.1f} {down:.1f}H{end:.1f}"
    )


def _label(route: Route) -> Iterator[str]:
    x, y = route.label_at
    high = route.label_high - 3
    yield (
        f'<rect class="pill" x="{x:.1f}" y="{y - high / 2:.1f}" width="{route.label_wide:.1f}" '
        f'height="{high:.1f}" rx="4"/>'
    )
    middle = x + route.label_wide / 2
    for number, line in enumerate(route.label):
        at = y + (number - (len(route.label) - 1) / 2) * 12.5 + 3.6
        yield (
            f'<text class="l f-{route.edge.sensitivity}" x="{middle:.1f}" y="{at:.1f}" '
            f'text-anchor="middle">{xml(line)}</text>'
        )


def _node(number: int, box: Box) -> Iterator[str]:
    node = box.node
    if node is None:
        return
    call = node.kind == "action"
    classes = "c focus" if node.focus else "c" if call else "c tint"
    tone = node.tone if node.tone in _COLOURS else "none"
    edge = f" s-{tone}" if node.kind == "destination" and tone in {"unknown", "public"} else ""
    yield f'<g><title>{xml(_told(node))}</title><clipPath id="fg-{number}">'
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.wide:.1f}" height="{box.height:.1f}"'
    yield f"<rect {place}/></clipPath>"
    yield f'<rect class="{classes}{edge}" {place} rx="{7 if call else 12}"/>'
    yield from _mark(node, box, tone)
    yield f'<g clip-path="url(#fg-{number})">'
    yield from _words(box, layout.indent(node))
    yield "</g></g>"


def _told(node: Node) -> str:
    number = "" if node.number is None else f"call {node.number}: "
    return f"{number}{node.title}" + (f" ({node.detail})" if node.detail else "")


def _mark(node: Node, box: Box, tone: str) -> Iterator[str]:
    """A bar in the colour of a call's level; the icon of anything else."""
    if node.kind == "action":
        yield (
            f'<rect class="f-{tone}" x="{box.x + 4:.1f}" y="{box.y + 6:.1f}" width="4" '
            f'height="{box.height - 12:.1f}" rx="2"/>'
        )
        return
    colour = tone if node.kind == "destination" else "soft"
    paint = f"f-{colour}" if node.kind in _FILLED else f"e s-{colour}"
    at = f"translate({box.x + 9:.1f} {box.middle - 7:.1f})"
    yield f'<path class="{paint}" stroke-width="1.2" transform="{at}" d="{_ICONS[node.kind]}"/>'


def _words(box: Box, indent: float) -> Iterator[str]:
    written = [*(("t", line) for line in box.title), *(("d", line) for line in box.details)]
    top = box.middle - (len(written) - 1) * 7.5 + 4
    for number, (kind, line) in enumerate(written):
        yield _text(kind, box.x + indent, top + number * 15, line)


def _foot(graph: Graph, placed: Placed, height: float) -> Iterator[str]:
    """What the colours mean, and what is not drawn."""
    y, x = height - 18, layout.MARGIN
    used = {route.edge.sensitivity for route in placed.routes}
    for name in (one for one in _SENSITIVITIES if one in used):
        yield f'<path class="e s-{name}" stroke-width="2.5" d="M{x:.0f} {y - 4:.0f}h18"/>'
        shown = "not sensitive" if name == "none" else name
        yield _text("d", x + 24, y, shown)
        x += 44 + width(shown, layout.DETAIL_SIZE)
    if any(route.edge.chain for route in placed.routes):
        yield f'<path class="e s-soft" stroke-width="2" stroke-dasharray="7 4" d="M{x:.0f} {y - 4:.0f}h18"/>'
        yield _text("d", x + 24, y, "another session")
        x += 44 + width("another session", layout.DETAIL_SIZE)
    if used:
        yield _text("d", x, y, "thicker: more of the argument explained")
    if left := left_out(graph):
        right = layout.WIDTH - layout.MARGIN
        yield f'<text class="d" x="{right:.0f}" y="{y:.0f}" text-anchor="end">{xml(left)}</text>'


def left_out(graph: Graph) -> str:
    """What the picture does not show, in words; empty when it shows everything."""
    parts = []
    if graph.left_calls:
        parts.append(f"+ {_counted(graph.left_calls, 'more call')}")
    if graph.left_flows:
        worst = "" if graph.left_worst == "none" else f", the worst {graph.left_worst}"
        parts.append(f"+ {_counted(graph.left_flows, 'more flow')}{worst}")
    if graph.left_chains:
        parts.append(f"+ {_counted(graph.left_chains, 'more chain')} to other sessions")
    return " and ".join(parts) + " not drawn" if parts else ""


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{xml(text)}</text>'
