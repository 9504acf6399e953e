"""The few tests that say whether a difference is more than noise, and what could have been seen at all.

Belongs here: comparisons between two published shares. Never here: estimating a share or its interval (the release has
both). Sources: Benjamini and Hochberg (1995) for the false discovery rate; the usual normal approximation for the
two-sample test and its detectable difference (indicators.md, rules 1 and 9).
"""

from __future__ import annotations

import math
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
Z80 = NormalDist().inv_cdf(0.80)
FALSE_DISCOVERY_RATE = 0.10
MOST_STEPS = 60


def difference_p_value(share_a: float, n_a: float, share_b: float, n_b: float) -> float:
    """Two-sided p-value of the hypothesis that two independent shares are equal (pooled normal test)."""
    pooled = (share_a * n_a + share_b * n_b) / (n_a + n_b)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    if spread == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(share_a - share_b) / spread))


def detectable_difference(share: float, n_a: float, n_b: float) -> float:
    """Smallest difference from the share of base ``b`` that a 5 % two-sided test would find with 80 % power, 0..1.

    Solves d = (z_0.975 + z_0.80) · sqrt(p (1 - p) / n_b + (p + d)(1 - p - d) / n_a), the usual normal approximation
    for two independent proportions with the variance of each (Fleiss, Levin and Paik 2003, chapter 4; indicators.md
    section 9), by fixed-point iteration. The direction is the one towards 1/2, where the variance and so the
    difference is larger: what is said then holds for a rise and for a fall.
    """
    base = min(share, 1 - share)
    found = 0.5 - base / 2  # not 0: that is a (useless) solution for a base of 0
    for _ in range(MOST_STEPS):
        other = min(base + found, 1.0)
        step = (Z95 + Z80) * math.sqrt(base * (1 - base) / n_b + other * (1 - other) / n_a)
        if abs(step - found) < 1e-9:
            break
        found = step
    return found


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
