"""A random audit: actions that nothing spoke against, drawn for review with a chance that is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import polars as pl

_SPAN: Final = 2.0**64
_USE: Final = b"random audit"
_c = pl.col


def drawn(
    actions: pl.DataFrame, dates: pl.DataFrame, share: float, key: Callable[[str], bytes]
) -> pl.DataFrame:
    """Rows of `actions` with `propensity`: of each date about `share` as many as `tickets` opened on it.

    `actions` holds `action_id`, `tenant` and `event_date` of those without a ticket; `dates` for each
    `event_date` the `tickets` among them and `held`, all actions of the date. A date without tickets draws
    as if it had one in all, so that no action is out of reach. The draw depends on the action, these counts
    and the tenant's `key` (16 to 64 bytes) alone: drawing again draws the same, and nobody without the key
    can tell what is drawn.
    """
    if share <= 0 or actions.is_empty():
        return actions.clear().with_columns(propensity=pl.lit(None, pl.Float64))
    here = pl.len().over("event_date")
    often = pl.max_horizontal(_c("tickets").fill_null(0) / here, 1 / _c("held").fill_null(here).clip(1))
    rows = actions.join(dates, on="event_date", how="left", maintain_order="left")
    rows = rows.with_columns(propensity=(share * often).clip(upper_bound=1.0)).drop("tickets", "held")
    keys = {tenant: key(tenant) for tenant in rows["tenant"].unique().to_list()}
    lots = [_lot(name, keys[tenant]) for name, tenant in rows.select("action_id", "tenant").iter_rows()]
    return rows.filter(pl.Series(lots, dtype=pl.Float64) < _c("propensity"))


def _lot(action_id: str, key: bytes) -> float:
    """0 (included) to 1 (not), evenly; the same for the same action and key."""
    mixed = hashlib.blake2b(action_id.encode("utf-8", "surrogatepass"), key=key, digest_size=8, person=_USE)
    return int.from_bytes(mixed.digest(), "big") / _SPAN
