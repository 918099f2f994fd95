"""Reading an original: a right, a reason and an entry in the trail, before anything is opened."""

from __future__ import annotations

from afteraction.approvals.decide import NotDecidedError, reasoned
from afteraction.approvals.directory import Directory
from afteraction.casebook import Casebook, Entry, now_us
from afteraction.records.settings import Settings


def permit(
    casebook: Casebook,
    settings: Settings,
    ticket_id: str,
    action_id: str,
    *,
    reviewer: str,
    reason: str,
    channel: str,
    now: int | None = None,
) -> str:
    """Writes to the trail that this person opens the original of an action of this ticket; returns who.

    Only an active person in the group `review.originals` may. Raises `NotDecidedError` for others, which
    stands in the trail too, and for an action of another ticket. `now` in µs, UTC.
    """
    said = reasoned("approved", reason)
    with casebook.writing() as writing:
        ticket = writing.ticket(ticket_id)
        if ticket is None or action_id not in ticket.action_ids:
            raise NotDecidedError(f"found no ticket {ticket_id!r} with an action {action_id[:80]!r}")
        at = writing.clock(now_us() if now is None else now)
        person, why = _entitled(Directory.of(settings), reviewer)
        asked = {"action_id": action_id, "reason": said, "channel": channel}
        if why is None:
            writing.note(ticket, Entry(event="original_opened", actor=person, at=at, details=asked))
        else:
            refused = {"reasons": [why], "original_of": action_id}
            writing.note(ticket, Entry(event="refused", actor=person, at=at, details=refused))
    if why is not None:
        raise NotDecidedError(f"{ticket_id}: {why}", (why,))
    return person


def _entitled(directory: Directory, reviewer: str) -> tuple[str, str | None]:
    """Who it is, and why they may not, if so."""
    group, people = directory.settings.review.originals, directory.login(reviewer)
    if len(people) != 1:
        return reviewer[:300], f"{reviewer[:300]!r} is not an account of one configured person"
    person = people[0]
    if group is None:
        return person.person, "nobody may open originals (review.originals names no group)"
    if not person.active or directory.is_agent(directory.alike(person)):
        return person.person, f"{person.person} is not active, or shares an account with an agent"
    if group not in person.groups:
        return person.person, f"{person.person} is not in {group}, whose people may open originals"
    return person.person, None
