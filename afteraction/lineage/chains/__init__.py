"""Follows values from session to session: written to a place by one, read there by another."""

from afteraction.lineage.chains.inheriting import CHAINED, inherit
from afteraction.lineage.chains.linking import LOOKBACK_DAYS, UNKNOWN_MONTH, affected, link
from afteraction.lineage.chains.touches import touches

__all__ = ["CHAINED", "LOOKBACK_DAYS", "UNKNOWN_MONTH", "affected", "inherit", "link", "touches"]
