"""The picture as one HTML file, with every drawn flow as text below it; it loads and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from afteraction.lineage.picture.drawing import left_out, svg
from afteraction.lineage.picture.graph import Graph
from afteraction.lineage.picture.words import xml

_STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px; font: 14px/1.5 Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
  background: light-dark(#f3f5f8, #0e1116); color: light-dark(#1b2430, #e8ecf2); }
main { max-width: 1000px; margin: 0 auto; }
svg.fg { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; margin-top: 24px; font-size: 13px; table-layout: fixed; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid light-dark(#d5dbe3, #3a4452);
  overflow-wrap: anywhere; vertical-align: top; }
th { font-size: 11px; letter-spacing: .06em; text-transform: uppercase; }
bdi { unicode-bidi: isolate; }
"""


def page(graph: Graph) -> str:
    """A whole HTML document."""
    rows = "\n".join(_rows(graph))
    left = left_out(graph)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{xml(graph.title or "Flow graph")}</title>
<style>{_STYLE}</style>
</head>
<body><main>
{svg(graph)}
<table>
<thead><tr><th>from</th><th>to</th><th>how</th><th>sensitivity</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{f"<p>{xml(left)}</p>" if left else ""}
</main></body>
</html>
"""


def _rows(graph: Graph) -> Iterator[str]:
    named = {
        one.key: one.title if one.number is None else f"call {one.number}: {one.title}" for one in graph.nodes
    }
    for edge in sorted(graph.edges, key=lambda one: one.weight, reverse=True):
        cells = (named[edge.source], named[edge.target], edge.told, edge.sensitivity)
        yield "<tr>" + "".join(f"<td><bdi>{xml(cell)}</bdi></td>" for cell in cells) + "</tr>"
