"""Thresholds that promise how often a clean session raises a ticket (calibration-conditional conformal)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class Certificate(msgspec.Struct, frozen=True):
    """With confidence 1 - `delta`, at most `alpha` of clean sessions like the `n` seen exceed the threshold.

    The threshold stands just above the `k`-th largest of the `n` clean session maxima.
    """

    n: int
    k: int
    alpha: float
    delta: float


def rank(n: int, alpha: float, delta: float) -> int:
    """The largest k for which P(Beta(k, n+1-k) <= alpha) >= 1 - delta; 0 if n is too small for any.

    The Beta tail equals P(Binomial(n, alpha) >= k), which is what is added up here.
    """
    if not 0 < alpha < 1 or not 0 < delta < 1:
        raise ValueError(f"alpha and delta lie between 0 and 1, not {alpha} and {delta}")
    below, k = 0.0, 0
    while k < n:
        below += _binomial(n, k, alpha)
        if below > delta:
            break
        k += 1
    return k


def fewest(alpha: float, delta: float) -> int:
    """The least number of sessions with which any threshold can be promised: 149 at 2 % and 5 %."""
    return max(1, math.ceil(math.log(delta) / math.log1p(-alpha)))


def threshold(session_maxima: Sequence[int], alpha: float, delta: float) -> tuple[int, Certificate] | None:
    """The lowest points at which to raise a ticket, with its certificate; `None` below the least n.

    `session_maxima` are the highest points of each clean, exchangeable session. Ties make it stricter.
    Source: Bates et al. 2023, calibration-conditional p-values for conformal outlier detection.
    """
    n = len(session_maxima)
    k = rank(n, alpha, delta)
    if k == 0:
        return None
    bound = sorted(session_maxima, reverse=True)[k - 1]
    return int(bound) + 1, Certificate(n=n, k=k, alpha=alpha, delta=delta)


def _binomial(n: int, k: int, p: float) -> float:
    logarithm = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(logarithm + k * math.log(p) + (n - k) * math.log1p(-p))
