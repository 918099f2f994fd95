"""What a SQL statement does and where it writes to."""

from __future__ import annotations

import re
from typing import Final

from afteraction.lineage.commands import read_command

_STARTS: Final = re.compile(
    r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(select|with|insert|update|delete|merge|replace|copy|create|alter|drop|truncate|"
    r"grant|revoke|call|exec|execute|show|describe|explain|pragma|attach|load|unload|export)\b",
    re.IGNORECASE | re.DOTALL,
)
_OUT: Final = re.compile(
    r"\binto\s+(?:out|dump)file\s+'([^']{1,500})'|\b(?:copy|unload)\b.{1,2000}?\bto\s+(program\s+)?'([^']{1,500})'|"
    r"\bexport\s+(?:data|database)\b[^']{0,400}'([^']{1,500})'|\battach\s+(?:database\s+)?'([^']{1,500})'|"
    r"\bcopy\s+into\s+'?((?:s3|gcs|gs|azure|https?)://[^'\s]{1,500})|(?:load_file|xp_cmdshell|http_get|http_post|dblink"
    r"|utl_http\.request)\s*\(\s*'([^']{1,500})'",
    re.IGNORECASE | re.DOTALL,
)
_SERVER: Final = re.compile(r"\b(?:host|hostaddr|server|data source)\s*=\s*'?([\w.:-]{1,253})", re.IGNORECASE)
_TABLE: Final = re.compile(r"\b(?:from|into|update|table|join)\s+([A-Za-z_][\w.\"`]{0,120})", re.IGNORECASE)
_WRITES: Final = re.compile(r"\b(insert\s+into|update\s+\S+\s+set|merge\s+into)\b", re.IGNORECASE)
_DELETES: Final = re.compile(r"\b(delete\s+from|drop\s+\w+|truncate)\b", re.IGNORECASE)
_OPERATIONS: Final = {
    **dict.fromkeys(("select", "with", "show", "describe", "explain", "pragma"), "read"),
    **dict.fromkeys(
        ("insert", "update", "merge", "replace", "create", "alter", "copy", "load", "attach"), "write"
    ),
    **dict.fromkeys(("delete", "drop", "truncate"), "delete"),
    **dict.fromkeys(("grant", "revoke"), "grant"),
    **dict.fromkeys(("call", "exec", "execute"), "execute"),
    **dict.fromkeys(("unload", "export"), "send"),
}


def is_sql(text: str) -> bool:
    """Whether `text` starts as a SQL statement does."""
    return _STARTS.match(text[:2000]) is not None


def read_sql(text: str) -> tuple[str, str | None, str | None]:
    """(operation, destination, table) of one SQL text; the operation is `other` where it is not SQL."""
    head = text[:8000]
    start = _STARTS.match(head)
    if start is None:
        return "other", None, None
    table = _TABLE.search(head)
    name = table.group(1).strip('"`') if table else None
    out = _OUT.search(head)
    if out is not None:
        place = next((g for g in reversed(out.groups()) if g and not g.lower().startswith("program")), None)
        return "send", _host_of(place), name
    operation = _OPERATIONS[start.group(1).lower()]
    if operation == "read" and _DELETES.search(head):
        operation = "delete"
    elif operation == "read" and _WRITES.search(head):
        operation = "write"
    return operation, None, name


def _host_of(place: str | None) -> str | None:
    """Where a program or a connection string leads to, else the place itself."""
    if place is None:
        return None
    server = _SERVER.search(place)
    if server is not None:
        return server.group(1)
    return (read_command(place)[1] or place) if " " in place else place
