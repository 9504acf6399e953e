"""Estimators against worked numbers, references and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from warehouse import estimators


@pytest.mark.parametrize(
    ("k", "n", "low", "high", "digits"),
    [
        (950, 38_000, 2.35, 2.66, 2),
        (8, 400, 1.02, 3.90, 2),
        (5, 120, 1.8, 9.4, 1),
        (2, 60, 0.9, 11.4, 1),
        (0, 40, 0.0, 8.8, 1),
    ],
)
def test_the_worked_shares_of_the_method_paper(k: int, n: int, low: float, high: float, digits: int) -> None:
    found_low, found_high = estimators.wilson(k / n, n)
    assert round(float(found_low[0]) * 100, digits) == low
    assert round(float(found_high[0]) * 100, digits) == high


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.7), (3, 0.6, 8.8), (7, 2.8, 14.4)])
def test_the_worked_counts_of_the_method_paper(count: int, low: float, high: float) -> None:
    found_low, found_high = estimators.poisson_exact(count)
    assert round(float(found_low[0]), 1) == low
    assert round(float(found_high[0]), 1) == high
    if count:  # Garwood's interval in terms of chi-squared quantiles
        assert found_low[0] == pytest.approx(chi2.ppf(0.025, 2 * count) / 2)
    assert found_high[0] == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2)


@given(n=st.integers(1, 5000), part=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_wilson_is_statsmodels_and_holds_the_share(n: int, part: float) -> None:
    k = round(part * n)
    low, high = estimators.wilson(k / n, n)
    reference = proportion_confint(k, n, method="wilson")
    assert low[0] == pytest.approx(reference[0], abs=1e-12)
    assert high[0] == pytest.approx(reference[1], abs=1e-12)
    assert low[0] <= k / n <= high[0]


def test_wilson_of_nothing_is_not_a_number() -> None:
    low, high = estimators.wilson(0.0, 0)
    assert math.isnan(low[0])
    assert math.isnan(high[0])


def test_design_effect_by_hand() -> None:
    # Four employers with ten ads each; one has all eight hits: p = 0.2, residuals 6, -2, -2, -2.
    square_sum = 36 + 4 + 4 + 4
    variance = 4 / 3 * square_sum / 40**2
    expected = variance / (0.2 * 0.8 / 40)
    assert estimators.design_effect(8, 40, square_sum, 4)[0] == pytest.approx(expected)
    assert expected == pytest.approx(10)


def test_hits_spread_evenly_claim_no_gain() -> None:
    assert estimators.design_effect(8, 40, 0.0, 4)[0] == 1


def test_clustered_hits_widen_the_interval() -> None:
    spread = estimators.effective_n(8, 400, 7.84, 100)[0]
    clumped = estimators.effective_n(8, 400, 60.0, 100)[0]
    assert clumped < spread <= 400
    assert estimators.wilson(0.02, clumped)[1][0] > estimators.wilson(0.02, spread)[1][0]


def test_few_employers_count_less_than_many() -> None:
    few, many = (estimators.effective_n(8, 400, 7.84, clusters)[0] for clusters in (5, 200))
    assert few < many


def test_one_employer_is_one_fact_and_no_hit_keeps_its_base() -> None:
    assert estimators.effective_n(50, 100, 0.0, 1)[0] == 1
    assert estimators.effective_n(0, 40, 0.0, 12)[0] == 40


@given(
    sizes=st.lists(st.integers(1, 30), min_size=2, max_size=40),
    parts=st.lists(st.floats(0, 1), min_size=40, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_effective_n_stays_between_nothing_and_n(sizes: list[int], parts: list[float]) -> None:
    hits = np.array([round(size * part) for size, part in zip(sizes, parts, strict=False)])
    bases = np.array(sizes)
    n, k = bases.sum(), hits.sum()
    square_sum = ((hits - k / n * bases) ** 2).sum()
    assert 0 < estimators.effective_n(k, n, square_sum, len(sizes))[0] <= n


@pytest.mark.parametrize(
    ("n", "k", "step"),
    [
        (100, 10, "publish"),
        (5000, 200, "publish"),
        (100, 0, "publish"),
        (99, 10, "u"),
        (30, 30, "u"),
        (500, 9, "u"),
        (500, 5, "u"),
        (30, 5, "u"),
        (29, 29, "few"),
        (500, 4, "few"),
        (99, 0, "few"),
        (500, 1, "few"),
    ],
)
def test_the_display_ladder(n: int, k: int, step: str) -> None:
    few, unreliable = estimators.too_few(n, k)[0], estimators.unreliable(n, k)[0]
    assert ("few" if few else "u" if unreliable else "publish") == step


@pytest.mark.parametrize(
    ("top_1", "top_2", "expected"),
    [(0.51, 0.6, True), (0.5, 0.8, False), (0.45, 0.81, True), (0.2, 0.3, False), (math.nan, math.nan, False)],
)
def test_dominance(top_1: float, top_2: float, expected: bool) -> None:
    assert estimators.dominated(top_1, top_2)[0] == expected


def test_effective_number() -> None:
    assert estimators.effective_number([0.25] * 4) == pytest.approx(4)
    assert estimators.effective_number([1.0, 0.0]) == pytest.approx(1)
    assert 1 < estimators.effective_number([0.9, 0.1]) < 1.5
