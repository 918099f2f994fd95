"""The gate: what a backtest must show before a bundle is published without a person."""

from __future__ import annotations

from afteraction.policy.backtesting import Backtest, listed


def objections(report: Backtest, tickets_factor: float = 1.5) -> tuple[str, ...]:
    """Why the candidate must not go live by itself; empty where nothing speaks against it.

    No confirmed incident that the live bundle finds may be lost, no seeded attack may slip through more than
    before, and tickets per day may rise by `tickets_factor`, or by one, whichever is more.
    """
    new, old = report.candidate, report.live
    reasons = []
    if lost := sorted(set(new.lost) - set(old.lost)):
        reasons.append(
            f"It would lose {len(lost)} of {old.incidents_kept} confirmed incidents that {old.revision} "
            f"finds: {listed(lost)}."
        )
    if new.tickets_per_day > max(old.tickets_per_day * tickets_factor, old.tickets_per_day + 1):
        reasons.append(
            f"It would open {new.tickets_per_day:g} tickets a day where {old.revision} opens "
            f"{old.tickets_per_day:g}, over the newest {report.actions:,} of {report.recorded:,} actions; "
            f"more than factor {tickets_factor:g} needs a person's sign-off."
        )
    for name, now, then in (
        ("open a ticket for", new.seeds_ticketed, old.seeds_ticketed),
        ("stop live", new.seeds_stopped, old.seeds_stopped),
    ):
        if now < then:
            reasons.append(
                f"It would {name} {now} of {report.seeds} seeded attacks, where {old.revision} does {then}."
            )
    return tuple(reasons)
