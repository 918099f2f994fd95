"""Thresholds chosen, policy bundle built, backtested, published, listed and rolled back."""

from afteraction.policy.backtesting import Backtest, backtest
from afteraction.policy.candidates import Candidate, build
from afteraction.policy.errors import PolicyError, RefusedError
from afteraction.policy.history import BundleInfo, current, list_bundles, rolling, stored
from afteraction.policy.limits import beyond_limits
from afteraction.policy.publication import promote, publish, refuse, refused, resubmit, rollback, sign_off
from afteraction.policy.signing import next_key, public_keys, switch_key
from afteraction.policy.thresholds import choose

__all__ = [
    "Backtest",
    "BundleInfo",
    "Candidate",
    "PolicyError",
    "RefusedError",
    "backtest",
    "beyond_limits",
    "build",
    "choose",
    "current",
    "list_bundles",
    "next_key",
    "promote",
    "public_keys",
    "publish",
    "refuse",
    "refused",
    "resubmit",
    "rollback",
    "rolling",
    "sign_off",
    "stored",
    "switch_key",
]
