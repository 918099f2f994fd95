"""Step limits: how far thresholds may move from what a person signed off, whatever history says.

A threshold that follows its history can be walked upwards by an agent that pads its behaviour a little
every day, and one that drops every flagged action from history ratchets downwards; the anchor stops both.
"""

from __future__ import annotations

from afteraction_hook.bundle import Bundle


def beyond_limits(candidate: Bundle, anchor: Bundle, factor: float = 2.0) -> tuple[str, ...]:
    """Why the candidate moved too far from the signed-off `anchor`; empty if it did not.

    Each threshold may be at most `factor` times the anchor's and at least the anchor's divided by it;
    around zero and below the distance counts, in points. Points of another scorecard cannot be compared.
    """
    if factor < 1:
        raise ValueError(f"factor is at least 1, not {factor}")
    if candidate.document["scorecard"] != anchor.document["scorecard"]:
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


def _within(now: int, then: int, factor: float) -> bool:
    if then > 0:
        return then / factor <= now <= then * factor
    return abs(now - then) <= max(1, abs(then)) * (factor - 1)
