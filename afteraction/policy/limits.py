"""Step limits: how far thresholds may move from what a person signed off, whatever history says.

A threshold that follows its history can be walked upwards by an agent that pads its behaviour a little
every day, and one that drops every flagged action from history ratchets downwards; the anchor stops both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from afteraction_hook.bundle import Bundle

#: The parts of a feature that verdicts may move.
_POINTS: Final = ("points", "other", "missing")


def beyond_limits(candidate: Bundle, anchor: Bundle, factor: float = 2.0) -> tuple[str, ...]:
    """Why the candidate moved too far from the signed-off `anchor`; empty if it did not.

    Each threshold may be at most `factor` times the anchor's and at least the anchor's divided by it;
    around zero and below the distance counts, in points. A scorecard may differ from the anchor's in its
    calibration, and in points above zero: from nothing to `factor` times as many. Points of any other cannot
    be compared; what is lost with lower ones, a backtest shows.
    """
    if factor < 1:
        raise ValueError(f"factor is at least 1, not {factor}")
    if not _comparable(candidate.document["scorecard"], anchor.document["scorecard"], factor):
        return (f"The scorecard is not the one that was signed off with {anchor.revision}.",)
    reasons = []
    if candidate.deny is None and anchor.deny is not None:
        reasons.append(f"The score no longer denies anything; in {anchor.revision} it did at {anchor.deny}.")
    for name in ("ticket", "ask", "deny"):
        now, then = getattr(candidate, name), getattr(anchor, name)
        if now is not None and then is not None and not _within(now, then, factor):
            reasons.append(
                f"The threshold {name} would be {now}; {anchor.revision} was signed off with {then}, "
                f"and a step of more than factor {factor:g} needs a person's sign-off."
            )
    return tuple(reasons)


def _comparable(now: Mapping[str, Any], then: Mapping[str, Any], factor: float) -> bool:
    """Whether one scorecard came from the other by nothing but smaller or limited larger points."""
    if len(now["features"]) != len(then["features"]):
        return False
    return all(
        set(new) == set(old)
        and all(_reaches(new[part], old[part], factor) for part in _POINTS if part in old)
        and all(new[part] == old[part] for part in old if part not in _POINTS)
        for new, old in zip(now["features"], then["features"], strict=True)
    )


def _reaches(now: Any, then: Any, factor: float) -> bool:
    if isinstance(then, Mapping):
        return now.keys() == then.keys() and all(_reaches(now[name], then[name], factor) for name in then)
    if isinstance(then, list):
        return len(now) == len(then) and all(
            _reaches(one, old, factor) for one, old in zip(now, then, strict=True)
        )
    return bool(0 <= now <= then * factor) if then > 0 else bool(now == then)


def _within(now: int, then: int, factor: float) -> bool:
    if then > 0:
        return then / factor <= now <= then * factor
    return abs(now - then) <= max(1, abs(then)) * (factor - 1)
