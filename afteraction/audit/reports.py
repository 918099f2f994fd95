"""What each step of an audit did, in numbers that reconcile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

#: Called with a step's name, how much is done, and of how much (0: not known).
Progress = Callable[[str, int, int], None]


class CountsError(RuntimeError):
    """Records were lost or invented between reading and storing; nothing hides it."""


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was read. `read` counts actions and refused records: read = accepted + duplicate + quarantined.

    `records` counts source records (lines or entries), `messages` what people and models said. `changed`
    says whether the lake now holds something that it did not.
    """

    files: int = 0
    records: int = 0
    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    messages: int = 0
    changed: bool = False
    reasons: dict[str, int] = {}

    def check(self) -> IngestReport:
        """The report itself; raises `CountsError` if it does not reconcile."""
        if self.read != self.accepted + self.duplicate + self.quarantined:
            msg = (
                f"read {self.read} is not accepted {self.accepted} + duplicate {self.duplicate} "
                f"+ quarantined {self.quarantined}; please report this"
            )
            raise CountsError(msg)
        return self


class AnalysisReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was analysed: whole sessions that were new or had grown."""

    sessions: int = 0
    actions: int = 0
    unscorable: int = 0
    findings: int = 0
    flows: int = 0
    chains: int = 0
    dates: tuple[str, ...] = ()


class PolicyReport(msgspec.Struct, frozen=True, kw_only=True):
    """The bundle in force after the step, and what became of the candidate.

    `outcome` is `kept` (nothing new), `published` or `refused`; `reasons` says why. `ticket_points` is
    the threshold in force and `certificate` what it promises, as a sentence; `learned` what verdicts taught.
    """

    revision: str
    outcome: str
    ticket_points: int
    certificate: str
    sessions: int = 0
    reasons: tuple[str, ...] = ()
    learned: str = ""


class PolicyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate that history asks for, and the bundle in force: the same where it asks for nothing.

    `backtest` is as `policy.Backtest`, None where nothing would be judged otherwise; `reasons` are why the
    candidate would be refused.
    """

    live: str
    candidate: str
    ticket_points: int
    live_ticket_points: int
    certificate: str
    sessions: int
    learned: str
    backtest: dict[str, Any] | None
    reasons: tuple[str, ...] = ()


class PublishReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where the published database is and how far the ledger reaches."""

    database: str
    ledger_size: int
    ledger_root: str
