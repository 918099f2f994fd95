"""Golden rows: rows that reach every bin of every feature, with the points that each must score."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from afteraction_hook.scorecard import Scorecard

MOST = 256


def golden_rows(scorecard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows `{"row", "points"}` for a scorecard; the same scorecard always gives the same rows.

    Row i takes the i-th value of every feature in turn, so that each bin, edge, listed and unlisted
    category and missing value is met within the first 256 values of a feature.
    """
    ready = Scorecard(dict(scorecard))
    values = {feature["name"]: _values(feature) for feature in scorecard["features"]}
    count = min(MOST, max([1, *map(len, values.values())]))
    rows: list[dict[str, Any]] = []
    for index in range(count):
        row = {
            name: known[(index + shift) % len(known)] for shift, (name, known) in enumerate(values.items())
        }
        rows.append({"row": row, "points": ready.points(row)})
    return rows


def _values(feature: Mapping[str, Any]) -> list[Any]:
    if feature["kind"] == "category":
        return [None, "\u2205 not listed", *sorted(feature["points"])]
    edges = [float(edge) for edge in feature["edges"]]
    if not edges:
        return [None, 0.0]
    between = [left + (right - left) / 2 for left, right in pairwise(edges)]
    return [None, edges[0] - 1, *edges, *between, edges[-1] + 1]
