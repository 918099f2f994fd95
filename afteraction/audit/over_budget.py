"""The daily ticket budget: which concerns of a day get a ticket, and which stand over the budget, in sight.

A budget is for the tickets that scores open for one day of a team's actions, whenever they are read. What is
certain is never budgeted: a critical level rests on deterministic evidence, a rule is the owner's own word.
Of the rest the riskiest of a day are let in; whoever came in stays in, so that late data and another run take
no ticket away from a person who may be looking at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.approvals.retroactive import concern_of
from afteraction.casebook import Casebook
from afteraction.lake import read_small, write_small
from afteraction.policy.lookup import team_names
from afteraction.records.over_budget import OVER_BUDGET
from afteraction.records.settings import Settings, Team

_TABLE: Final = "ticket-budget"
#: Every concern that a budget was asked for; `admitted` ones have a ticket.
_SCHEMA: Final[dict[str, pl.DataType]] = {**OVER_BUDGET, "admitted": pl.Boolean()}
_GROUP: Final = ("tenant", "team", "event_date")
_c = pl.col


@dataclass(frozen=True)
class Budgeted:
    """What a budget let through, and what to remember once the tickets are open.

    `kept` are the candidates that get or have a ticket; `returning` are concerns that were over budget and
    are not any more, whose candidates stand elsewhere in the lake.
    """

    kept: pl.DataFrame
    returning: pl.DataFrame
    state: pl.DataFrame | None

    @property
    def over(self) -> int:
        """How many concerns stand over their budget now."""
        return 0 if self.state is None else int((~self.state["admitted"]).sum())


def table(home: Path) -> pl.DataFrame:
    """The concerns that stand over a budget (`OVER_BUDGET`), the riskiest first."""
    held = _state(home).filter(~_c("admitted")).select(*OVER_BUDGET)
    return held.sort("risk", "points", "concern", descending=[True, True, False], nulls_last=True)


def held_back(home: Path) -> pl.Series:
    """The keys of sessions that stand over a budget: nobody has judged them."""
    return _state(home).filter(~_c("admitted"))["session_key"].unique()


def remember(home: Path, found: Budgeted) -> None:
    """Keep what stands over the budget; after the tickets are open, so that a killed run decides it again."""
    if found.state is not None and not found.state.equals(_state(home)):
        write_small(home, _TABLE, found.state)


def budgeted(
    home: Path, book: Casebook, rows: pl.DataFrame, settings: Settings, read: Sequence[str]
) -> Budgeted:
    """Divide candidates (`approvals.CANDIDATES` and `event_date`) by the budgets of their teams and days.

    `read` are the ids of all actions among which `rows` were looked for: a concern over budget whose action
    is among them and no candidate any more is forgotten.
    """
    state = _state(home)
    if state.is_empty() and _unlimited(settings):
        return Budgeted(rows, rows.clear().select("session_key", "event_date"), None)
    named = rows.with_columns(_concerns(rows))
    asked = _asked(named.filter(_c("status").fill_null("") != "denied"), settings.teams)
    certain = asked.filter("certain")["concern"]
    asked = asked.filter(~_c("certain")).select(*OVER_BUDGET)
    gone = (
        ~_c("admitted") & _c("action_id").is_in(list(read)) & ~_c("concern").is_in(asked["concern"].implode())
    )
    state = state.filter(~gone & ~_c("concern").is_in(certain.implode()))
    decided = _decided(state, asked, book, settings)
    held = decided.filter(~_c("admitted"))["concern"]
    before = state.filter(~_c("admitted"))["concern"]
    back = decided.filter(_c("admitted") & _c("concern").is_in(before.implode()))
    return Budgeted(named.filter(~_c("concern").is_in(held.implode())).drop("concern"), back, decided)


def _decided(state: pl.DataFrame, asked: pl.DataFrame, book: Casebook, settings: Settings) -> pl.DataFrame:
    """Every concern with `admitted`: as before, or by its rank among those of its team and day."""
    inside = state.filter("admitted")
    fresh = asked.filter(~_c("concern").is_in(inside["concern"].implode()))
    known = book.known(fresh["concern"].to_list())
    seated = fresh.filter(_c("concern").is_in(known)).with_columns(admitted=pl.lit(value=True))
    inside = pl.concat([inside, seated])
    waiting = state.filter(~_c("admitted")).drop("admitted").join(fresh, on="concern", how="anti")
    waiting = pl.concat([waiting, fresh.filter(~_c("concern").is_in(known))])
    waiting = waiting.with_columns(_budgets(waiting, settings))
    used = inside.group_by(*_GROUP).agg(used=pl.len().cast(pl.Int64))
    ranked = waiting.sort("risk", "points", "concern", descending=[True, True, False], nulls_last=True)
    ranked = ranked.with_columns(place=pl.int_range(1, pl.len() + 1).over(*_GROUP)).join(
        used, on=_GROUP, how="left", nulls_equal=True, maintain_order="left"
    )
    free = _c("budget").is_null() | (_c("place") <= _c("budget") - _c("used").fill_null(0))
    judged = ranked.with_columns(admitted=free).select(*_SCHEMA)
    return pl.concat([inside, judged]).sort("concern")


def _asked(rows: pl.DataFrame, teams: Sequence[Team]) -> pl.DataFrame:
    """One row per concern (`OVER_BUDGET` without a budget yet) and whether it is `certain`."""
    sure = (_c("level") == "critical") | _c("cause").fill_null("").str.starts_with("rule:")
    facts = (
        "tenant",
        "session_id",
        "session_key",
        "cause",
        "action_id",
        "agent_id",
        "title",
        "risk",
        "points",
        "level",
    )
    found = (
        rows.with_columns(_c("risk").fill_nan(None), sure=sure.fill_null(value=False))
        .sort("risk", "points", "action_id", descending=[True, True, False], nulls_last=True)
        .group_by("concern", maintain_order=True)
        .agg(
            *(_c(name).first() for name in facts),
            _c("event_date").min(),
            last_date=_c("event_date").max(),
            certain=_c("sure").any(),
        )
    )
    teamed = found.with_columns(team_names(found, teams).alias("team"), budget=pl.lit(None, pl.Int64))
    return teamed.select(*(_c(name).cast(kind) for name, kind in OVER_BUDGET.items()), "certain")


def _budgets(rows: pl.DataFrame, settings: Settings) -> pl.Series:
    own = {one.name: one.daily_tickets for one in settings.teams if one.daily_tickets is not None}
    default = settings.daily_tickets
    return pl.Series("budget", [own.get(team, default) for team in rows["team"]], dtype=pl.Int64)


def _unlimited(settings: Settings) -> bool:
    return settings.daily_tickets is None and all(one.daily_tickets is None for one in settings.teams)


def _concerns(rows: pl.DataFrame) -> pl.Series:
    pairs = rows.select("session_key", _c("cause").fill_null("unnamed")).iter_rows()
    return pl.Series("concern", [concern_of(*pair) for pair in pairs], dtype=pl.String)


def _state(home: Path) -> pl.DataFrame:
    held = read_small(home, _TABLE)
    return pl.DataFrame(schema=_SCHEMA) if held is None else held
