"""The leaf values of a tool call's arguments, each with its JSON pointer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

#: Bounds that keep one odd call from costing a session.
MAX_LEAVES: Final = 400
MAX_DEPTH: Final = 32

_NESTED: Final = frozenset((dict, list))

_decode = msgspec.json.Decoder().decode


def parsed(args: str | None) -> Any:
    """`args` as JSON, or the text itself where it is not JSON; `None` where the log holds no arguments."""
    if args is None:
        return None
    if args[:1] in ("{", "[", '"') or args[:1].isspace():
        try:
            return _decode(args)
        except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError):
            return args
    return args


def leaves(args: str | None) -> list[tuple[str, Any]]:
    """(JSON pointer, scalar) for every leaf of `args`, in order, at most `MAX_LEAVES`."""
    value = parsed(args)
    if value is None:
        return []
    if not isinstance(value, dict | list):
        return [("", value)]
    if isinstance(value, dict) and len(value) <= MAX_LEAVES and _NESTED.isdisjoint(map(type, value.values())):
        return [(_below(key), item) for key, item in value.items()]
    found: list[tuple[str, Any]] = []
    _walk(value, "", found, MAX_DEPTH)
    return found


def _walk(value: dict[str, Any] | list[Any], path: str, found: list[tuple[str, Any]], depth: int) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if len(found) >= MAX_LEAVES:
            return
        below = path + _below(key)
        if isinstance(item, dict | list):
            if depth and item:
                _walk(item, below, found, depth - 1)
            elif item:
                found.append((below, str(item)[:10_000]))
        else:
            found.append((below, item))


@lru_cache(maxsize=4096)
def _below(key: str | int) -> str:
    """One step of a JSON pointer."""
    name = str(key)
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"/{name}"


def text_of(leaf: Any) -> str:
    """A leaf as the text that lineage compares: `true`, `false`, nothing for null, else the value itself."""
    if isinstance(leaf, str):
        return leaf
    if leaf is True:
        return "true"
    if leaf is False:
        return "false"
    if leaf is None:
        return ""
    if isinstance(leaf, float) and leaf.is_integer() and abs(leaf) < 2**53:
        return str(int(leaf))
    return str(leaf)
