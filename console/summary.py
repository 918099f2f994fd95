"""What a newcomer sees after an audit: counts, findings, riskiest actions, what waits, what to type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from rich.console import Console
from rich.table import Table

from afteraction.audit import AuditReport
from afteraction.lake import query
from console.text import plain

_COLOURS: Final = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "unscorable": "magenta",
}
_FINDINGS: Final = """
SELECT detector, severity, count(*) AS findings, count(DISTINCT session_key) AS sessions FROM findings
WHERE suppressed_by IS NULL GROUP BY detector, severity
ORDER BY list_position(['critical','high','medium','low','info'], severity), findings DESC, detector
"""
_RISKIEST: Final = """
SELECT r.action_id, r.risk, r.level, r.reasons, r.session_id, r.seq, a.agent_id, a.tool, a.destination, a.args
FROM action_risk r JOIN actions a USING (action_id)
WHERE r.risk IS NOT NULL ORDER BY r.risk DESC, r.points DESC, r.action_id LIMIT 5
"""
_LEVELS: Final = "SELECT level, count(*) AS actions FROM action_risk GROUP BY level"
_SUPPRESSED: Final = (
    "SELECT suppression_id, state, owner, expires, uses FROM suppressions ORDER BY expires, 1"
)
_WAITING: Final = "SELECT count(*) FROM tickets WHERE state = 'open'"


@dataclass(frozen=True)
class Summary:
    """Everything that the page after an audit shows; all of it masked."""

    at: Path
    report: AuditReport
    findings: pl.DataFrame
    riskiest: pl.DataFrame
    levels: dict[str, int]
    waiting: int
    suppressions: pl.DataFrame

    @classmethod
    def read(cls, at: Path, report: AuditReport) -> Summary:
        """From the database that the audit has just published."""
        return cls(
            at=at,
            report=report,
            findings=query(at, _FINDINGS),
            riskiest=query(at, _RISKIEST),
            levels=dict(query(at, _LEVELS).iter_rows()),
            waiting=int(query(at, _WAITING).item()),
            suppressions=query(at, _SUPPRESSED),
        )

    def at_least(self, levels: Sequence[str]) -> int:
        """How many actions stand at one of these levels."""
        return sum(self.levels.get(level, 0) for level in levels)


def show(screen: Console, found: Summary) -> None:
    """Print the summary."""
    _counts(screen, found)
    _findings(screen, found)
    _riskiest(screen, found)
    _waiting(screen, found)
    _next(screen, found)


def _say(screen: Console, text: str) -> None:
    screen.print(text, highlight=False)


def _counts(screen: Console, found: Summary) -> None:
    read, analysed = found.report.ingest, found.report.analysis
    _say(screen, "")
    _say(
        screen,
        f"[bold]Read[/] {read.read:,} actions from {read.files:,} files: {read.accepted:,} new, "
        f"{read.duplicate:,} known before, {read.quarantined:,} quarantined; "
        f"and {read.messages:,} new messages.",
    )
    for code, count in read.reasons.items():
        _say(screen, f"  quarantined {count:,} x {plain(code)}")
    _say(
        screen,
        f"[bold]Analysed[/] {analysed.actions:,} actions in {analysed.sessions:,} sessions: "
        f"{analysed.flows:,} flows, {analysed.findings:,} findings, {analysed.unscorable:,} unscorable.",
    )


def _findings(screen: Console, found: Summary) -> None:
    table = Table(title="Findings by detector", title_justify="left", box=None, pad_edge=False)
    for name, justify in (
        ("detector", "left"),
        ("severity", "left"),
        ("findings", "right"),
        ("sessions", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for detector, severity, count, sessions in found.findings.iter_rows():
        table.add_row(
            detector, f"[{_COLOURS.get(severity, 'dim')}]{severity}[/]", f"{count:,}", f"{sessions:,}"
        )
    _say(screen, "")
    screen.print(table if found.findings.height else "No findings.")


def _riskiest(screen: Console, found: Summary) -> None:
    _say(screen, "\n[bold]The riskiest actions[/]")
    for number, row in enumerate(found.riskiest.iter_rows(named=True), start=1):
        colour = _COLOURS.get(row["level"], "dim")
        to = f" → {plain(row['destination'], 60)}" if row["destination"] else ""
        _say(
            screen,
            f"{number}. [{colour}]{row['risk']:.2f} {row['level']}[/] {plain(row['tool'], 50)}{to}   "
            f"[dim]{plain(row['agent_id'] or 'unnamed agent', 40)}, session {plain(row['session_id'], 40)} "
            f"call {row['seq']}[/]",
        )
        for reason in json.loads(row["reasons"])[:3]:
            _say(screen, f"     • {plain(reason['text'], 150)}")
        _say(screen, f"     [dim]{plain(row['args'], 150)}[/]")
        _say(screen, f"     [dim]{row['action_id']}[/]")


def _waiting(screen: Console, found: Summary) -> None:
    report = found.report
    opened = len(report.tickets.opened) + len(report.tickets.reopened)
    _suppressed(screen, found)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.controls.items()))
    policy = report.policy
    _say(screen, "")
    lots = len(report.tickets.audits)
    drawn = f" ({lots:,} of them random audits, drawn by lot)" if lots else ""
    _say(screen, f"[bold]Tickets[/]   {opened:,} opened now{drawn}, {found.waiting:,} wait for a person")
    _say(screen, f"[bold]Controls[/]  {outcomes}")
    _say(
        screen,
        f"[bold]Policy[/]    bundle {policy.revision} ({policy.outcome}): a ticket opens at "
        f"{policy.ticket_points} points; {policy.certificate}",
    )
    for reason in policy.reasons:
        _say(screen, f"          {plain(reason, 200)}")
    if policy.learned:
        _say(screen, f"[bold]Feedback[/]  {plain(policy.learned, 600)}")
    _say(
        screen,
        f"[bold]Ledger[/]    {report.published.ledger_size:,} entries, "
        f"root {report.published.ledger_root[:16]}…",
    )


def _suppressed(screen: Console, found: Summary) -> None:
    """How much is held back, and by whom no longer; nothing where nobody suppresses anything."""
    if found.suppressions.is_empty():
        return
    held, uses = found.suppressions.height, int(found.suppressions["uses"].sum())
    _say(
        screen,
        f"[bold]Held back[/] {uses:,} findings by {held:,} suppressions (afteraction suppressions list)",
    )
    for name, state, owner, expires, _ in found.suppressions.iter_rows():
        if state == "expired":
            _say(
                screen,
                f"          [yellow]expired[/] on {expires}: {plain(name, 64)}, whose owner is "
                f"{plain(owner, 40)}; what it held back counts again",
            )


def _next(screen: Console, found: Summary) -> None:
    action = found.riskiest["action_id"][0] if found.riskiest.height else "ACTION"
    _say(screen, "\n[bold]Next[/]")
    for command, why in (
        (f"afteraction explain {action}", "what was read and sent around the riskiest action"),
        ("afteraction tickets list", "what waits for a person"),
        ('afteraction sql "SELECT detector, count(*) FROM findings GROUP BY 1"', "any question"),
        ("afteraction serve", "Dagster and the inbox: drop a log file, it is audited"),
    ):
        screen.print(f"  .venv/bin/{command}", style="green", highlight=False, soft_wrap=True, markup=False)
        _say(screen, f"      [dim]{why}[/]")
