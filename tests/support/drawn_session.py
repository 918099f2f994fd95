"""Made-up sessions as rows of the public tables, for what draws or tells them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import polars as pl

from afteraction.records.flow import FLOWS

_TOOLS = {
    "read_file": "read",
    "list_emails": "read",
    "search_documents": "search",
    "http_post": "send",
    "send_email": "send",
    "write_file": "write",
    "run_shell_command": "execute",
    "get_customer_invoice_history": "read",
}
_PLACES = ("collect.example.net", "reports/weekly.csv", "[EMAIL:fp_cbd23c984fe7]@parcel.example")
_HOWS = ("exact", "part", "base64", "url>base64>gzip", "chunk", "number")
_SENSITIVITIES = ("none", "none", "internal", "personal", "secret")
_LEVELS = ("none", "none", "low", "medium", "high", "critical", "unscorable")


def made_up(
    calls: int, flows: int, seed: int = 1, names: Sequence[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(actions, flows) of one session; with `names` every text of an agent is one of them."""
    rnd = random.Random(seed)
    actions = [_action(number, rnd, names) for number in range(calls)]
    rows = [_flow(number, calls, rnd) for number in range(flows)] if calls > 1 else []
    columns = {name: [row[name] for row in actions] for name in _action(0, rnd, names)}
    return pl.DataFrame(columns, strict=False), pl.DataFrame(rows, schema=FLOWS)


def _action(number: int, rnd: random.Random, names: Sequence[str]) -> dict[str, object]:
    tool = rnd.choice(list(_TOOLS))
    operation = _TOOLS[tool]
    goes = operation in ("send", "write")
    target, destination = rnd.choice(_PLACES), rnd.choice(_PLACES) if goes else None
    if names:
        tool, target = rnd.choice(names), rnd.choice(names)
        destination = rnd.choice(names) if goes else None
    level = rnd.choice(_LEVELS)
    return {
        "action_id": f"act_{number:04}",
        "agent_id": "agent",
        "position": number * 2,
        "seq": number,
        "tool": tool,
        "operation": operation,
        "target": target,
        "destination": destination,
        "destination_class": rnd.choice(["unknown", "public", "partner", "local"]) if goes else "none",
        "level": level,
        "risk": None if level == "unscorable" else round(rnd.random(), 2),
    }


def _flow(number: int, calls: int, rnd: random.Random) -> dict[str, object]:
    to = rnd.randrange(1, calls)
    origin = rnd.choice(["result"] * 9 + ["user"])
    return {
        **dict.fromkeys(FLOWS),
        "flow_id": f"flw_{number:04}",
        "action_id": f"act_{to:04}",
        "arg_path": f"/a{number}",
        "origin": origin,
        "origin_action_id": f"act_{rnd.randrange(to):04}" if origin == "result" else None,
        "how": rnd.choice(_HOWS),
        "strength": rnd.random(),
        "sensitivity": rnd.choice(_SENSITIVITIES),
    }
