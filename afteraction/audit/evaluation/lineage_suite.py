"""The seeded lineage suite: how many planted values `follow` links, by change, and what it links wrongly.

`python -m afteraction.audit.evaluation.lineage_suite [--sessions N] [--seed N]` prints it by itself.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import sqrt
from typing import Final, NamedTuple

import msgspec
import polars as pl

from afteraction.audit.evaluation.lineage_suite_sessions import Session, sessions
from afteraction.audit.evaluation.measures import Measured
from afteraction.audit.frames import session_batch
from afteraction.lineage import enrich, follow
from afteraction.records.settings import Destinations

SESSIONS: Final = 2000
SEED: Final = 20_261_124
ALL: Final = "all"
_GROUP: Final = 200


class Linked(msgspec.Struct, frozen=True):
    """Of one change (or look-alike): how many there were, and the share that `follow` linked.

    A planted value counts where every call that carried it is linked to the very action whose result
    gave it. A benign call counts where it is linked to any result.
    """

    name: str
    count: int
    linked: Measured


class LineageSuite(msgspec.Struct, frozen=True):
    """`planted` by change, `benign` by look-alike (the last row of each: all), and how many links of
    planted values led to another result than their own (`astray`).
    """

    sessions: int
    seed: int
    planted: tuple[Linked, ...]
    benign: tuple[Linked, ...]
    astray: Measured


class _Seen(NamedTuple):
    origins: dict[tuple[str, int], set[int]]


def run(
    count: int = SESSIONS, seed: int = SEED, told: Callable[[int], None] = lambda _: None
) -> LineageSuite:
    """Make the sessions, follow them, compare with the truth."""
    planted: Counter[str] = Counter()
    linked: Counter[str] = Counter()
    benign: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    links = astray = 0
    for group in _groups(sessions(seed, count)):
        origins = _origins(group)
        for one in (planting for session in group for planting in session.planted):
            found = [origins.get((one.session_id, sent), set()) for sent in one.sent]
            planted[one.change] += 1
            linked[one.change] += all(one.source in sources for sources in found)
            links += sum(len(sources) for sources in found)
            astray += sum(len(sources - {one.source}) for sources in found)
        for call in (harmless for session in group for harmless in session.benign):
            benign[call.lure] += 1
            wrong[call.lure] += bool(origins.get((call.session_id, call.sent)))
        told(sum(len(session.actions) for session in group))
    return LineageSuite(count, seed, _table(planted, linked), _table(benign, wrong), wilson(astray, links))


def _groups(made: Iterator[Session]) -> Iterator[list[Session]]:
    while group := list(islice(made, _GROUP)):
        yield group


def _origins(group: Iterable[Session]) -> dict[tuple[str, int], set[int]]:
    """By (session, seq): the `seq` of every action whose result it was linked to."""
    made = list(group)
    batch = session_batch([a for s in made for a in s.actions], [m for s in made for m in s.messages])
    batch = follow(batch.with_(actions=enrich(batch.actions, Destinations())))
    places = batch.actions.select("action_id", origin_seq="seq")
    flows = batch.flows.filter(pl.col("origin") == "result").join(
        places, left_on="origin_action_id", right_on="action_id"
    )
    found: dict[tuple[str, int], set[int]] = {}
    for session_id, seq, origin in flows.select("session_id", "seq", "origin_seq").iter_rows():
        found.setdefault((session_id, seq), set()).add(origin)
    return found


def _table(count: Counter[str], hits: Counter[str]) -> tuple[Linked, ...]:
    rows = [Linked(name, count[name], wilson(hits[name], count[name])) for name in sorted(count)]
    return (*rows, Linked(ALL, count.total(), wilson(hits.total(), count.total())))


def wilson(hits: int, count: int) -> Measured:
    """A share with its 95 % score interval (Wilson, J. Am. Stat. Assoc. 22, 1927); NaN of nothing."""
    if not count:
        return Measured(float("nan"))
    z, share = 1.959964, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    spread = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Measured(share, max(middle - spread, 0.0), min(middle + spread, 1.0))


def main() -> None:
    """Run the suite and print its tables."""
    from afteraction.audit.evaluation.report import lineage_tables, lines  # noqa: PLC0415 -- a circle else

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    suite = run(chosen.sessions, chosen.seed)
    print("\n".join(line for table in lineage_tables(suite) for line in lines(table)))  # noqa: T201


if __name__ == "__main__":
    main()
