"""What a session reads is as sensitive as what another session wrote there: so are its flows from there."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.chain import FINGERPRINTS
from afteraction.records.finding import SENSITIVITIES

#: The last word of `how` where a flow is sensitive because of what another session wrote.
CHAINED: Final = "chain"
_RANKS: Final = {name: rank for rank, name in enumerate(SENSITIVITIES)}
_c = pl.col


def inherit(
    flows: pl.DataFrame, touched: pl.DataFrame, inherited: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """FLOWS and TOUCHES with the sensitivity that `inherited` (INHERITED) brings.

    A flow inherits where it comes from a read that is known to hold what another session wrote, and carries
    some of it onwards.
    """
    brought = _brought(touched, inherited)
    if brought.is_empty():
        return flows, touched
    ends = {"left_on": ["action_id", "origin_action_id"], "right_on": ["action_id", "read_action_id"]}
    more = _c("brought") > _rank("sensitivity").fill_null(0)
    raised = (
        flows.join(brought, how="left", maintain_order="left", **ends)  # type: ignore[arg-type]
        .with_columns(
            how=pl.when(more).then(_c("how") + f">{CHAINED}").otherwise("how"),
            sensitivity=pl.when(more).then(_named("brought")).otherwise("sensitivity"),
        )
        .select(flows.columns)
    )
    worst = brought.group_by("action_id").agg(_c("brought").max())
    carried = touched.join(worst, on="action_id", how="left", maintain_order="left").with_columns(
        sensitivity=pl.when((_c("way") == "wrote") & (_c("brought") > _rank("sensitivity").fill_null(0)))
        .then(_named("brought"))
        .otherwise("sensitivity")
    )
    return raised, carried.select(touched.columns)


def _brought(touched: pl.DataFrame, inherited: pl.DataFrame) -> pl.DataFrame:
    """`action_id`, `read_action_id`, `brought`: writes that hold some of what was inherited, and its rank."""
    onward = (
        touched.filter(_c("way") == "wrote")
        .select("action_id", put=_prints(), read_action_id="origins")
        .explode("read_action_id", empty_as_null=True)
        .drop_nulls("read_action_id")
    )
    known = inherited.select("read_action_id", brought=_rank("sensitivity"), had=_prints())
    return (
        onward.join(known, on="read_action_id", how="inner")
        .filter(_c("put").list.set_intersection("had").list.len() > 0)
        .group_by("action_id", "read_action_id")
        .agg(_c("brought").max())
    )


def _prints() -> pl.Expr:
    return pl.concat_list(_c(kind).fill_null([]) for kind in FINGERPRINTS)


def _rank(name: str) -> pl.Expr:
    return _c(name).replace_strict(_RANKS, default=0, return_dtype=pl.Int64)


def _named(name: str) -> pl.Expr:
    return _c(name).replace_strict(dict(enumerate(SENSITIVITIES)), default=None, return_dtype=pl.String)
