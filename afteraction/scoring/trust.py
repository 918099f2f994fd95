"""Trust: earned slowly by clean history that people reviewed, lost at once by confirmed harm.

What counts is what somebody judged, tickets and random audits alike; that nothing was flagged earns nothing.
Tickets are the riskier actions, so that a low rate of harm among them says more than one among all.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.scoring.influence import capped
from afteraction.scoring.precision import least_precision

#: The rate of harm that a level bears at most, with confidence: level 1, level 2.
LEVELS: Final = (0.10, 0.05)
_SUBJECT: Final = ("tenant", "kind", "name")
_c = pl.col
STANDING: Final[dict[str, pl.DataType]] = {
    "tenant": pl.String(),
    "kind": pl.String(),
    "name": pl.String(),
    "level": pl.Int64(),
    "reviewed": pl.Float64(),
    "harm_rate_at_most": pl.Float64(),
    "harmed_at": pl.Datetime("us", "UTC"),
}


def standing(labels: pl.DataFrame, delta: float) -> pl.DataFrame:
    """The level of every agent and tool that somebody judged (`STANDING`), sorted.

    `labels` has one row per judged action and person: `tenant`, `agent_id`, `tool`, `label` (`harmful` or
    `harmless`), `base` (how many verdicts it counts), `person`, `decided_at`. After harm history begins anew:
    only later verdicts count, and the k-th beginning errs with `delta` / (k (k + 1)), which sum to `delta`:
    else who begins often enough would come to a level by luck. No person supplies more than a fifth of what
    raises a level (`scoring.influence`), so that it takes five people to earn one.
    """
    parts = [
        labels.select(
            "tenant", pl.lit(kind).alias("kind"), "label", "base", "person", "decided_at", name=column
        )
        for kind, column in (("agent", "agent_id"), ("tool", "tool"))
    ]
    every = pl.concat(parts).drop_nulls(["tenant", "name"])
    harmed = every.filter(_c("label") == "harmful").group_by(_SUBJECT).agg(harmed_at=_c("decided_at").max())
    judged = every.join(harmed, on=_SUBJECT, how="left").sort(*_SUBJECT, "decided_at", "person")
    rows = [_row(own, delta) for own in judged.partition_by(_SUBJECT, maintain_order=True)]
    return pl.DataFrame(rows, schema=STANDING, orient="row")


def _row(own: pl.DataFrame, delta: float) -> tuple[object, ...]:
    """The standing of one subject."""
    fresh = own.filter(_c("harmed_at").is_null() | (_c("decided_at") > _c("harmed_at")))
    reviewed = float(capped(fresh["base"].to_numpy(), (fresh["person"].to_list(),)).sum())
    begun = 1 + own.filter(_c("label") == "harmful")["decided_at"].n_unique()
    most = harm_rate_at_most(reviewed, delta / (begun * (begun + 1)))
    return (*own.select(_SUBJECT).row(0), level(most), reviewed, most, own["harmed_at"][0])


def harm_rate_at_most(reviewed: float, delta: float) -> float:
    """The rate of harm at most after so many clean verdicts, with confidence 1 - `delta`.

    The confidence holds at all times at once since one beginning. Source: the Beta-binomial mixture of
    `scoring.precision`, of the clean ones among all.
    """
    clean = int(reviewed)
    return 1.0 if clean == 0 else 1.0 - least_precision(clean, clean, delta)


def level(harm_rate: float) -> int:
    """The level that a bound on the rate of harm earns."""
    return sum(harm_rate <= most for most in LEVELS)
