"""Writes seeded, synthetic agent logs of about 1 KB per action: what the benchmarks read.

A mix: one call in four returns customer rows with mail addresses, one source code, one service logs, one
plain lists; arguments are paths, queries, URLs and mails. Sessions have 20 calls and one request.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_WORDS = (
    "invoice",
    "shipment",
    "customer",
    "ledger",
    "warehouse",
    "contract",
    "renewal",
    "schedule",
    "quarter",
    "delivery",
    "meeting",
    "report",
    "status",
    "update",
    "review",
    "pending",
    "approved",
    "supplier",
    "region",
    "balance",
    "discount",
    "catalogue",
    "ticket",
    "summary",
    "draft",
)
_TOOLS = (
    "search_orders",
    "read_file",
    "list_tickets",
    "query_db",
    "get_customer",
    "send_email",
    "http_request",
    "write_file",
)
_DAY_US = 86_400_000_000
_START_US = 1_793_500_000_000_000


def write_log(file: Path, actions: int, seed: int = 7) -> int:
    """Plain action lines, sessions of 20 actions over four days; returns the bytes written."""
    draw = random.Random(seed)
    with file.open("w") as log:
        for line in _lines(draw, actions):
            log.write(line + "\n")
    return file.stat().st_size


def _lines(draw: random.Random, actions: int) -> Iterator[str]:
    for session in range(-(-actions // 20)):
        name, agent = f"bench-{session}", f"agent-{session % 40}"
        start = _START_US + (session % 4) * _DAY_US + draw.randrange(_DAY_US // 2)
        yield json.dumps(
            {
                "session_id": name,
                "role": "user",
                "text": f"Please prepare the {_text(draw, 12)}.",
                "time": start / 1e6,
            }
        )
        for call in range(min(20, actions - session * 20)):
            yield json.dumps(_action(draw, name, agent, call, start + (call + 1) * 1_000_000))


def _action(draw: random.Random, session: str, agent: str, call: int, time_us: int) -> dict[str, object]:
    tool = draw.choice(_TOOLS)
    return {
        "session_id": session,
        "agent_id": agent,
        "tool": tool,
        "call_id": f"c{call}",
        "time": time_us / 1e6,
        "args": _args(draw, tool),
        "result": _result(draw, tool),
    }


def _args(draw: random.Random, tool: str) -> dict[str, object]:
    if tool == "send_email":
        return {
            "to": f"{draw.choice(_WORDS)}@partner.example",
            "subject": _text(draw, 4),
            "body": _text(draw, 30),
        }
    if tool == "http_request":
        return {
            "url": f"https://api.{draw.choice(_WORDS)}.example/v1/items?id={draw.randrange(10**6)}",
            "method": "GET",
        }
    return {
        "path": f"/data/{draw.choice(_WORDS)}/{draw.randrange(999)}.csv",
        "filter": _text(draw, 5),
        "limit": 20,
    }


def _result(draw: random.Random, tool: str) -> str:
    if tool in {"get_customer", "query_db"}:
        return json.dumps([_row(draw) for _ in range(5)])
    if tool in {"read_file", "write_file"}:
        return "\n".join(_code(draw, line) for line in range(16))
    if tool in {"http_request", "send_email"}:
        return "\n".join(_log(draw) for _ in range(9))
    return json.dumps({"items": [{"id": draw.randrange(10**7), "title": _text(draw, 5)} for _ in range(12)]})


def _row(draw: random.Random) -> dict[str, object]:
    return {
        "id": draw.randrange(10**7),
        "name": f"{draw.choice(_WORDS).title()} {draw.choice(_WORDS).title()}",
        "email": f"{draw.choice(_WORDS)}{draw.randrange(999)}@customer.example",
        "note": _text(draw, 9),
        "amount": round(draw.random() * 1000, 2),
    }


def _code(draw: random.Random, line: int) -> str:
    name, other = draw.choice(_WORDS), draw.choice(_WORDS)
    return f"    {name}_{line} = self.{other}.get({draw.randrange(999)}, default={name!r})  # {other}"


def _log(draw: random.Random) -> str:
    host = f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}"
    day, minute, took = draw.randrange(1, 9), draw.randrange(10, 60), draw.randrange(999)
    return f"2026-11-0{day}T10:{minute}:00Z INFO {host} {_text(draw, 4)} took {took} ms"


def _text(draw: random.Random, words: int) -> str:
    return " ".join(draw.choices(_WORDS, k=words))
