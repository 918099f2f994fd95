"""The states of a ticket and the steps between them: one table, from which all the rest is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from afteraction.records.ticket import TicketKind, TicketState, Verdict

By = Literal["audit", "person", "clock"]


class Step(NamedTuple):
    """`event` takes a ticket of these kinds from `source` (None: from nothing) to `target`."""

    event: str
    source: TicketState | None
    target: TicketState
    by: By
    kinds: tuple[TicketKind, ...]


class WrongState(ValueError):  # noqa: N818  (it is a state of affairs)
    """The ticket cannot take this step from where it is."""


_BOTH: Final[tuple[TicketKind, ...]] = ("retroactive", "live")
STEPS: Final = (
    Step("opened", None, "open", "audit", _BOTH),
    Step("approved", "open", "approved", "person", _BOTH),
    Step("broke_glass", "open", "approved", "person", ("live",)),
    Step("reopened", None, "open", "person", ("retroactive",)),
    Step("denied", "open", "denied", "person", _BOTH),
    Step("expired", "open", "expired", "clock", ("live",)),
    Step("superseded", "open", "superseded", "audit", ("retroactive",)),
)
#: What each state means to a reader.
MEANING: Final[Mapping[TicketState, str]] = {
    "open": "waits for a person",
    "approved": "a person accepted it; one grant was minted",
    "denied": "a person did not accept it",
    "expired": "nobody decided in time; the waiting action does not run",
    "superseded": "its set of actions grew; the next version waits instead",
}
#: What is written in the audit trail although the ticket stays as it is.
NOTES: Final[Mapping[str, str]] = {
    "endorsed": "a person approved, and more people must",
    "escalated": "its time ran; the next group may decide too",
    "remediated": "something was done about what was denied, with evidence",
    "original_opened": "a person read what stands behind a mask, and said why",
    "refused": "somebody tried to decide who may not",
    "consumed": "the grant was used for its action",
    "identities_changed": "who is who changed (no ticket)",
}
VERDICTS: Final[tuple[Verdict, ...]] = ("approved", "denied")


def step(event: str, state: TicketState | None, kind: TicketKind) -> Step:
    """The step that `event` makes from `state`; raises `WrongState` when there is none."""
    for one in STEPS:
        if one.event == event and one.source == state and kind in one.kinds:
            return one
    raise WrongState(f"a {kind} ticket that is {state or 'not there'} cannot become {event}")


def is_final(state: TicketState) -> bool:
    """Whether no step leads out of this state."""
    return all(one.source != state for one in STEPS)


def diagram() -> str:
    """The table as a mermaid state diagram."""
    arrows = [f"    {one.source or '[*]'} --> {one.target}: {one.event} by {_who(one)}" for one in STEPS]
    ends = [f"    {state} --> [*]" for state in MEANING if is_final(state)]
    return "\n".join(["stateDiagram-v2", *arrows, *ends])


def _who(one: Step) -> str:
    return one.by if one.kinds == _BOTH else f"{one.by} ({', '.join(one.kinds)})"
