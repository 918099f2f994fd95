"""The thresholds of a bundle, from the number that history gave and the scorecard's own calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afteraction.policy.errors import PolicyError

Certificate = Mapping[str, Any]


def choose(
    scorecard: Mapping[str, Any],
    ticket: int,
    certificate: Certificate | None = None,
    *,
    ask: int | None = None,
    deny_risk: float | None = 0.95,
) -> dict[str, Any]:
    """The `thresholds` of a bundle: the points at which a ticket opens, a person is asked, a call is denied.

    `ticket` is the lowest score that raises a ticket and `certificate` what was promised with it (n, k,
    alpha, delta, level; None where too few sessions are known for any promise). `ask` is `ticket` unless
    given. `deny` is the lowest score whose calibrated risk reaches `deny_risk`, and above `ask`; None
    where no score does, or where `deny_risk` is None: then nothing is denied by its score.
    """
    asks = ticket if ask is None else ask
    thresholds: dict[str, Any] = {
        "ticket": {"points": ticket, "certificate": None if certificate is None else dict(certificate)},
        "ask": {"points": asks},
        "deny": None,
    }
    lowest = None if deny_risk is None else _lowest_with(scorecard, deny_risk)
    if lowest is not None:
        thresholds["deny"] = {"points": max(lowest, asks + 1)}
    return thresholds


def _lowest_with(scorecard: Mapping[str, Any], risk: float) -> int | None:
    """The lowest points whose calibrated risk reaches `risk`; None where none does by an edge."""
    calibration = scorecard["calibration"]
    edges, risks = calibration["edges"], calibration["risk"]
    if len(risks) != len(edges) + 1:
        raise PolicyError(f"the calibration has {len(risks)} risks for {len(edges)} edges, expected one more")
    reached = [edge for edge, after in zip(edges, risks[1:], strict=True) if after >= risk]
    return None if not reached else -int(-min(reached) // 1)
