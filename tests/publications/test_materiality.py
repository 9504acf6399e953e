"""How much a change matters, and the tests of counts and estimates behind it."""

from __future__ import annotations

from typing import Any

import pytest

from publications import materiality
from warehouse.reading.statistics import (
    count_p_value,
    detectable_count,
    detectable_estimate,
    estimate_p_value,
    interval_error,
)


def cell(value: float, **more: Any) -> dict[str, Any]:
    row = {"indicator_code": "X1", "geo": "LU", "unit": "count", "estimator": "exact_poisson", "dimensions": {}}
    return row | {"value": value, "low": value - 1, "high": value + 1} | more


def test_counts_are_tested_exactly() -> None:
    assert count_p_value(3, 12) == pytest.approx(2 * (1 + 15 + 105 + 455) / 2**15)
    assert count_p_value(12, 3) == count_p_value(3, 12)
    assert count_p_value(7, 7) == 1.0
    assert count_p_value(0, 0) == 1.0
    assert count_p_value(4000, 4400) < 0.001  # no overflow
    needed = detectable_count(12)
    assert needed**2 == pytest.approx((1.959964 + 0.841621) ** 2 * (24 + needed), rel=1e-5)


def test_estimates_are_tested_by_their_intervals() -> None:
    assert interval_error(1.0, 1.0 + 2 * 1.959964) == pytest.approx(1.0, rel=1e-6)
    assert estimate_p_value(1.959964 * 5, 3, 4) == pytest.approx(0.05, abs=1e-6)
    assert estimate_p_value(0.1, 0, 0) == 1.0
    assert detectable_estimate(3, 4) == pytest.approx(5 * 2.801585, rel=1e-5)


def test_a_relevant_difference_is_set_for_each_kind_of_value() -> None:
    assert materiality.relevant_difference(cell(0.05, unit="share", indicator_code="T1"), cell(0.04)) == 0.005
    assert materiality.relevant_difference(cell(0.05, unit="share"), cell(0.04)) == 0.01
    assert materiality.relevant_difference(cell(24.0, unit="PC_ENT"), cell(23.0)) == 1.0
    assert materiality.relevant_difference(cell(12), cell(10)) == 2.0
    assert materiality.size(cell(12), cell(10)) == 1.0
    assert materiality.size(cell(12), cell(0)) == 1.0  # from nothing every count is as large as it is
    assert materiality.size(cell(12), None) == 1.0


def test_the_score_puts_home_totals_and_large_changes_first() -> None:
    large, small = (materiality.score(cell(value), cell(10), "test") for value in (20, 12))
    assert large > small
    assert small > materiality.score(cell(12, dimensions={"base": "all"}), cell(10), "test")
    assert small > materiality.score(cell(12, geo="EU27_2020"), cell(10), "test")
    assert small > materiality.score(cell(20), cell(10), "break")  # a break claims no size
    assert materiality.score(cell(1000), cell(10), "test") == materiality.MOST_SIZE
