"""Checks of a parsed document's shape: each error names the field, what was found and what was expected."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ShapeError(ValueError):
    """A field is missing, unknown or of the wrong type; the message holds names and types, no content."""


def members(value: object, where: str, needed: set[str], optional: set[str] | None = None) -> dict[str, Any]:
    """`value` as an object with exactly these fields."""
    if not isinstance(value, dict):
        raise ShapeError(f"{where}: found {_kind(value)}, expected an object")
    if lacking := needed - value.keys():
        raise ShapeError(f"{where}: the field {min(lacking)!r} is missing")
    if value.keys() - needed - (optional or set()):
        raise ShapeError(f"{where}: found an unknown field, expected {', '.join(sorted(needed))}")
    return value


def items(value: object, where: str) -> list[Any]:
    """`value` as an array."""
    if not isinstance(value, list):
        raise ShapeError(f"{where}: found {_kind(value)}, expected an array")
    return value


def text(value: object, where: str, limit: int = 2000) -> str:
    """`value` as text of at most `limit` characters, not empty."""
    if not isinstance(value, str):
        raise ShapeError(f"{where}: found {_kind(value)}, expected text")
    if not 0 < len(value) <= limit:
        raise ShapeError(f"{where}: found {len(value)} characters, expected 1 to {limit}")
    return value


def integer(value: object, where: str, low: int, high: int) -> int:
    """`value` as an integer from `low` to `high`; true, false and 1.0 are none."""
    if type(value) is not int:
        raise ShapeError(f"{where}: found {_kind(value)}, expected an integer")
    if not low <= value <= high:
        raise ShapeError(f"{where}: found {value}, expected {low} to {high}")
    return value


def numbers(value: object, where: str, *, rising: bool = False) -> list[float]:
    """`value` as an array of finite numbers, optionally strictly rising."""
    found: list[float] = []
    for item in items(value, where):
        if isinstance(item, bool) or not isinstance(item, (int, float)) or item - item != 0:
            raise ShapeError(f"{where}: found {_kind(item)}, expected a finite number")
        if rising and found and not found[-1] < item:
            raise ShapeError(f"{where}: found {item} after {found[-1]}, expected strictly rising numbers")
        found.append(float(item))
    return found


def _kind(value: object) -> str:
    names = {"NoneType": "null", "bool": "a boolean", "int": "an integer", "float": "a number"}
    names.update({"str": "text", "list": "an array", "dict": "an object"})
    return names.get(type(value).__name__, type(value).__name__)
