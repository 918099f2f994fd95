"""A person decides on a ticket: checked, bound to the exact action, and written once with its audit entry."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec

from afteraction.approvals.binding import content_digest, grant_digest, of_ticket
from afteraction.approvals.directory import Directory, identities
from afteraction.approvals.duty import Standing, Vote, chain, needed, standing
from afteraction.approvals.separation import Allowed, Refused, judge, may_decide, standing_votes, voted
from afteraction.approvals.states import VERDICTS, WrongState, step
from afteraction.casebook import Casebook, Decision, Entry, Grant, Ticket, Writing, now_us
from afteraction.records.reason_code import fitting
from afteraction.records.remedy import REMEDIES, Remedy
from afteraction.records.settings import Settings
from afteraction.records.ticket import Verdict

GRANT_US: Final = 15 * 60 * 1_000_000
_LONGEST: Final = 4000


class NotDecidedError(RuntimeError):
    """There is no decision; the message says what was found, what was expected and what to do.

    `reasons` are why this reviewer may not decide, `may` the people who may (empty for other errors).
    """

    def __init__(self, message: str, reasons: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons
        self.may = may


class MorePeopleError(NotDecidedError):
    """An approval was written and counts, but `need` people must approve and only `have` did so far."""

    def __init__(self, ticket_id: str, person: str, have: int, need: int, may: tuple[str, ...]) -> None:
        hint = f"next may: {', '.join(may)}" if may else "nobody else who is configured may"
        super().__init__(f"{ticket_id}: {have} of {need} approvals ({person}); {hint}", may=may)
        self.person, self.have, self.need = person, have, need


class Ask(msgspec.Struct, frozen=True):
    """What the reviewer asks for, and when."""

    verdict: Verdict
    reviewer: str
    reason: str
    reason_code: str | None
    channel: str
    at: int
    directory: Directory
    plan: tuple[Remedy, ...] = ()


def decide(
    casebook: Casebook,
    settings: Settings,
    ticket_id: str,
    verdict: Verdict,
    *,
    reviewer: str,
    reason: str,
    channel: str,
    reason_code: str | None = None,
    plan: tuple[Remedy, ...] = (),
    now: int | None = None,
) -> Decision:
    """Approves or denies an open ticket; an approval mints the ticket's one grant.

    Where more than one person must approve, the last of them decides; until then an approval is written to
    the trail and raises `MorePeopleError`. `plan` is what has to be done about what is denied.

    `reason_code` is one of `REASON_CODES` that goes with the verdict, or nothing. Asking again for the same
    verdict as the same person returns the decision that stands. Raises `NotDecidedError` (unknown ticket, no
    reason, wrong code or state, too late, reviewer may not). `now` in µs, UTC.
    """
    directory = Directory.of(settings)
    at = now_us() if now is None else now
    said = reasoned(verdict, reason)
    code = _code(verdict, reason_code)
    ask = Ask(verdict, reviewer, said, code, channel, at, directory, _plan(verdict, plan))
    with casebook.writing() as writing:
        writing.identities(identities(settings), Entry(event="identities_changed", actor="settings", at=at))
        outcome = _decide(writing, ticket_id, msgspec.structs.replace(ask, at=writing.clock(at)))
    if isinstance(outcome, NotDecidedError):
        raise outcome
    return outcome


def expire(casebook: Casebook, now: int | None = None) -> tuple[str, ...]:
    """Live tickets whose time is over become expired; returns their ids."""
    with casebook.writing() as writing:
        at = writing.clock(now_us() if now is None else now)
        late = writing.overdue("live", at)
        for ticket in late:
            _expire(writing, ticket, at)
    return tuple(ticket.ticket_id for ticket in late)


def reasoned(verdict: str, reason: str) -> str:
    """The reason without spaces around it; raises `NotDecidedError` for none, and for an unknown verdict."""
    said = reason.strip()
    if verdict not in VERDICTS:
        raise NotDecidedError(f"verdict: found {verdict!r}, expected one of {', '.join(VERDICTS)}")
    if not any(character.isalnum() for character in said):
        raise NotDecidedError("reason: found none; say in a few words why, it is kept with the decision")
    if len(said) > _LONGEST:
        raise NotDecidedError(f"reason: found {len(said)} characters, expected at most {_LONGEST}")
    return said


def _code(verdict: Verdict, code: str | None) -> str | None:
    if code is not None and code not in fitting(verdict):
        known = ", ".join(fitting(verdict))
        raise NotDecidedError(
            f"reason code: found {code[:80]!r}, expected one that goes with {verdict}: {known}"
        )
    return code


def _plan(verdict: Verdict, plan: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    if plan and verdict != "denied":
        raise NotDecidedError("remedies: they go with a denial only")
    if unknown := next((one for one in plan if one not in REMEDIES), None):
        raise NotDecidedError(f"remedy: found {unknown[:80]!r}, expected one of {', '.join(REMEDIES)}")
    return tuple(one for one in REMEDIES if one in plan)


def _decide(writing: Writing, ticket_id: str, ask: Ask) -> Decision | NotDecidedError:
    ticket = writing.ticket(ticket_id)
    if ticket is None:
        return NotDecidedError(f"ticket {ticket_id!r} is not in the casebook; see: afteraction tickets list")
    if (stands := writing.decision(ticket_id)) is not None:
        return _again(stands, ask)
    if (shut := closed(writing, ticket, ask)) is not None:
        return shut
    now = standing(writing.events_of(ticket_id), ask.at)
    judged = judge(
        ticket, ask.directory, ask.reviewer, now, "now" if ask.verdict == "approved" else "any_time"
    )
    if isinstance(judged, Refused):
        return refuse(writing, ticket, ask, judged, now)
    if ask.verdict == "denied":
        return settle(writing, ticket, ask, judged)
    return _approve(writing, ticket, ask, judged, now)


def _approve(
    writing: Writing, ticket: Ticket, ask: Ask, allowed: Allowed, now: Standing
) -> Decision | NotDecidedError:
    """The approval that completes the quorum settles the ticket; one before it is a vote in the trail."""
    votes = standing_votes(ticket, ask.directory, now)
    vote, need = Vote(allowed.person, allowed.instead_of), needed(ticket, ask.directory.settings)
    fresh = not any(voted(one, votes, ask.directory) for one in vote.people())
    have = (*votes, vote) if fresh else votes
    if len(have) >= need:
        return settle(writing, ticket, ask, allowed, have)
    if fresh:
        writing.note(ticket, _endorsed(ticket, ask, vote))
    after = Standing(now.at, now.escalated, (*now.votes, vote))
    return MorePeopleError(
        ticket.ticket_id, allowed.person, len(have), need, may_decide(ticket, ask.directory, after)
    )


def _endorsed(ticket: Ticket, ask: Ask, vote: Vote) -> Entry:
    details = {
        "person": vote.person,
        "instead_of": vote.instead_of,
        "reviewer": ask.reviewer,
        "channel": ask.channel,
        "reason": ask.reason,
        "reason_code": ask.reason_code,
        "content_sha256": content_digest(ticket),
    }
    return Entry(event="endorsed", actor=vote.person, at=ask.at, details=details)


def _again(stands: Decision, ask: Ask) -> Decision | NotDecidedError:
    people = {one.person for one in ask.directory.login(ask.reviewer)}
    if stands.verdict == ask.verdict and people == {stands.person}:
        return stands
    return NotDecidedError(
        f"{stands.ticket_id} is already {stands.verdict} by {stands.person}; a decision stands"
    )


def closed(writing: Writing, ticket: Ticket, ask: Ask) -> NotDecidedError | None:
    """Why nobody can decide this way on this ticket now, if so."""
    if ticket.kind == "live" and ticket.state == "open" and ticket.due_at <= ask.at:
        return _expire(writing, ticket, ask.at)
    try:
        step(ask.verdict, ticket.state, ticket.kind)
    except WrongState as error:
        return NotDecidedError(f"{ticket.ticket_id}: {error}; see: afteraction tickets list")
    if ticket.kind == "live" and ask.verdict == "approved" and ticket.args_sha256 is None:
        return NotDecidedError(
            f"{ticket.ticket_id}: its arguments have no digest to bind a grant to; deny it"
        )
    return None


def _expire(writing: Writing, ticket: Ticket, at: int) -> NotDecidedError:
    target = step("expired", ticket.state, ticket.kind).target
    writing.move(
        ticket, target, Entry(event="expired", actor="clock", at=at, details={"due_at": ticket.due_at})
    )
    return NotDecidedError(f"{ticket.ticket_id} has expired; the agent has to ask again")


def refuse(writing: Writing, ticket: Ticket, ask: Ask, judged: Refused, now: Standing) -> NotDecidedError:
    """Writes the attempt to the trail; the error says why, and who may."""
    details = {"reasons": list(judged.reasons)}
    writing.note(ticket, Entry(event="refused", actor=ask.reviewer[:300], at=ask.at, details=details))
    may = may_decide(ticket, ask.directory, now)
    hint = f"these people may: {', '.join(may)}" if may else "nobody who is configured may"
    return NotDecidedError(f"{ticket.ticket_id}: {'; '.join(judged.reasons)}; {hint}", judged.reasons, may)


def settle(
    writing: Writing,
    ticket: Ticket,
    ask: Ask,
    allowed: Allowed,
    votes: tuple[Vote, ...] = (),
    *,
    event: str | None = None,
) -> Decision:
    """Writes the decision with its grant and entry; `event` is the verdict unless it came about otherwise."""
    decision = Decision(
        decision_id="D-" + secrets.token_hex(8),
        ticket_id=ticket.ticket_id,
        verdict=ask.verdict,
        reviewer=ask.reviewer,
        person=allowed.person,
        reason=ask.reason,
        channel=ask.channel,
        args_sha256=ticket.args_sha256,
        decided_at=ask.at,
        reason_code=ask.reason_code,
    )
    grant = _mint(ticket, ask.at) if ask.verdict == "approved" else None
    details = _details(ticket, decision, grant, allowed) | {
        "plan": list(ask.plan),
        "approved_by": [one.person for one in votes],
        "needed": needed(ticket, ask.directory.settings),
        "groups": [one.name for one in chain(ticket, ask.directory.settings)],
    }
    writing.settle(
        ticket,
        decision,
        grant,
        Entry(event=event or ask.verdict, actor=allowed.person, at=ask.at, details=details),
    )
    return decision


def _mint(ticket: Ticket, at: int) -> Grant:
    """A live ticket's grant waits for its action; a retroactive one is used up by what already ran."""
    live = ticket.kind == "live"
    nonce, expiry = secrets.token_hex(16), min(at + GRANT_US, ticket.due_at) if live else at
    return Grant(
        grant_id="G-" + secrets.token_hex(8),
        ticket_id=ticket.ticket_id,
        digest=grant_digest(of_ticket(ticket), nonce, expiry),
        nonce=nonce,
        minted_at=at,
        expires_at=expiry,
        consumed_at=None if live else at,
    )


def _details(ticket: Ticket, decision: Decision, grant: Grant | None, allowed: Allowed) -> dict[str, Any]:
    return {
        "decision_id": decision.decision_id,
        "reviewer": decision.reviewer,
        "channel": decision.channel,
        "reason_code": decision.reason_code,
        "reason": decision.reason,
        "content_sha256": content_digest(ticket),
        "notes": list(allowed.notes),
        "instead_of": allowed.instead_of,
        "grant": None if grant is None else {"grant_id": grant.grant_id, "digest": grant.digest},
    }
