"""A random audit: actions that nothing spoke against, drawn for review with a chance that is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

_SPAN: Final = 2.0**64
_USE: Final = b"random audit"
#: So many times likelier is a session drawn than one of its actions.
_PER_SESSION: Final = 16.0
_c = pl.col


def drawn(
    actions: pl.DataFrame, dates: pl.DataFrame, share: float, key: Callable[[str], bytes]
) -> pl.DataFrame:
    """Rows of `actions` with `propensity`: of each date about `share` as many as `tickets` opened on it.

    `actions` holds `action_id`, `session_key`, `tenant` and `event_date` of those without a ticket; `dates`
    for each `event_date` the `tickets` among them and `held`, all actions of the date. A date without tickets
    draws as if it had one in all, so that no action is out of reach. The draw depends on session, action,
    these counts and the tenant's `key` (16 to 64 bytes) alone: drawing again draws the same, and nobody
    without the key can tell what is drawn. First sessions are drawn and then actions in them, which takes
    fewer digests and leaves every action its chance.
    """
    if share <= 0 or actions.is_empty():
        return actions.clear().with_columns(propensity=pl.lit(None, pl.Float64))
    here = pl.len().over("event_date")
    often = pl.max_horizontal(_c("tickets").fill_null(0) / here, 1 / _c("held").fill_null(here).clip(1))
    rows = actions.join(dates, on="event_date", how="left", maintain_order="left")
    rows = rows.with_columns(propensity=(share * often).clip(upper_bound=1.0)).drop("tickets", "held")
    rows = rows.with_columns(session=(_PER_SESSION * _c("propensity")).clip(upper_bound=1.0))
    keys = {tenant: key(tenant) for tenant in rows["tenant"].unique().to_list()}
    sessions = rows.select("session_key", "tenant").unique(maintain_order=True)
    sessions = sessions.with_columns(lot=_lots(sessions, keys))
    near = rows.join(sessions, on=["session_key", "tenant"], how="left", maintain_order="left")
    near = near.filter(_c("lot") < _c("session")).drop("lot")
    chance = near["propensity"] / near["session"]
    return near.filter(_lots(near.select("action_id", "tenant"), keys) < chance).drop("session")


def _lots(named: pl.DataFrame, keys: Mapping[str, bytes]) -> pl.Series:
    """From 0 (included) to 1 (not), evenly: the same for the same name and tenant's key."""
    found = [_lot(name, keys[tenant]) for name, tenant in named.iter_rows()]
    return pl.Series(found, dtype=pl.Float64)


def _lot(name: str, key: bytes) -> float:
    mixed = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=8, person=_USE)
    return int.from_bytes(mixed.digest(), "big") / _SPAN
