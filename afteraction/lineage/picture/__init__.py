"""Draws the flow graph of a session: what was read on the left, calls between, where it went on the right.

`graph_of` makes the graph of rows of the public tables (`session_graph` asks for them), `svg` draws it,
`page` puts the drawing and its flows as text into one HTML file, `paths` tells it as lines. Nothing here
reads files or knows of screens.
"""

from __future__ import annotations

from afteraction.lineage.picture.drawing import svg
from afteraction.lineage.picture.graph import Edge, Graph, Node, graph_of
from afteraction.lineage.picture.page import page
from afteraction.lineage.picture.session import riskiest_graph, session_graph
from afteraction.lineage.picture.telling import Path, paths

__all__ = [
    "Edge",
    "Graph",
    "Node",
    "Path",
    "graph_of",
    "page",
    "paths",
    "riskiest_graph",
    "session_graph",
    "svg",
]
