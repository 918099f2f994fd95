"""Behaviour baselines: learned from the lake after an audit, used by the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.audit import counting, history_step
from afteraction.lake import Lake, read_small, write_small
from afteraction.scoring.guard import GUARD, KEYS, signed_off, stepped

#: The quantities that are held to step limits (`scoring.guard.GUARD`).
LIMITS: Final = "baselines/limits"
#: A session of this risk or more, that no reviewer let pass, makes no destination familiar.
_RISKY: Final = 0.5
_c = pl.col


def known(home: Path) -> Mapping[str, pl.DataFrame]:
    """The baselines as the last audit left them, by detector id; empty before the first."""
    from detectors import behaviour  # noqa: PLC0415 - detectors load only where they work

    found = {detector.id: read_small(home, _name(detector.id)) for detector in behaviour.all_detectors()}
    return {name: frame for name, frame in found.items() if frame is not None}


def features() -> pl.Struct:
    """What `features.row` holds: every column of every behaviour detector."""
    from detectors import behaviour  # noqa: PLC0415

    columns: dict[str, pl.DataType] = {}
    for detector in behaviour.all_detectors():
        columns.update(detector.columns)
    return pl.Struct(columns)


def learn(home: Path, lake: Lake, tickets: pl.DataFrame, today: date) -> bool:
    """Count what is new in `actions` and learn from it; says whether anything was. `tickets` are all of them.

    Sessions under review or with confirmed harm count for nothing (`counting`); what is usual moves only
    within step limits (`scoring.guard`).
    """
    from detectors import behaviour  # noqa: PLC0415
    from detectors.behaviour_detector import COUNTS  # noqa: PLC0415

    cleared = tickets.filter(_c("state") == "approved")["session_key"].unique()
    counter = partial(_counted, lake, cleared)
    counts = counting.count(home, lake, counting.under_review(tickets), counter, COUNTS)
    if counts is None:
        return False
    history_step.learn(home, counts)
    keys = [name for name in COUNTS if name != "seen"]
    merged = counts.group_by(keys).agg(_c("seen").sum(), days=_c("event_date").n_unique().cast(pl.Int64))
    for name, table in behaviour.fit_counts(merged).items():
        write_small(
            home, _name(name), _limited(home, table, counts, today) if "usual" in table.columns else table
        )
    return True


def limits(home: Path) -> pl.DataFrame:
    """The quantities that are held to step limits (`scoring.guard.GUARD`), those with an alarm first."""
    found = read_small(home, LIMITS)
    table = pl.DataFrame(schema=GUARD) if found is None else found
    return table.sort("alarmed_on", *KEYS, nulls_last=True)


def sign_off(home: Path, chosen: pl.Expr, person: str, today: date) -> int:
    """`person` accepts what history says of the `chosen` quantities; the next audit uses it. How many."""
    before = limits(home)
    write_small(home, LIMITS, signed_off(before, chosen, person, today))
    return before.filter(chosen).height


def told(home: Path) -> tuple[str, ...]:
    """What a person should know of the step limits: drifts that wait for a sign-off; nothing else."""
    alarmed = limits(home).filter(_c("alarmed_on").is_not_null())
    if alarmed.is_empty():
        return ()
    first = min(alarmed["alarmed_on"].cast(pl.String).to_list())
    said = f"{alarmed.height} baselines drift away from what was signed off, the first since {first}"
    return (f"{said}; nothing is blocked: afteraction baselines list",)


def _counted(lake: Lake, cleared: pl.Series, actions: pl.DataFrame) -> pl.DataFrame:
    from detectors import behaviour  # noqa: PLC0415
    from detectors.behaviour_detector import COUNTS  # noqa: PLC0415

    days = actions["event_date"].unique().to_list()
    risk = lake.read("action_risk", columns=("session_key", "risk"), dates=days)
    risky = risk.filter(_c("risk") >= _RISKY)["session_key"].unique()
    told = history_step.count(actions, risky.filter(~risky.is_in(cleared.implode())))
    both = pl.concat([behaviour.count(actions), told], how="diagonal")
    return both.select(_c(name).cast(kind) for name, kind in COUNTS.items())


def _limited(home: Path, table: pl.DataFrame, counts: pl.DataFrame, today: date) -> pl.DataFrame:
    """The baseline with `usual` as far as it may move today."""
    from detectors.behaviour._sizes import daily  # noqa: PLC0415

    sized = counts.filter(_c("kind").is_in(table["kind"].unique().implode()))
    guard = stepped(read_small(home, LIMITS), table, daily(sized), today)
    write_small(home, LIMITS, guard)
    keys = list(KEYS)
    return table.drop("usual").join(guard.select(*keys, "usual"), on=keys, how="left", nulls_equal=True)


def _name(detector: str) -> str:
    return f"baselines/{detector}"


def quantity() -> pl.Expr:
    """The name of a quantity of `LIMITS`: kind, level, tenant, agent and name; `-` where there is none."""
    return pl.concat_str([_c(name).fill_null("-") for name in KEYS], separator="/").alias("quantity")
