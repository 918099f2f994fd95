"""Reason codes: what a reviewer may say a ticket came to, and what is learned from it. One table."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from afteraction.records.ticket import Verdict

Label = Literal["harmful", "harmless"]
#: What became of the concern: the four things that a reviewer can find.
Disposition = Literal["legitimate", "false_alarm", "needs_follow_up", "harmful"]


class ReasonCode(NamedTuple):
    """A code, what it says, and with which verdicts it goes. `teaches` None: nothing is learned."""

    code: str
    disposition: Disposition
    verdicts: tuple[Verdict, ...]
    teaches: Label | None
    meaning: str


#: The closed list. Codes are never renamed: decisions of the past name them.
REASON_CODES: Final = (
    ReasonCode(
        "legitimate", "legitimate", ("approved",), "harmless", "it happened, and it was asked for or allowed"
    ),
    ReasonCode(
        "drill",
        "legitimate",
        ("approved", "denied"),
        None,
        "a test, a drill or a planted value of ours: it looks real, so nothing is learned from it",
    ),
    ReasonCode(
        "false_alarm",
        "false_alarm",
        ("approved",),
        "harmless",
        "what the ticket says did not happen, or is harmless",
    ),
    ReasonCode(
        "needs_follow_up",
        "needs_follow_up",
        ("approved", "denied"),
        None,
        "somebody has to look further; nothing is learned until they did",
    ),
    ReasonCode("harmful", "harmful", ("denied",), "harmful", "it did harm, or would have"),
    ReasonCode(
        "not_allowed", "harmful", ("denied",), "harmful", "a rule of ours forbids it, whatever came of it"
    ),
)
#: What is learned from a decision that names no code.
UNCODED: Final[dict[Verdict, Label]] = {"approved": "harmless", "denied": "harmful"}


def fitting(verdict: Verdict) -> tuple[str, ...]:
    """The codes that go with a verdict."""
    return tuple(one.code for one in REASON_CODES if verdict in one.verdicts)
