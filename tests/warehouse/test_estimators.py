"""Estimators against worked numbers, references and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student_t
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
    assert estimators.design_effect(8, 40, square_sum, 400.0, 4)[0] == pytest.approx(expected)
    assert expected == pytest.approx(10)


def test_hits_spread_evenly_claim_no_gain() -> None:
    assert estimators.design_effect(8, 40, 0.0, 400.0, 4)[0] == 1


def test_clustered_hits_widen_the_interval() -> None:
    spread = estimators.effective_n(8, 400, 7.84, 1600.0, 100)[0]
    clumped = estimators.effective_n(8, 400, 60.0, 1600.0, 100)[0]
    assert clumped < spread <= 400
    assert estimators.wilson(0.02, clumped)[1][0] > estimators.wilson(0.02, spread)[1][0]


def test_few_employers_count_less_than_many() -> None:
    few, many = (estimators.effective_n(8, 400, 7.84, 400.0, clusters)[0] for clusters in (5, 200))
    assert few < many


def test_one_employer_is_one_fact_and_no_hit_among_single_ads_keeps_its_base() -> None:
    assert estimators.effective_n(50, 100, 0.0, 10_000.0, 1)[0] == 1
    assert estimators.effective_n(0, 40, 0.0, 40.0, 40)[0] == 40


def test_no_hit_among_employers_of_unequal_size_by_hand() -> None:
    # Four employers with 70, 10, 10 and 10 ads: m * sum of squares / n^2 = 4 * 5200 / 10000.
    assert estimators.design_effect([0, 100], 100, 0.0, 5200.0, 4) == pytest.approx([2.08, 2.08])
    assert estimators.effective_n(0, 100, 0.0, 5200.0, 4)[0] == pytest.approx(
        100 / 2.08 * (student_t.ppf(0.975, 99) / student_t.ppf(0.975, 3)) ** 2
    )


@given(sizes=st.lists(st.integers(1, 300), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_hit_is_not_more_certain_than_one(sizes: list[int]) -> None:
    n, largest = sum(sizes), max(sizes)
    squares = float(sum(size**2 for size in sizes))
    one_hit = 1 - 2 * largest / n + squares / n**2  # in the largest employer, where it tells most
    none = estimators.effective_n(0, n, 0.0, squares, len(sizes))[0]
    one = estimators.effective_n(1, n, one_hit, squares, len(sizes))[0]
    assert none <= one * n / (n - 1) * (1 + 1e-9)


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
    assert 0 < estimators.effective_n(k, n, square_sum, (bases**2).sum(), len(sizes))[0] <= n


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
