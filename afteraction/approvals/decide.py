"""A person decides on a ticket: checked, bound to the exact action, and written once with its audit entry."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec

from afteraction.approvals.binding import content_digest, grant_digest, of_ticket
from afteraction.approvals.directory import Directory, identities
from afteraction.approvals.separation import Allowed, Refused, judge, may_decide
from afteraction.approvals.states import VERDICTS, WrongState, step
from afteraction.casebook import Casebook, Decision, Entry, Grant, Ticket, Writing, now_us
from afteraction.records.reason_code import fitting
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


class _Ask(msgspec.Struct, frozen=True):
    """What the reviewer asks for, and when."""

    verdict: Verdict
    reviewer: str
    reason: str
    reason_code: str | None
    channel: str
    at: int
    directory: Directory


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
    now: int | None = None,
) -> Decision:
    """Approves or denies an open ticket; an approval mints the ticket's one grant.

    `reason_code` is one of `REASON_CODES` that goes with the verdict, or nothing. Asking again for the same
    verdict as the same person returns the decision that stands. Raises `NotDecidedError` (unknown ticket, no
    reason, wrong code or state, too late, reviewer may not). `now` in µs, UTC.
    """
    directory = Directory.of(settings)
    at = now_us() if now is None else now
    said = _reason(verdict, reason)
    ask = _Ask(verdict, reviewer, said, _code(verdict, reason_code), channel, at, directory)
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


def _reason(verdict: str, reason: str) -> str:
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


def _decide(writing: Writing, ticket_id: str, ask: _Ask) -> Decision | NotDecidedError:
    ticket = writing.ticket(ticket_id)
    if ticket is None:
        return NotDecidedError(f"ticket {ticket_id!r} is not in the casebook; see: afteraction tickets list")
    if (stands := writing.decision(ticket_id)) is not None:
        return _again(stands, ask)
    if (closed := _closed(writing, ticket, ask)) is not None:
        return closed
    judged = judge(ticket, ask.directory, ask.reviewer)
    if isinstance(judged, Refused):
        return _refuse(writing, ticket, ask, judged)
    return _settle(writing, ticket, ask, judged)


def _again(stands: Decision, ask: _Ask) -> Decision | NotDecidedError:
    people = {one.person for one in ask.directory.login(ask.reviewer)}
    if stands.verdict == ask.verdict and people == {stands.person}:
        return stands
    return NotDecidedError(
        f"{stands.ticket_id} is already {stands.verdict} by {stands.person}; a decision stands"
    )


def _closed(writing: Writing, ticket: Ticket, ask: _Ask) -> NotDecidedError | None:
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


def _refuse(writing: Writing, ticket: Ticket, ask: _Ask, judged: Refused) -> NotDecidedError:
    details = {"reasons": list(judged.reasons)}
    writing.note(ticket, Entry(event="refused", actor=ask.reviewer[:300], at=ask.at, details=details))
    may = may_decide(ticket, ask.directory)
    hint = f"these people may: {', '.join(may)}" if may else "nobody who is configured may"
    return NotDecidedError(f"{ticket.ticket_id}: {'; '.join(judged.reasons)}; {hint}", judged.reasons, may)


def _settle(writing: Writing, ticket: Ticket, ask: _Ask, allowed: Allowed) -> Decision:
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
    details = _details(ticket, decision, grant, allowed)
    writing.settle(
        ticket, decision, grant, Entry(event=ask.verdict, actor=allowed.person, at=ask.at, details=details)
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
        "grant": None if grant is None else {"grant_id": grant.grant_id, "digest": grant.digest},
    }
