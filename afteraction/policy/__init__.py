"""Thresholds chosen, policy bundle built, backtested, published, listed and rolled back."""

from afteraction.policy.backtesting import Backtest, Replay, Side, judges_alike, replay, seeds, side
from afteraction.policy.candidates import Candidate, build
from afteraction.policy.errors import PolicyError, RefusedError
from afteraction.policy.gate import objections
from afteraction.policy.history import BundleInfo, current, list_bundles, rolling, stored
from afteraction.policy.limits import beyond_limits
from afteraction.policy.publication import (
    beyond_reach,
    following,
    promote,
    publish,
    refuse,
    refused,
    resubmit,
    rollback,
    sign_again,
    sign_off,
)
from afteraction.policy.signing import next_key, public_keys, switch_key
from afteraction.policy.thresholds import choose

__all__ = [
    "Backtest",
    "BundleInfo",
    "Candidate",
    "PolicyError",
    "RefusedError",
    "Replay",
    "Side",
    "beyond_limits",
    "beyond_reach",
    "build",
    "choose",
    "current",
    "following",
    "judges_alike",
    "list_bundles",
    "next_key",
    "objections",
    "promote",
    "public_keys",
    "publish",
    "refuse",
    "refused",
    "replay",
    "resubmit",
    "rollback",
    "rolling",
    "seeds",
    "side",
    "sign_again",
    "sign_off",
    "stored",
    "switch_key",
]
