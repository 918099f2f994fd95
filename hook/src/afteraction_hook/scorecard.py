"""The scorecard: integer points from tables, so that every engine that reads it gets the same score."""

from __future__ import annotations

from bisect import bisect_right

from afteraction_hook.shape import ShapeError, integer, items, members, numbers, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LIMIT = 1_000_000
_INF = float("inf")


class Scorecard:
    """A validated scorecard, ready to score rows of features (name to number, text or None).

    A number's bin is `bisect_right(edges, x)`: a value on an edge belongs to the bin right of it. None
    and NaN take `missing`; an unlisted category takes `other`. Points add up.
    """

    __slots__ = ("calibration_edges", "calibration_risk", "categories", "names", "numbers", "reasons")

    def __init__(self, document: object) -> None:
        fields = members(document, "scorecard", {"features", "calibration"})
        self.numbers: list[tuple[str, list[float], list[int], int]] = []
        self.categories: list[tuple[str, dict[str, int], int, int]] = []
        self.reasons: dict[str, str] = {}
        for index, feature in enumerate(items(fields["features"], "scorecard.features")):
            self._add(feature, f"scorecard.features[{index}]")
        self.names = tuple(self.reasons)
        calibration = members(fields["calibration"], "scorecard.calibration", {"edges", "risk"})
        self.calibration_edges = numbers(calibration["edges"], "scorecard.calibration.edges", rising=True)
        self.calibration_risk = _risks(calibration["risk"], len(self.calibration_edges) + 1)

    def _add(self, feature: object, where: str) -> None:
        kind = feature.get("kind") if isinstance(feature, dict) else None
        if kind == "category":
            self._add_category(feature, where)
            return
        if kind != "number":
            raise ShapeError(f"{where}: expected an object with kind 'number' or 'category'")
        fields = members(feature, where, {"name", "kind", "edges", "points", "missing", "reason"})
        edges = numbers(fields["edges"], f"{where}.edges", rising=True)
        points = [_points(p, f"{where}.points") for p in items(fields["points"], f"{where}.points")]
        if len(points) != len(edges) + 1:
            raise ShapeError(f"{where}: found {len(points)} points for {len(edges)} edges, expected one more")
        missing = _points(fields["missing"], f"{where}.missing")
        self.numbers.append((self._name(fields, where), edges, points, missing))

    def _add_category(self, feature: object, where: str) -> None:
        fields = members(feature, where, {"name", "kind", "points", "other", "missing", "reason"})
        if not isinstance(fields["points"], dict):
            raise ShapeError(f"{where}.points: expected an object of integers")
        table = {key: _points(value, f"{where}.points") for key, value in fields["points"].items()}
        other, missing = (_points(fields[key], f"{where}.{key}") for key in ("other", "missing"))
        self.categories.append((self._name(fields, where), table, other, missing))

    def _name(self, fields: dict[str, Any], where: str) -> str:
        name = text(fields["name"], f"{where}.name")
        if name in self.reasons:
            raise ShapeError(f"{where}.name: found {name!r} twice")
        self.reasons[name] = text(fields["reason"], f"{where}.reason")
        return name

    def points(self, row: Mapping[str, Any]) -> int:
        """The integer score of one row."""
        get = row.get
        total = 0
        for name, edges, points, missing in self.numbers:
            value = _number(get(name))
            total += missing if value is None else points[bisect_right(edges, value)]
        for name, table, other, missing in self.categories:
            word = _category(get(name))
            total += missing if word is None else table.get(word, other)
        return total

    def score(self, row: Mapping[str, Any]) -> tuple[int, list[tuple[str, int, Any]]]:
        """The score of one row and what raised it: (feature, points, value), the largest first."""
        get = row.get
        total = 0
        raised: list[tuple[str, int, Any]] = []
        for name, edges, points, missing in self.numbers:
            value = _number(get(name))
            given = missing if value is None else points[bisect_right(edges, value)]
            total += given
            if given > 0:
                raised.append((name, given, value))
        for name, table, other, missing in self.categories:
            word = _category(get(name))
            given = missing if word is None else table.get(word, other)
            total += given
            if given > 0:
                raised.append((name, given, word if word in table else None))
        raised.sort(key=lambda item: -item[1])
        return total, raised

    def sentence(self, name: str, value: object) -> str:
        """The reason's sentence. Only numbers and listed categories are shown, never the agent's text."""
        shown = "not known" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        return self.reasons[name].replace("{value}", shown)

    def risk(self, points: int) -> float:
        """The calibrated risk (0 to 1) of a score."""
        return self.calibration_risk[bisect_right(self.calibration_edges, points)]


def _number(value: Any) -> float | None:
    """`value` as a double; None for NULL, NaN and what is not a number."""
    if type(value) is float:
        return value if value == value else None  # noqa: PLR0124 -- NaN is the only value unlike itself
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return _INF if value > 0 else -_INF
    return None


def _category(value: Any) -> str | None:
    """`value` as the text that a table lists; what is neither text nor a whole number is never listed."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int else "\0"


def _points(value: object, where: str) -> int:
    return integer(value, where, -LIMIT, LIMIT)


def _risks(value: object, expected: int) -> list[float]:
    where = "scorecard.calibration.risk"
    risks = numbers(value, where)
    if len(risks) != expected:
        raise ShapeError(f"{where}: found {len(risks)} values, expected {expected}, one more than edges")
    if any(not 0 <= risk <= 1 for risk in risks) or sorted(risks) != risks:
        raise ShapeError(f"{where}: expected values from 0 to 1 that never fall")
    return risks
