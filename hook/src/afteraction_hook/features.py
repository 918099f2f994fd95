"""The features that one call alone can show; whatever needs the session or history stays out.

Names are those of the audit's scorecard. A feature that is not computed here takes its `missing` points,
and the verdict names it.
"""

from __future__ import annotations

from afteraction_hook.destinations import classify, hosts_in, is_private, is_raw_ip, parents, worst
from afteraction_hook.secrets_in import encoded_chars, secrets_in
from afteraction_hook.strictjson import JsonError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from afteraction_hook.bundle import Bundle

#: The features that one call alone can show, by the names of the audit's scorecard.
LIVE = (
    "operation",
    "destination_class",
    "args_chars",
    "encoded_chars",
    "secrets_in_args",
    "raw_ip",
    "destinations",
    "paste_site",
    "new_destination",
    "new_tool",
)
MAX_DEPTH = 64


def features(tool: str, args: Any, bundle: Bundle) -> dict[str, Any]:
    """The row of features of one call: numbers, texts and None by name."""
    values = leaves(args)
    hosts = [host for name, value in values for host in hosts_in(name, value)]
    lists = bundle.lists
    classes = [classify(host, lists) for host in hosts]
    row: dict[str, Any] = {
        "destination_class": worst(classes) if hosts else _nowhere(values),
        "args_chars": sum(len(value) for _, value in values),
        "encoded_chars": sum(encoded_chars(value) for _, value in values),
        "secrets_in_args": sum(secrets_in(value) for _, value in values),
        "raw_ip": int(any(is_raw_ip(host) and not is_private(host) for host in hosts)),
        "destinations": len(set(hosts)),
    }
    if bundle.lexicon is not None:
        row["operation"] = bundle.lexicon.operation(tool)
    if "paste" in lists:
        row["paste_site"] = int(any(not lists["paste"].isdisjoint(parents(host)) for host in hosts))
    if "destinations" in lists:
        row["new_destination"] = int(any(lists["destinations"].isdisjoint(parents(host)) for host in hosts))
    if "tools" in lists:
        row["new_tool"] = int(tool not in lists["tools"])
    return row


def leaves(args: Any) -> list[tuple[str, str]]:
    """(argument name, text) of every leaf, in order; numbers and flags as text."""
    found: list[tuple[str, str]] = []
    stack: list[tuple[str, Any, int]] = [("", args, 0)]
    while stack:
        name, value, depth = stack.pop()
        if isinstance(value, str):
            found.append((name, value))
        elif isinstance(value, (dict, list)):
            if depth >= MAX_DEPTH:
                raise JsonError(f"found arguments nested more than {MAX_DEPTH} deep")
            below = value.items() if isinstance(value, dict) else ((name, item) for item in value)
            stack.extend((key, item, depth + 1) for key, item in reversed(list(below)))
        elif value is not None:
            found.append((name, str(value)))
        if len(found) + len(stack) > 100_000:
            raise JsonError("found more than 100000 argument values")
    return found


def _nowhere(values: list[tuple[str, str]]) -> str:
    """`local` where the arguments name a path of this machine, else `none`."""
    for name, value in values:
        if (
            value.startswith(("/", "~/", "./", "../", "file://"))
            and len(value) < 4096
            and "path" in name.lower()
        ):
            return "local"
    return "none"
