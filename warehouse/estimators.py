"""From counts to values with intervals, and the rules for small numbers, each with its source.

Belongs here: pure functions on arrays. Never here: tables, files, SQL. Where statsmodels or SciPy has the method, it is
theirs that is called; ours are the design effect, the display ladder and the dominance rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm
from scipy.stats import t as student_t
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95
PUBLISH_N, PUBLISH_K = 100, 10  # below either: shown with flag u
SHOW_N, SHOW_K = 30, 5  # below either: too few to say
DOMINANT_ONE, DOMINANT_TWO = 0.5, 0.8
RESAMPLES = 2000

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def design_effect(
    k: ArrayLike, n: ArrayLike, square_sum: ArrayLike, size_sum: ArrayLike, clusters: ArrayLike
) -> Floats:
    """How much wider the variance of a share k/n is because openings come in clusters of employers; at least 1.

    The linearised variance of a ratio over clusters, m/(m-1) * sum_e (k_e - p n_e)^2 / n^2, divided by p(1-p)/n of
    simple random sampling (Cochran, Sampling Techniques, 3rd ed., 1977, section 9A; Kish, Survey Sampling, 1965, 5.4).
    ``square_sum`` is that sum over employers, ``size_sum`` the sum of n_e^2, ``clusters`` the number m of employers. A
    gain from clustering is not claimed (floor 1). Where p is 0 or 1 that variance is 0 and says nothing: there the
    effect is that of unequal sizes alone, 1 + cv^2 = m * sum_e n_e^2 / n^2 (Kish, Journal of Official Statistics 8,
    1992, 183-200). One cluster alone: 1.
    """
    hits, trials, squares, sizes, groups = _floats(k, n, square_sum, size_sum, clusters)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / trials
        clustered = groups / (groups - 1) * squares / trials**2
        degenerate = (share == 0) | (share == 1)
        effect = np.where(degenerate, groups * sizes / trials**2, clustered / (share * (1 - share) / trials))
    known = (groups > 1) & np.isfinite(effect)
    return np.where(known, np.maximum(effect, 1.0), 1.0)


def effective_n(k: ArrayLike, n: ArrayLike, square_sum: ArrayLike, size_sum: ArrayLike, clusters: ArrayLike) -> Floats:
    """Openings that would tell as much if each came from another employer: n / design effect, less for few clusters.

    The adjustment (t_{n-1} / t_{m-1})^2 widens intervals whose variance rests on few employers (Korn and Graubard,
    Survey Methodology 24, 1998, 193-201); no hit at all rests on as few. Never above n. One employer alone counts as
    one.
    """
    trials, groups = _floats(n, clusters)
    plain = trials / design_effect(k, n, square_sum, size_sum, clusters)
    with np.errstate(invalid="ignore"):
        upper = 1 - (1 - LEVEL) / 2
        shrink = (student_t.ppf(upper, trials - 1) / student_t.ppf(upper, groups - 1)) ** 2
    adjusted = plain * np.where((groups > 1) & np.isfinite(shrink), shrink, 1.0)
    return np.where((groups == 1) & (trials > 0), 1.0, np.minimum(adjusted, trials))


def wilson(share: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Wilson score interval of a share on n (or effective n, any positive number); NaN where n is 0.

    Wilson, JASA 22, 1927, 209-212, as statsmodels computes it; recommended for small n by Brown, Cai and DasGupta,
    Statistical Science 16, 2001, 101-133.
    """
    shares, trials = _floats(share, n)
    safe = np.where(trials > 0, trials, 1.0)
    low, high = proportion_confint(shares * safe, safe, alpha=1 - level, method="wilson")
    # At the ends the formula gives 0 and 1 up to rounding: say exactly that.
    low, high = np.where(shares == 0, 0.0, low), np.where(shares == 1, 1.0, high)
    empty = trials <= 0
    return np.where(empty, np.nan, np.clip(low, 0, 1)), np.where(empty, np.nan, np.clip(high, 0, 1))


def poisson_exact(count: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson count: from chi-squared quantiles at 2k and 2k + 2 degrees of freedom, halved.

    Garwood, Biometrika 28, 1936, 437-442. At no case at all the lower end is 0 and the upper one 3.69 at 95 %. What it
    says of a complete list is how far the number could move by chance if the same process went on.
    """
    (counts,) = _floats(count)
    tail = (1 - level) / 2
    low = np.where(counts > 0, chi2.ppf(tail, 2 * np.where(counts > 0, counts, 1)) / 2, 0.0)
    return np.where(np.isnan(counts), np.nan, low), chi2.ppf(1 - tail, 2 * counts + 2) / 2


def kish_n(weight: ArrayLike, units: ArrayLike) -> float:
    """Units of equal weight that would tell as much: (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965, 11.2)."""
    weights, number = _floats(weight, units)
    squares = float(np.sum(number * weights**2))
    return float(np.sum(number * weights)) ** 2 / squares if squares > 0 else 0.0


def bootstrap_ratio(
    weight: ArrayLike, hit: ArrayLike, units: ArrayLike, *, seed: int, level: float = LEVEL, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Percentile interval of the ratio sum(w * hit) / sum(w), resampling units with replacement.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; 2,000 resamples. Units of the same weight
    and judgement cannot be told apart, so that a resample is one multinomial draw over the distinct rows, of which
    there are ``units`` each: the same distribution as drawing unit by unit. A unit is a work, which counts once however
    many of its authors are counted. If all units are judged the same, resampling says nothing, and the interval is
    Wilson's on Kish's effective number. NaN without units.
    """
    weights, hits, number = _floats(weight, hit, units)
    total = int(np.sum(number))
    if total == 0 or not np.sum(weights * number) > 0:
        return float("nan"), float("nan")
    share = float(np.sum(weights * hits * number) / np.sum(weights * number))
    if share in (0.0, 1.0):
        low, high = wilson(share, kish_n(weights, number), level)
        return float(low[0]), float(high[0])
    draws = np.random.default_rng(seed).multinomial(total, number / total, size=resamples)
    ratios = (draws @ (weights * hits)) / (draws @ weights)
    ends = np.quantile(ratios, [(1 - level) / 2, 1 - (1 - level) / 2])
    return float(ends[0]), float(ends[1])


def cohen_kappa(both: int, first_only: int, second_only: int, neither: int) -> tuple[float, float, float]:
    """Agreement of two judgements beyond chance, with its interval; NaN where one of them never varies.

    Cohen, Educational and Psychological Measurement 20, 1960, 37-46; large-sample standard error by Fleiss, Cohen and
    Everitt, Psychological Bulletin 72, 1969, 323-327, as statsmodels computes it. Ends are kept within -1 and 1.
    """
    table = np.array([[both, first_only], [second_only, neither]], dtype=float)
    if np.any(table.sum(axis=0) == 0) or np.any(table.sum(axis=1) == 0):
        return float("nan"), float("nan"), float("nan")
    found = cohens_kappa(table)
    half = float(norm.ppf(1 - (1 - LEVEL) / 2)) * float(found.std_kappa)
    return float(found.kappa), max(-1.0, float(found.kappa) - half), min(1.0, float(found.kappa) + half)


def too_few(n: ArrayLike, k: ArrayLike) -> Flags:
    """Cells below the display ladder: nothing is said of them. ``n`` is the effective one.

    No case at all among 100 or more is a finding, and shown with its interval.
    """
    trials, hits = _floats(n, k)
    nothing = (hits == 0) & (trials >= PUBLISH_N)
    return ~nothing & ((trials < SHOW_N) | (hits < SHOW_K))


def unreliable(n: ArrayLike, k: ArrayLike) -> Flags:
    """Cells on the middle step of the ladder: shown with flag u, without ranking."""
    trials, hits = _floats(n, k)
    nothing = (hits == 0) & (trials >= PUBLISH_N)
    return ~nothing & ~too_few(trials, hits) & ((trials < PUBLISH_N) | (hits < PUBLISH_K))


def dominated(top_1: ArrayLike, top_2: ArrayLike) -> Flags:
    """Cells of which one employer holds more than half, or two more than four fifths (NaN: an empty cell, no)."""
    one, two = _floats(top_1, top_2)
    with np.errstate(invalid="ignore"):
        return (one > DOMINANT_ONE) | (two > DOMINANT_TWO)


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.atleast_1d(np.asarray(value, dtype=float)) for value in values]
