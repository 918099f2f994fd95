"""How many tickets are about harm, at least: a bound that stays true however often somebody looks."""

from __future__ import annotations

import math
from typing import Final

#: The mixture: harm is as likely to be rare as common.
_HARM: Final = 1.0
_NONE: Final = 1.0
_HALVINGS: Final = 60


def least_precision(harmful: int, judged: int, delta: float) -> float:
    """With confidence 1 - `delta`, at least this share (0 to 1) of tickets like these is about harm.

    Holds at all times at once: looking after every verdict does not wear it out. Raises `ValueError` where
    there are more harmful ones than judged ones. Source: Beta-binomial mixture martingale, Robbins 1970;
    Howard et al. 2021.
    """
    if not 0 <= harmful <= judged or not 0 < delta < 1:
        raise ValueError(f"found {harmful} of {judged} and delta {delta}")
    if harmful == 0:
        return 0.0
    low, high = 0.0, harmful / judged
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _evidence(harmful, judged, middle) >= -math.log(delta):
            low = middle
        else:
            high = middle
    return low


def _evidence(harmful: int, judged: int, share: float) -> float:
    """Logarithm of the mixture's likelihood over that of `share`."""
    mixed = _beta(_HARM + harmful, _NONE + judged - harmful) - _beta(_HARM, _NONE)
    return mixed - harmful * math.log(share) - (judged - harmful) * math.log1p(-share)


def _beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)
