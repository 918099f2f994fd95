"""The features that one call alone can show; whatever needs the session or other calls stays out.

Names are those of the audit's scorecard. A feature that is not computed here takes its `missing` points,
and the verdict names it.
"""

from __future__ import annotations

from afteraction_hook.commands import command_operation
from afteraction_hook.destinations import (
    COMMANDS,
    OUTGOING,
    classify,
    is_private,
    is_raw_ip,
    parents,
    places_in,
    worst,
)
from afteraction_hook.lexicon import argument_words
from afteraction_hook.personal_in import people_in
from afteraction_hook.secrets_in import look
from afteraction_hook.strictjson import JsonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from afteraction_hook.bundle import Bundle

    Leaves = list[tuple[str, str]]

#: The features that one call alone can show, by the names of the audit's scorecard.
LIVE = (
    *("operation", "destination_class", "leak", "destination_surprise"),
    *("args_chars", "encoded_chars", "secrets_in_args", "destinations"),
    *("raw_ip", "paste_site", "new_destination", "new_tool", "effect"),
)
MAX_DEPTH = 64
MAX_LEAVES = 100_000
OUTSIDE = frozenset(("unknown", "public"))
_LONG_RUN = 256
_MINOR = (None, "low", "medium")
_HARMLESS = frozenset(("read", "search", "other"))


def features(
    tool: str, args: Any, bundle: Bundle, tenant: str | None = None, agent: str | None = None
) -> dict[str, Any]:
    """The row of features of one call: numbers, texts and None by name.

    `tenant` and `agent` say whose past the destination is held against.
    """
    values = leaves(args)
    operation = None if bundle.lexicon is None else _operation(tool, values, bundle)
    outgoing = operation is None or operation in OUTGOING
    places = [place for name, value in values for place in places_in(name, value, outgoing=outgoing)]
    lists = bundle.lists
    row: dict[str, Any] = {
        "destination_class": worst([classify(*place, lists) for place in places])
        if places
        else _nowhere(values),
        "destinations": len(set(places)),
        "raw_ip": int(any(is_raw_ip(host) and not is_private(host) for _, host in places)),
        **_content([value for _, value in values]),
    }
    if operation is not None:
        row["operation"] = operation
    if "paste" in lists:
        row["paste_site"] = int(any(_listed(lists["paste"], *place) for place in places))
    if "destinations" in lists:
        row["new_destination"] = int(not all(_listed(lists["destinations"], *place) for place in places))
    if "tools" in lists:
        row["new_tool"] = int(tool not in lists["tools"])
    if bundle.baseline is not None:
        row["destination_surprise"] = bundle.baseline.surprise(places, tenant, agent)
    if bundle.effects is not None:
        row["effect"] = bundle.effects.of(tool, args, values, operation)
    row["leak"] = _leak(row)
    if row["leak"] in _MINOR and row["destination_class"] in OUTSIDE:
        aims = [place for place, _ in places]
        if people_in([value for _, value in values], aims):
            row["leak"] = "high"
    return row


def leaves(args: Any) -> Leaves:
    """(argument name, text) of every leaf, in order; numbers and flags as text. Raises `JsonError`."""
    found: list[tuple[str, str]] = []
    stack: list[tuple[str, Any, int]] = [("", args, 0)]
    while stack:
        name, value, depth = stack.pop()
        if isinstance(value, str):
            found.append((name, value))
        elif isinstance(value, (dict, list)):
            if depth >= MAX_DEPTH:
                raise JsonError(f"found arguments nested more than {MAX_DEPTH} deep")
            below = value.items() if isinstance(value, dict) else [(name, item) for item in value]
            stack.extend([(key, item, depth + 1) for key, item in reversed(list(below))])
        elif value is not None:
            found.append((name, str(value)))
        if len(found) + len(stack) > MAX_LEAVES:
            raise JsonError(f"found more than {MAX_LEAVES} argument values")
    return found


def _operation(tool: str, values: Leaves, bundle: Bundle) -> str:
    """What the call does, by its tool's name; a command line says it better."""
    assert bundle.lexicon is not None
    named = bundle.lexicon.operation(tool)
    if named not in {"execute", "other", "write", "read"}:
        return named
    for name, value in values:
        if not COMMANDS.isdisjoint(argument_words(name)):
            done = command_operation(value, bundle.lexicon.programs)
            return named if done == "other" else done
    return named


def _content(values: list[str]) -> dict[str, int]:
    """Size, secrets and encoded runs of all argument values together."""
    text = "\n".join(values)
    secrets, encoded = look(text)
    size = len(text) - max(0, len(values) - 1)
    return {"args_chars": size, "secrets_in_args": secrets, "encoded_chars": encoded}


def _listed(names: frozenset[str], place: str, host: str) -> bool:
    return place in names or host in names or not names.isdisjoint(parents(host))


def _leak(row: Mapping[str, Any]) -> str | None:
    """The worst severity of what the call carries and where, as the audit's leak detectors put it."""
    kind = row["destination_class"]
    outside = kind in OUTSIDE
    if row["secrets_in_args"]:
        return "critical" if outside else "medium" if kind == "partner" else "low"
    if not outside:
        return None
    if row.get("paste_site"):
        return "high"
    if row["raw_ip"] or row["encoded_chars"] >= _LONG_RUN:
        return "medium"
    return "low" if kind == "unknown" and row.get("operation", "send") not in _HARMLESS else None


def _nowhere(values: Leaves) -> str:
    """`local` where the arguments name a path of this machine, else `none`."""
    for name, value in values:
        if (
            value.startswith(("/", "~/", "./", "../", "file://"))
            and len(value) < 4096
            and "path" in name.lower()
        ):
            return "local"
    return "none"
