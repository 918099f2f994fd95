"""A grant is used once, for exactly the action that was approved."""

from __future__ import annotations

from afteraction.approvals.binding import Bound, grant_digest
from afteraction.casebook import Casebook, Entry, Grant, now_us


class NotGrantedError(RuntimeError):
    """The action may not run on this ticket's grant; the message says why."""


def redeem(casebook: Casebook, ticket_id: str, bound: Bound, *, actor: str, now: int | None = None) -> Grant:
    """Uses up the ticket's grant for the action that is about to run.

    Raises `NotGrantedError` if there is no grant, it was used, its time is over (a clock that was set
    back since does not help) or anything about the action differs from what was approved.
    """
    with casebook.writing() as writing:
        ticket, grant = writing.ticket(ticket_id), writing.grant(ticket_id)
        if ticket is None or grant is None:
            raise NotGrantedError(f"{ticket_id}: nobody approved this")
        at = writing.clock(now_us() if now is None else now)
        digest = grant_digest(bound, grant.nonce, grant.expires_at)
        entry = Entry(event="consumed", actor=actor, at=at, details={"grant_id": grant.grant_id})
        if not writing.consume(ticket, digest, entry):
            raise NotGrantedError(_why(grant, digest, at))
        return grant


def _why(grant: Grant, digest: str, at: int) -> str:
    if grant.digest != digest:
        return f"{grant.ticket_id}: the action is not the one that was approved; it needs its own approval"
    if grant.consumed_at is not None:
        return f"{grant.ticket_id}: its grant was used already; a second run needs its own approval"
    return f"{grant.ticket_id}: its grant expired {(at - grant.expires_at) // 1_000_000} s ago"
