"""CPU time per action of enrich, follow and provenance, on short sessions and on one very long one."""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable
from typing import Any

from afteraction.audit.frames import session_batch
from afteraction.lineage import enrich, follow, provenance
from afteraction.records.action import Action
from afteraction.records.message import Message
from afteraction.records.place import Place
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Destinations

PLACE = Place(file="bench", line=1, offset=0, digest="0" * 64)
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "ka",
    "ke",
    "ki",
    "ko",
    "ku",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "nu",
]


def vocabulary(rng: random.Random, size: int) -> list[str]:
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(size)]


def session(
    rng: random.Random, words: list[str], name: str, calls: int
) -> tuple[list[Action], list[Message]]:
    """Reads of about 800 bytes and sends of about 300 bytes that quote them, one in five."""
    common: dict[str, Any] = {"tenant": "t", "source_system": "bench", "session_id": name, "place": PLACE}
    actions, last = [], ""
    for number in range(calls):
        if number % 5 == 4:
            body = " ".join(rng.choices(words, k=25)) + " " + last[100:200]
            tool, args = (
                "send_message",
                {"to": f"{rng.choice(words)}@{rng.choice(words)}.example", "body": body},
            )
            result = "sent"
        else:
            tool, args = (
                "read_document",
                {"path": f"/{rng.choice(words)}/{rng.choice(words)}.txt", "page": number % 90},
            )
            last = f"ref {rng.getrandbits(48):x} " + " ".join(rng.choices(words, k=170))
            result = last
        at = {"position": 2 * number + 1, "result_position": 2 * number + 2}
        actions.append(
            Action(
                tool=tool, args=json.dumps(args), result=result, status="ok", call=str(number), **at, **common
            )
        )
    request = "Please read the documents and send " + " ".join(rng.choices(words, k=30))
    return actions, [Message(role="user", text=request, position=0, **common)]


def batch(sessions: int, calls: int) -> SessionBatch:
    rng = random.Random(7)
    words = vocabulary(rng, 4000)
    made = [session(rng, words, f"s{i}", calls) for i in range(sessions)]
    return session_batch(
        [a for m in made for a in m[0]], [m for made_ in made for m in made_[1]], {"t": b"k" * 32}
    )


def cpu(function: Callable[[], Any], rounds: int = 3) -> tuple[float, Any]:
    """(least CPU seconds of some rounds, what the function returned)."""
    best, result = float("inf"), None
    for _ in range(rounds):
        started = time.process_time()
        result = function()
        best = min(best, time.process_time() - started)
    return best, result


def main() -> None:
    loop, _ = cpu(lambda: sum(i for i in range(1_000_000)))
    print(f"reference: {loop * 1e3:.0f} ns per step of a Python loop, to compare machines by")
    for sessions, calls in ((250, 20), (1, 1000), (1, 5000)):
        raw = batch(sessions, calls)
        size = raw.actions.height
        text = sum(raw.actions[name].str.len_bytes().sum() for name in ("args", "result"))
        first, actions = cpu(lambda raw=raw: enrich(raw.actions, Destinations()))
        second, done = cpu(lambda raw=raw, actions=actions: follow(raw.with_(actions=actions)))
        third, _ = cpu(lambda done=done: provenance(done))
        per = " ".join(
            f"{name} {seconds / size * 1e6:.1f}"
            for name, seconds in (("enrich", first), ("follow", second), ("provenance", third))
        )
        print(f"{sessions} x {calls} actions of {text / size:.0f} bytes: {per} us/action")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
