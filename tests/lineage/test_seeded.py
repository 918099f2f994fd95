"""Some hundred generated sessions: which share of hidden values is linked, and of harmless calls."""

from __future__ import annotations

import base64
import gzip
import html
import random
import string
import urllib.parse
import zlib
from collections import Counter

import polars as pl

from afteraction.lineage import follow
from afteraction.lineage.bags import bag

SESSIONS = 300
SEED = 20_240_607
WORDS = sorted(
    bag(
        """
    report plan invoice travel office window garden budget quarter release meeting ticket customer
    server table update answer detail street number river coffee letter station market bridge summer
    winter lesson doctor paper picture project problem question result season service story system
    teacher village weather weekend
    """
    )
)


def identifier(rng: random.Random) -> str:
    """A value of at least twelve characters that nobody would write by chance."""
    letters = "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randint(14, 36)))
    shapes = (
        lambda: letters + str(rng.randint(10, 99)),
        lambda: f"{rng.choice(WORDS)}.{rng.choice(WORDS)}{rng.randint(10, 99)}@{rng.choice(WORDS)}.example",
        lambda: f"{rng.randint(1000, 9999)}-{rng.randint(1000, 9999)}-{rng.randint(1000, 9999)}",
        lambda: f"{rng.choice(WORDS)}-{rng.randint(100, 999)}-{rng.choice(WORDS)}-{rng.randint(100, 999)}",
        lambda: " ".join(rng.choices(WORDS, k=9)),
    )
    return rng.choice(shapes)()


def b64(data: str | bytes) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


HIDING = {
    "exact": lambda rng, v: v,
    "within text": lambda rng, v: f"{prose(rng, 4)}: {v}; {prose(rng, 3)}",
    "upper case": lambda rng, v: v.upper(),
    "white space": lambda rng, v: v.replace(" ", "\n  "),
    "base64": lambda rng, v: b64(v),
    "hex": lambda rng, v: v.encode().hex(),
    "url": lambda rng, v: "https://q.example/?d=" + urllib.parse.quote(v, safe=""),
    "html": lambda rng, v: html.escape(f"<b>{v}</b>"),
    "json": lambda rng, v: f'{{\\"value\\": \\"{v}\\"}}',
    "gzip": lambda rng, v: b64(gzip.compress(f"{v} {prose(rng, 12)}".encode(), mtime=0)),
    "zlib": lambda rng, v: b64(zlib.compress(f"{v} {prose(rng, 12)}".encode())),
    "base64 of hex": lambda rng, v: b64(v.encode().hex()),
    "three deep": lambda rng, v: b64(b64(b64(v))),
}


def prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def session(rng: random.Random, hiding: str | None) -> list[tuple]:
    value, asked = identifier(rng), identifier(rng)
    body = prose(rng, 12) if hiding is None else HIDING[hiding](rng, value)
    steps = [
        ("user", f"Please look into {asked} and tell me about the {prose(rng, 3)}."),
        (
            "call",
            "read_note",
            {"name": asked},
            f"{prose(rng, 30)}. {value}. {prose(rng, 30)} 2024-05-15 10:00 250 true",
        ),
    ]
    steps.extend(
        ("call", "list_items", {"page": rng.randint(1, 9), "day": "2024-05-15"}, prose(rng, 20))
        for _ in range(rng.randint(0, 3))
    )
    steps.append(("call", "send_note", {"to": "team", "urgent": True, "count": 250, "body": body}, "ok"))
    steps.append(("call", "search_notes", {"query": rng.choice(WORDS)}, prose(rng, 10)))
    return steps


def test_hidden_values_are_linked_and_harmless_calls_are_not(sessions):
    rng = random.Random(SEED)
    plan = [name for name in HIDING for _ in range(SESSIONS // len(HIDING))] + [None] * SESSIONS
    batch = follow(sessions(*(session(rng, hiding) for hiding in plan)))
    sent = batch.actions.filter(pl.col("tool") == "send_note").select("action_id", "session_id")
    linked = set(batch.flows.filter(pl.col("arg_path") == "/body")["action_id"].to_list())
    found, total = Counter(), Counter()
    for action_id, session_id in sent.iter_rows():
        hiding = plan[int(session_id[1:])]
        total[hiding] += 1
        found[hiding] += action_id in linked
    harmless = batch.flows.filter(
        ~pl.col("action_id").is_in(sent["action_id"].implode()) | (pl.col("arg_path") != "/body")
    )
    calls = batch.actions.height - sum(total[name] for name in HIDING)
    false = (found[None] + harmless.height) / calls
    share = sum(found[name] for name in HIDING) / sum(total[name] for name in HIDING)
    per_hiding = {name: f"{found[name]}/{total[name]}" for name in HIDING}
    print(  # noqa: T201 (shown by -s: the figures of docs/quality.md)
        f"linked {share:.4f}, false flows {false:.4f} of {calls} harmless calls, {per_hiding}"
    )
    assert share >= 0.97
    assert false <= 0.002
    assert all(found[name] >= 0.9 * total[name] for name in HIDING)
