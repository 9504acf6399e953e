"""What is more than noise, checked against worked numbers and against simulation-free facts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.reading.statistics import detectable_difference, difference_p_value, discoveries


@pytest.mark.parametrize(("base", "n", "difference"), [(0.02, 3821, 0.010), (0.025, 16773, 0.005)])
def test_sizes_needed_agree_with_the_design(base: float, n: int, difference: float) -> None:
    assert detectable_difference(base, n, n) == pytest.approx(difference, rel=0.002)


def test_a_share_of_zero_can_rise() -> None:
    # p = 0: d² = z² d (1 - d) / n, so d = z² / (n + z²) with z = 1.95996 + 0.84162
    assert detectable_difference(0.0, 400, 400) == pytest.approx(7.8489 / 407.8489, rel=1e-4)


@settings(max_examples=200, deadline=None)
@given(share=st.floats(0, 1), n_a=st.floats(30, 50_000), n_b=st.floats(30, 50_000))
def test_what_is_found_solves_the_equation(share: float, n_a: float, n_b: float) -> None:
    found = detectable_difference(share, n_a, n_b)
    base = min(share, 1 - share)
    other = min(base + found, 1.0)
    spread = math.sqrt(base * (1 - base) / n_b + other * (1 - other) / n_a)
    assert found == pytest.approx((1.959964 + 0.841621) * spread, rel=1e-3)
    assert found == pytest.approx(detectable_difference(1 - share, n_a, n_b), rel=1e-6)  # a fall as well as a rise


def test_differences() -> None:
    assert difference_p_value(12 / 480, 480, 8 / 400, 400) > 0.5  # ratio 1.23, interval 0.52 to 2.90
    assert difference_p_value(60 / 3000, 3000, 30 / 3000, 3000) < 0.01  # ratio 1.98, interval 1.29 to 3.06
    assert difference_p_value(0.0, 50, 0.0, 50) == 1.0


def test_false_discoveries_are_bounded_together() -> None:
    assert discoveries([0.04]) == [True]
    assert discoveries([0.04] + [0.9] * 9) == [False] * 10
    assert discoveries([0.9, 0.001, 0.02]) == [False, True, True]
    assert discoveries([]) == []
