"""The few tests that say whether a difference is more than noise, and what could have been seen at all.

Belongs here: comparisons between two published shares. Never here: estimating a share or its interval (the release has
both). Sources: Wilson (1927) for the interval that is inverted here; Benjamini and Hochberg (1995) for the false
discovery rate; the usual normal approximation for the two-sample test and its detectable difference (indicators.md,
rules 1 and 9).
"""

from __future__ import annotations

import math
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
Z80 = NormalDist().inv_cdf(0.80)
FALSE_DISCOVERY_RATE = 0.10


def effective_n(share: float, low: float, high: float, n: int) -> float:
    """Effective sample size that a 95 % Wilson interval was computed with, at most n.

    A Wilson interval is centred on (p + z²/2m) / (1 + z²/m), so m = z² (1/2 - c) / (c - p). Intervals here are widened
    for postings of the same employer, and a test must not use more independent facts than the interval does. Near p =
    1/2 the centre says nothing and the half-width is inverted instead.
    """
    centre = (low + high) / 2
    if abs(share - 0.5) > 0.05 and abs(centre - share) > 1e-9:
        m = Z95**2 * (0.5 - centre) / (centre - share)
    else:
        half = max((high - low) / 2, 1e-9)
        m = Z95**2 * share * (1 - share) / half**2 - Z95**2
    return min(max(m, 1.0), float(n))


def difference_p_value(share_a: float, n_a: float, share_b: float, n_b: float) -> float:
    """Two-sided p-value of the hypothesis that two independent shares are equal (pooled normal test)."""
    pooled = (share_a * n_a + share_b * n_b) / (n_a + n_b)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    if spread == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(share_a - share_b) / spread))


def detectable_difference(share: float, n_a: float, n_b: float) -> float:
    """Smallest difference between two shares near ``share`` that a 5 % test would find with 80 % power."""
    return (Z95 + Z80) * math.sqrt(share * (1 - share) * (1 / n_a + 1 / n_b))


def discoveries(p_values: list[float], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Which hypotheses fall at the given false discovery rate (Benjamini-Hochberg), in the order given."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    last = -1
    for rank, index in enumerate(order):
        if p_values[index] <= rate * (rank + 1) / len(p_values):
            last = rank
    found = [False] * len(p_values)
    for index in order[: last + 1]:
        found[index] = True
    return found
