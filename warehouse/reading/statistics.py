"""The few tests that say whether a difference is more than noise, and what could have been seen at all.

Belongs here: comparisons of two published shares, of two Poisson counts, and of two other estimates by their intervals.
Never here: estimating any of them (the release has values and intervals). Sources: Benjamini and Hochberg (1995) for
the false discovery rate, at which all tests of a release are judged together; Przyborowski and Wilenski (1940) for
counts; the usual normal approximation for shares and estimates. What was not found is always said with the difference
that 80 % power would have found.
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
    for two independent proportions with the variance of each (Fleiss, Levin and Paik 2003, chapter 4),
    by fixed-point iteration. The direction is the one towards 1/2, where the variance and so the
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


def count_p_value(count_a: int, count_b: int) -> float:
    """Two-sided p-value of the hypothesis that two Poisson counts over equal times have one rate.

    Given their sum the first count is binomial with 1/2 (Przyborowski and Wilenski 1940); the smaller tail is doubled,
    which is never too bold.
    """
    total, fewer = count_a + count_b, min(count_a, count_b)
    if total == 0:
        return 1.0
    logs = [math.lgamma(total + 1) - math.lgamma(i + 1) - math.lgamma(total - i + 1) for i in range(fewer + 1)]
    tail = sum(math.exp(value - total * math.log(2)) for value in logs)
    return min(1.0, 2 * tail)


def detectable_count(count: float) -> float:
    """Smallest rise over a Poisson count that a 5 % two-sided test would find with 80 % power, in counts.

    Solves d = (z_0.975 + z_0.80) · sqrt(count + (count + d)), the normal approximation with the variance of each.
    """
    z = (Z95 + Z80) ** 2
    return (z + math.sqrt(z * z + 8 * count * z)) / 2


def interval_error(low: float, high: float, level: float = 0.95) -> float:
    """Standard error that an interval of the given level stands for, if its estimate is about normal."""
    return (high - low) / (2 * NormalDist().inv_cdf((1 + level) / 2))


def estimate_p_value(difference: float, error_a: float, error_b: float) -> float:
    """Two-sided p-value of a difference of two independent, about normal estimates with known standard errors."""
    spread = math.hypot(error_a, error_b)
    if spread == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(difference) / spread))


def detectable_estimate(error_a: float, error_b: float) -> float:
    """Smallest difference of two such estimates that a 5 % two-sided test would find with 80 % power."""
    return (Z95 + Z80) * math.hypot(error_a, error_b)
