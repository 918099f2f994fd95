"""What the desk's pages show: the queue, a ticket with its session, and how reviewers decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.approvals.binding import content_digest
from afteraction.approvals.directory import Directory
from afteraction.approvals.duty import standing
from afteraction.approvals.glass import may_break
from afteraction.approvals.separation import Allowed, Refused, judge, voted
from afteraction.audit.policy_step import promise
from afteraction.casebook import Casebook, Decision, Ticket, now_us
from afteraction.lake import NotPublishedError, reading
from afteraction.lineage import picture
from afteraction.policy import list_bundles
from afteraction.records.settings import Settings
from console.explain import TIMELINE
from console.ticket_page import Evidence, View, evidence, view

#: Actions of one ticket that the page holds; with more of them it shows what it can, but nobody approves.
MOST_ACTIONS: Final = 400
PER_PAGE: Final = 50
_MOST_ALIKE: Final = 5
#: Tickets of one batch, and actions of each that it shows.
MOST_AT_ONCE: Final = 12
_MOST_IN_BATCH: Final = 20
_MOST_STEPS: Final = 200
#: Decisions that follow each other within so many seconds were hardly read; from so many on it is said.
_QUICK_US: Final = 10_000_000
_LEAST: Final = 10
_LEVELS: Final = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True)
class Page:
    """One page of the queue; `total` tickets in all."""

    tickets: tuple[Ticket, ...]
    number: int
    pages: int
    total: int


def queue(book: Casebook, state: str, agent: str, number: int) -> Page:
    """Tickets in this state (`all`: every one) of this agent (empty: any), what is due next first."""
    found = book.search(None if state == "all" else state)  # type: ignore[arg-type]
    if agent:
        found = [one for one in found if one.agent_id == agent]
    if state != "open":
        found = found[::-1]
    pages = max(1, -(-len(found) // PER_PAGE))
    at = min(max(number, 1), pages)
    return Page(tuple(found[(at - 1) * PER_PAGE : at * PER_PAGE]), at, pages, len(found))


def levels(tickets: Sequence[Ticket]) -> dict[str, int]:
    """How many of some tickets there are of each level, the worst first."""
    counts = {name: sum(one.level == name for one in tickets) for name in _LEVELS}
    return {name: count for name, count in counts.items() if count}


def likeness(ticket: Ticket) -> tuple[str | None, ...]:
    """What alike tickets have in common."""
    return (ticket.kind, ticket.tenant, ticket.agent_id, ticket.cause, ticket.tool, ticket.level)


@dataclass(frozen=True)
class Case:
    """A ticket as the desk shows it. `content` names exactly what is shown: a decision has to bring it.

    `barred` are the reasons why this account may not decide; `unseen` why it cannot approve here: evidence
    that a page does not show cannot have been read. `similar` tickets wait too; `glass` says that this
    account may break it, `promise` what the thresholds of the ticket's bundle are and promise.
    """

    view: View
    content: str
    barred: tuple[str, ...]
    unseen: str | None
    request: str | None
    timeline: tuple[dict[str, Any], ...]
    alike: tuple[tuple[Ticket, Decision], ...]
    similar: int
    glass: bool
    promise: str | None


def case(home: Path, settings: Settings, book: Casebook, ticket: Ticket, account: str) -> Case:
    """All that a reviewer sees of a ticket."""
    directory = Directory.of(settings)
    shown_all = view(home, settings, book, ticket, MOST_ACTIONS)
    shown, now = shown_all.evidence, standing(shown_all.events, now_us())
    judged = judge(ticket, directory, account, now)
    fit = judge(ticket, directory, account, now, "any_time")
    unseen = unread(shown)
    request, steps = _session(home, ticket)
    barred = fit.reasons if isinstance(fit, Refused) else ()
    if unseen is None and isinstance(judged, Refused):
        unseen = judged.reasons[0]
    if unseen is None and isinstance(judged, Allowed) and voted(judged.person, now.votes, directory):
        unseen = "you approved it already; somebody else has to, too"
    similar = len(book.open_alike(ticket, MOST_AT_ONCE + 1)) - 1 if ticket.state == "open" else 0
    return Case(
        shown_all, content_digest(ticket), barred, unseen, request, steps,
        tuple(book.decided_alike(ticket, _MOST_ALIKE)), similar,
        may_break(ticket, directory, account, now), _promise(home, ticket),
    )  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Tickets that differ in session and target only, to be decided with one reason, each by its digest."""

    tickets: tuple[tuple[Ticket, Evidence, str], ...]
    left_out: int
    barred: tuple[str, ...]


def batch(home: Path, settings: Settings, book: Casebook, ticket: Ticket, account: str) -> Batch:
    """The open tickets that are alike to this one and that this account may decide on."""
    directory, found = Directory.of(settings), book.open_alike(ticket, MOST_AT_ONCE + 1)
    own = [(one, judge(one, directory, account, duty="any_time")) for one in found[:MOST_AT_ONCE]]
    kept = [one for one, judged in own if isinstance(judged, Allowed)]
    barred = next((judged.reasons for _, judged in own if isinstance(judged, Refused)), ())
    shown = tuple((one, evidence(home, one, _MOST_IN_BATCH), content_digest(one)) for one in kept)
    return Batch(shown, len(found) - len(kept), () if kept else barred)


def unread(shown: Evidence) -> str | None:
    """Why a ticket cannot be approved on a page with this evidence."""
    return shown.missing or (
        f"{shown.left_out:,} of its actions do not stand here" if shown.left_out else None
    )


def _promise(home: Path, ticket: Ticket) -> str | None:
    rows = list_bundles(home / "bundles").filter(pl.col("revision") == ticket.bundle_revision)
    if rows.is_empty():
        return None
    found = msgspec.json.decode(rows["thresholds"][0] or "{}")
    points = {name: (found.get(name) or {}).get("points") for name in ("ticket", "ask", "deny")}
    told = ", ".join(f"{name} from {at}" for name, at in points.items() if at is not None)
    return f"{told} points; {promise((found.get('ticket') or {}).get('certificate'))}"


def flow_graph(home: Path, ticket: Ticket) -> str | None:
    """The picture of the session's flows (SVG), the ticket's action in focus; None before it is published."""
    try:
        with reading(home) as ask:
            return picture.svg(picture.session_graph(ask, ticket.session_key, ticket.action_id))
    except NotPublishedError:
        return None


def _session(home: Path, ticket: Ticket) -> tuple[str | None, tuple[dict[str, Any], ...]]:
    try:
        with reading(home) as ask:
            asked = ask("SELECT request FROM sessions WHERE session_key = $key", {"key": ticket.session_key})
            steps = ask(TIMELINE, {"key": ticket.session_key}).to_dicts()
    except NotPublishedError:
        return None, ()
    mine = set(ticket.action_ids)
    around = [at for at, step in enumerate(steps) if step["action_id"] in mine]
    first = max(0, (around[0] if around else 0) - _MOST_STEPS // 2)
    kept = steps[first : first + _MOST_STEPS]
    return (asked["request"][0] if asked.height else None), tuple(
        {**step, "mine": step["action_id"] in mine} for step in kept
    )


@dataclass(frozen=True)
class Reviewer:
    """How one person decides: `waited` is the median time in µs from opening to decision, `quick` how many
    decisions came within ten seconds of that person's last one; `warning` what somebody should look at.
    Of `audits`, concerns drawn by lot that others decided too, `agreed` had the same verdict.
    """

    person: str
    decisions: int
    approved: float
    waited: int
    quick: int
    warning: str | None
    audits: int
    agreed: int


def reviewers(book: Casebook) -> list[Reviewer]:
    """Everybody who decided, by name."""
    opened = book.tickets().select("ticket_id", "propensity", pl.col("opened_at").dt.epoch("us"))
    concern = pl.col("ticket_id").str.replace(r"\.\d+$", "")
    decided = book.decisions().select("person", "ticket_id", "verdict", pl.col("decided_at").dt.epoch("us"))
    rows = decided.join(opened, on="ticket_id", how="left").with_columns(concern=concern)
    audits = rows.filter(pl.col("propensity").is_not_null())
    by_person: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows.iter_rows(named=True):
        by_person[row["person"]].append(row)
    return [_reviewer(person, said, _agreement(person, audits)) for person, said in sorted(by_person.items())]


def _agreement(person: str, audits: pl.DataFrame) -> tuple[int, int]:
    """Of how many audited concerns that others decided too, and how many of them alike."""
    mine = audits.filter(pl.col("person") == person).select("concern", mine="verdict")
    others = audits.filter(pl.col("person") != person).select("concern", "verdict")
    both = (
        mine.join(others, on="concern").group_by("concern").agg((pl.col("mine") == pl.col("verdict")).all())
    )
    return both.height, int(both["mine"].sum())


def _reviewer(person: str, rows: Sequence[Mapping[str, Any]], audited: tuple[int, int]) -> Reviewer:
    times = sorted(row["decided_at"] for row in rows)
    quick = sum(later - before < _QUICK_US for before, later in pairwise(times))
    approved = sum(row["verdict"] == "approved" for row in rows) / len(rows)
    waited = median(row["decided_at"] - row["opened_at"] for row in rows)
    warning = None
    if len(rows) >= _LEAST and quick * 2 > len(rows):
        warning = f"{quick} of {len(rows)} decisions came within ten seconds of the one before"
    elif len(rows) >= 2 * _LEAST and approved == 1.0:
        warning = f"approved all of {len(rows)} tickets"
    return Reviewer(person, len(rows), approved, int(waited), quick, warning, *audited)
