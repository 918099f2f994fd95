"""After a retroactive ticket was decided: what was done about it, with evidence, and opening it once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from afteraction.approvals.binding import content_digest
from afteraction.approvals.decide import NotDecidedError, reasoned
from afteraction.approvals.directory import Directory
from afteraction.approvals.duty import Standing
from afteraction.approvals.retroactive import due
from afteraction.approvals.separation import Refused, judge
from afteraction.approvals.states import WrongState, step
from afteraction.casebook import Casebook, Entry, Event, Ticket, Writing, now_us
from afteraction.records.remedy import REMEDIES, Remedy
from afteraction.records.settings import Settings

_LONGEST: Final = 2000


class Done(msgspec.Struct, frozen=True):
    """One remedy that somebody recorded; `evidence` is masked."""

    remedy: Remedy
    person: str
    evidence: str
    link: str
    at: int


class Remediation(msgspec.Struct, frozen=True):
    """What was planned with a denial, what was done, and what of the plan is still to do."""

    plan: tuple[Remedy, ...] = ()
    done: tuple[Done, ...] = ()

    @property
    def left(self) -> tuple[Remedy, ...]:
        """What was planned and not done."""
        return tuple(one for one in self.plan if one not in {done.remedy for done in self.done})


def remediation(events: Sequence[Event]) -> Remediation:
    """What one ticket's audit trail says of remedies."""
    plan: list[Remedy] = []
    done = []
    for event in events:
        said = json.loads(event.details)
        if event.event == "denied":
            plan = said.get("plan", [])
        elif event.event == "remediated":
            done.append(Done(said["remedy"], event.actor, said["evidence"], said["link"], event.at))
    return Remediation(tuple(plan), tuple(done))


def remediate(
    casebook: Casebook,
    settings: Settings,
    ticket_id: str,
    remedy: Remedy,
    *,
    actor: str,
    evidence: str,
    mask: Callable[[str], str],
    link: str = "",
    channel: str,
    now: int | None = None,
) -> Ticket:
    """Records that something was done about a denied ticket, with evidence in words and a link to more.

    `mask` takes secrets out of both before they are kept. Any configured, active person can record it, the
    agent's owner too: it decides nothing. Raises `NotDecidedError`. `now` in µs, UTC.
    """
    if remedy not in REMEDIES:
        raise NotDecidedError(f"remedy: found {remedy[:80]!r}, expected one of {', '.join(REMEDIES)}")
    said = _said(evidence, "evidence", mask)
    shown = _said(link, "link", mask) if link.strip() else ""
    if shown and not shown.startswith(("https://", "http://")):
        raise NotDecidedError("link: expected one that begins with https://")
    person = _active(Directory.of(settings), actor)
    with casebook.writing() as writing:
        ticket = _ticket(writing, ticket_id)
        if ticket.kind != "retroactive" or ticket.state != "denied":
            raise NotDecidedError(
                f"{ticket_id} is {ticket.kind} and {ticket.state}; remedies follow a denial"
            )
        details = {"remedy": remedy, "evidence": said, "link": shown, "channel": channel}
        at = writing.clock(now_us() if now is None else now)
        writing.note(ticket, Entry(event="remediated", actor=person, at=at, details=details))
    return ticket


def reopen(
    casebook: Casebook,
    settings: Settings,
    ticket_id: str,
    *,
    reviewer: str,
    reason: str,
    channel: str,
    now: int | None = None,
) -> Ticket:
    """Opens the next version of a decided retroactive ticket; what was decided stays as it is.

    Only who could decide on the new version can open it. Raises `NotDecidedError`. `now` in µs, UTC.
    """
    directory, said = Directory.of(settings), reasoned("denied", reason)
    with casebook.writing() as writing:
        at = writing.clock(now_us() if now is None else now)
        old = _ticket(writing, ticket_id)
        new = _version(old, writing.tickets_of([old.concern]), directory, at)
        judged = judge(new, directory, reviewer, Standing(at), "any_time")
        if isinstance(judged, Refused):
            tried = {"reasons": list(judged.reasons), "to": "reopen"}
            writing.note(old, Entry(event="refused", actor=reviewer[:300], at=at, details=tried))
        else:
            said_of_it = {"reopens": old.ticket_id, "reason": said, "channel": channel}
            fixed = {"content_sha256": content_digest(new), "due_at": new.due_at}
            event = step("reopened", None, new.kind).event
            entry = Entry(event=event, actor=judged.person, at=at, details=said_of_it | fixed)
            writing.open([(new, entry)])
    if isinstance(judged, Refused):
        raise NotDecidedError(f"{ticket_id}: {'; '.join(judged.reasons)}", judged.reasons)
    return new


def _version(old: Ticket, versions: Sequence[Ticket], directory: Directory, at: int) -> Ticket:
    if old.state not in {"approved", "denied"}:
        raise NotDecidedError(f"{old.ticket_id} is {old.state}; only what was decided is opened once more")
    if (last := max(versions, key=lambda one: one.version)).version != old.version:
        raise NotDecidedError(f"{old.ticket_id}: {last.ticket_id} is its latest version ({last.state})")
    try:
        step("reopened", None, old.kind)
    except WrongState as error:
        raise NotDecidedError(f"{old.ticket_id}: {error}; the agent has to ask again") from error
    return msgspec.structs.replace(
        old,
        ticket_id=f"{old.concern}.{old.version + 1}",
        version=old.version + 1,
        state="open",
        closed_at=None,
        owners=tuple(sorted({*old.owners, *directory.owners(old.agents)})),
        opened_at=at,
        due_at=due(old.level, directory.settings, at),
    )


def _ticket(writing: Writing, ticket_id: str) -> Ticket:
    if (found := writing.ticket(ticket_id)) is None:
        raise NotDecidedError(f"ticket {ticket_id!r} is not in the casebook; see: afteraction tickets list")
    return found


def _active(directory: Directory, actor: str) -> str:
    people = directory.login(actor)
    if len(people) != 1 or not people[0].active or directory.is_agent(directory.alike(people[0])):
        raise NotDecidedError(f"{actor[:300]!r} is not an account of one active person")
    return people[0].person


def _said(text: str, name: str, mask: Callable[[str], str]) -> str:
    said = text.strip()
    if not any(one.isalnum() for one in said):
        raise NotDecidedError(f"{name}: found none; say what shows that it was done")
    if len(said) > _LONGEST:
        raise NotDecidedError(f"{name}: found {len(said)} characters, expected at most {_LONGEST}")
    return mask(said)
