"""The audit over one home folder: every step, each idempotent, each safe to be killed and run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path

import msgspec
import polars as pl

from afteraction import compliance, lake
from afteraction.approvals.directory import sync
from afteraction.approvals.retroactive import TicketReport
from afteraction.audit import (
    backtest_step,
    baselines,
    canary_step,
    chain_step,
    challenge_step,
    history_step,
    journal,
    policy_step,
    recorded,
    suppression_step,
    ticket_step,
    trust_step,
    workers,
)
from afteraction.audit.analysis import Task, warm
from afteraction.audit.backlog import BATCH_ACTIONS, batches, none_waits, waiting
from afteraction.audit.derived import Derived, added_up, commit, derive
from afteraction.audit.intake import ingest
from afteraction.audit.reports import (
    AnalysisReport,
    IngestReport,
    PolicyPreview,
    PolicyReport,
    Progress,
    PublishReport,
)
from afteraction.audit.workers import PROCESSES, in_order
from afteraction.casebook import Casebook, where
from afteraction.lake import Lake
from afteraction.ledger import Ledger
from afteraction.policy import Backtest as Report
from afteraction.policy import BundleInfo
from afteraction.records.settings import Backtest, Settings, Suppression, load_settings
from afteraction.scoring.challenger import Challenge

_HELD_BACK = ("action_id", "session_key", "event_date", "suppressed_by")
#: Rows of one commit, and the actions from which more processes are worth their start.
_COMMIT_ACTIONS = 24_000
_WORTH_PROCESSES = 10_000


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole audit did, step by step."""

    ingest: IngestReport
    analysis: AnalysisReport
    tickets: TicketReport
    policy: PolicyReport
    controls: dict[str, int]
    published: PublishReport


def _even(total: int, processes: int) -> int:
    """Actions of one batch, so that all processes get as many batches and end together."""
    rounds = max(1, -(-total // (BATCH_ACTIONS * processes)))
    return max(1, -(-total // (rounds * processes)))


def _silent(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


class Audit:
    """Every step of an audit over `home`. Steps take turns between processes by the lake's lock."""

    def __init__(
        self,
        home: Path,
        settings: Settings | None = None,
        progress: Progress | None = None,
        now: Callable[[], int] | None = None,
    ) -> None:
        self.home = home.absolute()
        self.home.mkdir(parents=True, exist_ok=True)
        self.settings = load_settings(self.home) if settings is None else settings
        self._progress = progress or _silent
        self._now = now or (lambda: time.time_ns() // 1000)
        self._lake = Lake(self.home)

    @cached_property
    def casebook(self) -> Casebook:
        """The store of tickets and decisions."""
        return Casebook.open(where(self.home, self.settings))

    @cached_property
    def ledger(self) -> Ledger:
        """The tamper-evident log."""
        return Ledger(self.home / "ledger", self.home / "keys" / "ledger.ed25519")

    def run(self, paths: Sequence[Path], format: str | None = None) -> AuditReport:  # noqa: A002 - as in the CLI
        """All: read `paths`, analyse what is new, open tickets, choose policy, run controls, publish."""
        read = self.ingest(paths, format)
        analysed = self.analyse()
        tickets = self.open_tickets()
        policy = self.choose_policy()
        results = self.check_controls()
        return AuditReport(
            ingest=read,
            analysis=analysed,
            tickets=tickets,
            policy=policy,
            controls=dict(results["outcome"].value_counts(sort=True).iter_rows()),
            published=self.publish(),
        )

    def ingest(self, paths: Sequence[Path], format: str | None = None) -> IngestReport:  # noqa: A002 - as in the CLI
        """Read sources into the lake; raises `SourceError` when there is nothing to read."""
        with self._lock():
            at = self._now()
            report = ingest(
                self._lake,
                self.home / "keys",
                paths,
                self.settings,
                format=format,
                at=at,
                progress=self._progress,
            )
            if report.changed:
                self.ledger.append_once([journal.run_entry(at, report)])
            return report

    def dates(self) -> list[str]:
        """Event dates in the lake (`YYYY-MM-DD` or `undated`)."""
        return self._lake.dates("originals")

    def pending(self) -> list[str]:
        """Event dates with sessions that wait to be analysed."""
        return sorted(set(waiting(self.home, self._lake)["event_date"]))

    def analyse(self, dates: Sequence[str] | None = None) -> AnalysisReport:
        """Analyse the sessions that are new or have grown; with `dates`, all of theirs again."""
        with self._lock():
            workers.prepare(warm)
            now = chain_step.inherited(self._lake)
            sessions = self._with(self._waiting(dates), chain_step.heirs(self.home, now))
            report, linked = self._analyse(sessions, now, every=dates is None), 0
            workers.release()
            for _ in range(chain_step.MOST_HOPS):
                chain_step.inheritance_applied(self.home, now)
                linked += chain_step.follow_chains(self.home, self._lake)
                now = chain_step.inherited(self._lake)
                sessions = self._with(sessions.clear(), chain_step.heirs(self.home, now))
                if sessions.is_empty():
                    self._tidy(every=dates is None)
                    break
                self._analyse(sessions, now)
            return msgspec.structs.replace(report, chains=linked)

    def _tidy(self, *, every: bool) -> None:
        """When `every` session is analysed and linked: merge small files, and remember that it is so."""
        if every:
            self._lake.tidy()
            none_waits(self.home, self._lake)
            chain_step.all_linked(self.home, self._lake)

    def _analyse(
        self, sessions: pl.DataFrame, inherited: pl.DataFrame, *, every: bool = False
    ) -> AnalysisReport:
        """One round; `every` says that no other session waits. What others wrote is known only after it."""
        if sessions.is_empty():
            return AnalysisReport()
        total = int(sessions["actions"].sum())
        processes = PROCESSES if total > _WORTH_PROCESSES else 1
        size = _even(total, processes)
        task = replace(self._task(), inherited=inherited)
        reports, held = list[AnalysisReport](), list[Derived]()
        tasks = (replace(task, parts=parts) for parts in batches(self._lake, sessions, size))
        for done in in_order(partial(derive, self.home), tasks, processes=processes):
            held.append(done)
            reports.append(done.report)
            if sum(one.report.actions for one in held) >= _COMMIT_ACTIONS:
                commit(self._lake, held)
                held = []
                self._progress("analyse", sum(one.actions for one in reports), total)
        if held:
            commit(self._lake, held)
        self._progress("analyse", total, total)
        suppression_step.applied(self.home, self._in_force(), every=every)
        return added_up(reports)

    def open_tickets(self) -> TicketReport:
        """Open a ticket for each concern that reaches the threshold of the bundle that scored it."""
        with self._lock():
            sync(self.casebook, self.settings, self._now())
            return ticket_step.open_tickets(self.home, self._lake, self.casebook, self.settings, self._now())

    def choose_policy(self) -> PolicyReport:
        """Learn baselines and thresholds from history; publish a bundle if its content changed."""
        with self._lock():
            baselines.learn(self.home, self._lake, self.casebook.tickets(), self._today())
            tickets = self.casebook.ticket_actions()
            now = datetime.fromtimestamp(self._now() / 1e6, UTC)
            moved = trust_step.learn(self.home, self._lake, tickets, self.settings, now)
            if moved:
                policy_step.in_force(self.home, self.settings)
            report = policy_step.choose(self.home, self._lake, tickets, self.settings)
            reasons = (*report.reasons, *moved, *baselines.told(self.home))
            return msgspec.structs.replace(report, reasons=reasons)

    def sign_off_baselines(self, chosen: pl.Expr, person: str, reason: str) -> int:
        """`person` accepts what history says of the `chosen` quantities as usual; how many those are."""
        with self._lock():
            day = self._today()
            names = (
                baselines.limits(self.home).filter(chosen).select(baselines.quantity()).to_series().to_list()
            )
            if names:
                entry = {"kind": "baseline", "key": f"{self._now()}", "person": person, "reason": reason}
                self.ledger.append([{**entry, "quantities": names}])
            return baselines.sign_off(self.home, chosen, person, day)

    def preview_policy(self) -> PolicyPreview:
        """What `choose_policy` would submit and what its gate says; publishes nothing."""
        with self._lock():
            tickets = self.casebook.ticket_actions()
            return policy_step.preview(self.home, self._lake, tickets, self.settings)

    def challenge(self) -> Challenge | None:
        """Compare models of other kinds with the scorecard over the newest features, and keep the report."""
        return challenge_step.run(self.home, self._lake, self.casebook.ticket_actions(), self._today())

    def check_controls(self) -> pl.DataFrame:
        """Run every control over the tables as they are now (`CONTROL_RESULTS`)."""
        with self._lock():
            self._swap_in()
            with lake.reading(self.home) as ask:
                results = compliance.run(ask, parameters=compliance.parameters_of(self.settings))
            lake.write_small(self.home, "control_results", results)
            return results

    def publish(self) -> PublishReport:
        """Record what changed in the ledger and swap in the published database."""
        with self._lock():
            self._progress("publish", 0, 1)
            head = journal.record(
                self.home,
                self._lake,
                self.ledger,
                self.casebook,
                suppressions=self.settings.suppressions,
                day=self._today(),
            )
            database = self._swap_in()
            self._progress("publish", 1, 1)
            return PublishReport(database=str(database), ledger_size=head.size, ledger_root=head.root.hex())

    def backtest(self, wanted: BundleInfo, live: BundleInfo, limits: Backtest | None = None) -> Report:
        """What both bundles make of recorded actions; that originals were opened stands in the ledger."""
        reason = f"backtest of {wanted.revision}"
        self.ledger.append([{"kind": "opening", "key": str(self._now()), "what": "all", "reason": reason}])
        tickets = self.casebook.ticket_actions()
        within = limits or self.settings.backtest
        return backtest_step.backtest(self.home, self._lake, wanted, live, tickets=tickets, limits=within)

    def original(self, session_key: str, action_id: str) -> tuple[str | None, str | None] | None:
        """Raw arguments and result of an action, once `approvals.unmasking` permitted it; None for none.

        The ledger holds the entry before anything is opened.
        """
        journal.record_events(self.ledger, self.casebook)
        return recorded.original(self.home, self._lake, session_key, action_id)

    def record_decisions(self) -> None:
        """Put what people decided into the ledger, and into the published database if that can be made now.

        A running audit publishes it when it ends; after a lake out of reach the next audit does.
        """
        journal.record_events(self.ledger, self.casebook)
        with suppress(BlockingIOError, lake.LakeError), self._lake.lock(wait=False):
            self._swap_in()

    def record_suppressions(self) -> None:
        """Put the settings' suppressions into the ledger now; the next audit applies them."""
        journal.record_suppressions(self.ledger, self.settings.suppressions, self._today())

    def record_canaries(self) -> None:
        """Put the settings' canaries, by name, into the ledger."""
        journal.record_canaries(self.ledger, self.settings.canaries)

    def _today(self) -> date:
        return suppression_step.today(self._now())

    def _in_force(self) -> tuple[Suppression, ...]:
        return suppression_step.in_force(self.settings.suppressions, self._today())

    def _waiting(self, dates: Sequence[str] | None) -> pl.DataFrame:
        """Sessions that are new, have grown or were changed by a suppression; with `dates`, all of theirs."""
        sessions = waiting(self.home, self._lake, dates, again=dates is not None)
        if dates is not None:
            return sessions
        return self._with(sessions, suppression_step.affected(self.home, self._lake, self._in_force()))

    def _with(self, sessions: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
        """`sessions` and those with these keys."""
        if keys.is_empty():
            return sessions
        again = waiting(self.home, self._lake, again=True).filter(pl.col("session_key").is_in(keys.implode()))
        return pl.concat([sessions, again]).unique("session_key").sort("event_date", "session_key")

    def _lock(self) -> AbstractContextManager[None]:
        return self._lake.lock(lambda: self._progress("wait for another audit", 0, 0))

    def _task(self) -> Task:
        """What all batches of this run share."""
        live = policy_step.in_force(self.home, self.settings)
        return Task(
            parts=pl.DataFrame(),
            keys=self.home / "keys",
            destinations=self.settings.destinations,
            scorecard=live.scorecard,
            revision=live.revision,
            baselines=baselines.known(self.home),
            suppressions=self._in_force(),
            canaries=canary_step.canaries(self.home, self.settings.canaries),
            sources=self.settings.sources,
            history=history_step.known(self.home),
            mask_names=self.settings.mask_names,
        )

    def _swap_in(self) -> Path:
        small = journal.small_tables(self.home, self.casebook, self.ledger)
        known = self.settings.suppressions
        if known:
            held_back = self._lake.read("findings", columns=_HELD_BACK)
            small["suppressions"] = suppression_step.table(known, held_back, self._today())
        return lake.publish(self.home, small)
