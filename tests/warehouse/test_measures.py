"""Estimators of counts, ratios and agreement against known values and properties, and which measure gets which."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import estimators
from warehouse.estimate import COUNTS
from warehouse.measures import ESTIMATORS, SAMPLE, valued

CELL = {"indicator_code": "R1", "geo": "LU", "period": "2023", "dimensions": json.dumps({"definition": "own-text"})}


def counts(**fields: Any) -> pd.DataFrame:
    """One counts row with given fields; the rest is harmless."""
    row = {
        **dict.fromkeys(COUNTS, np.nan),
        **CELL,
        "measure": "ratio",
        "unit": "share",
        "flags": "",
        "known_from": datetime(2024, 9, 1, tzinfo=UTC),
        "is_sample": True,
        **fields,
    }
    frame = pd.DataFrame([row], columns=list(COUNTS))
    return frame.astype({"n": "Int64", "k": "Int64"})


def sample(*groups: tuple[str, float, int]) -> pd.DataFrame:
    return pd.DataFrame([(*CELL.values(), *group) for group in groups], columns=list(SAMPLE))


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Garwood's table as reprinted everywhere, and the worked numbers of the catalogue: 0, 3 and 7 deals.
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.619, 8.767), (7, 2.814, 14.423), (100, 81.36, 121.63)],
)
def test_poisson_intervals_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    found_low, found_high = estimators.poisson_exact(count)
    assert found_low[0] == pytest.approx(low, abs=0.006)
    assert found_high[0] == pytest.approx(high, abs=0.006)


@given(st.integers(0, 5000))
def test_poisson_intervals_hold_their_count_and_grow_with_it(count: int) -> None:
    low, high = estimators.poisson_exact([count, count + 1])
    assert low[0] <= count < high[0]
    assert low[0] < low[1]
    assert high[0] < high[1]


def test_poisson_intervals_cover_as_often_as_they_say() -> None:
    generator = np.random.default_rng(7)
    for rate in (0.5, 3.0, 12.0):
        low, high = estimators.poisson_exact(generator.poisson(rate, 20_000))
        assert np.mean((low <= rate) & (rate <= high)) >= 0.95


def test_equal_weights_give_the_interval_of_a_proportion() -> None:
    low, high = estimators.bootstrap_ratio([1.0, 1.0], [True, False], [200, 800], seed=1)
    wilson_low, wilson_high = estimators.wilson(0.2, 1000)
    assert low == pytest.approx(wilson_low[0], abs=0.004)
    assert high == pytest.approx(wilson_high[0], abs=0.004)


def test_one_draw_over_groups_is_the_bootstrap_over_units() -> None:
    weights = np.repeat([1.0, 0.5, 0.25], [30, 50, 120])
    hits = np.arange(200) % 5 == 0
    generator = np.random.default_rng(3)
    picks = generator.integers(0, 200, size=(8000, 200))
    ratios = (weights * hits)[picks].sum(axis=1) / weights[picks].sum(axis=1)
    frame = pd.DataFrame({"weight": weights, "hit": hits, "units": 1}).groupby(["weight", "hit"]).sum().reset_index()
    low, high = estimators.bootstrap_ratio(frame["weight"], frame["hit"], frame["units"], seed=5)
    assert (low, high) == pytest.approx(tuple(np.quantile(ratios, [0.025, 0.975])), abs=0.006)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.booleans(), st.integers(1, 400)), min_size=1, max_size=12))
def test_a_bootstrap_interval_is_ordered_within_bounds_and_repeatable(groups: list[tuple[float, bool, int]]) -> None:
    weights, hits, units = zip(*groups, strict=True)
    first = estimators.bootstrap_ratio(weights, hits, units, seed=11, resamples=200)
    assert first == estimators.bootstrap_ratio(weights, hits, units, seed=11, resamples=200)
    assert 0 <= first[0] <= first[1] <= 1
    if len(set(hits)) == 1:
        assert first[1] > first[0], "where all are judged the same, resampling alone would claim certainty"


def test_no_units_give_no_interval() -> None:
    assert np.isnan(estimators.bootstrap_ratio([], [], [], seed=1)).all()


def test_kappa_and_its_error_are_those_of_the_textbook() -> None:
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed., table 18.3 has kappa .676 for
    # three categories; the 2x2 case here is Cohen's formula by hand: p_o = .70, p_e = .50.
    kappa, low, high = estimators.cohen_kappa(20, 5, 10, 15)
    assert kappa == pytest.approx(0.4)
    assert low < 0.4 < high
    assert high - low == pytest.approx(2 * 1.96 * 0.127, abs=0.02)


def test_kappa_is_one_at_full_agreement_none_at_chance_and_unknown_without_variation() -> None:
    assert estimators.cohen_kappa(30, 0, 0, 70)[0] == pytest.approx(1.0)
    assert estimators.cohen_kappa(25, 25, 25, 25)[0] == pytest.approx(0.0)
    assert np.isnan(estimators.cohen_kappa(0, 0, 10, 90)).all()


def test_a_ratio_is_seeded_by_its_cell_and_flagged_or_withheld_by_the_ladder() -> None:
    full = valued(counts(value=0.2, n=1000, k=200), sample(("yes", 1.0, 200), ("no", 1.0, 800))).iloc[0]
    assert (full["estimator"], full["flags"], full["n_effective"]) == ("bootstrap", "", 1000.0)
    assert 0.17 < full["low"] < 0.2 < full["high"] < 0.23
    few = valued(counts(value=0.1, n=60, k=6, flags="p"), sample(("yes", 0.5, 6), ("no", 0.5, 54))).iloc[0]
    assert few["flags"] == "pu"
    none = valued(counts(value=0.1, n=20, k=2), sample(("yes", 0.5, 2), ("no", 0.5, 18))).iloc[0]
    assert none["suppressed_because"] == "too_few"
    assert np.isnan(none[["value", "low", "high"]].astype(float)).all()


def test_unequal_weights_count_for_less() -> None:
    row = valued(counts(value=0.5, n=200, k=100), sample(("yes", 1.0, 100), ("no", 0.01, 100))).iloc[0]
    assert 100 < row["n_effective"] < 103


def test_public_facts_are_flagged_and_never_withheld_for_small_numbers() -> None:
    share = valued(counts(measure="public_share", value=0.5, n=2, k=1), sample()).iloc[0]
    assert (share["value"], share["flags"], share["estimator"]) == (0.5, "u", "wilson")
    assert share["low"] < 0.1
    assert share["high"] > 0.9
    total = valued(counts(measure="sum", value=50_000.0, k=1, unit="EUR"), sample()).iloc[0]
    assert (total["value"], total["k"], total["flags"]) == (50_000.0, 1, "")
    assert np.isnan(total["low"])
    none = valued(counts(measure="count", value=0.0, k=0), sample()).iloc[0]
    assert (none["value"], none["low"]) == (0.0, 0.0)
    assert none["high"] == pytest.approx(3.689, abs=0.001)


def test_a_month_that_was_not_watched_says_so() -> None:
    row = valued(counts(measure="not_watched"), sample()).iloc[0]
    assert row["suppressed_because"] == "not_watched"
    assert np.isnan(row["value"])
    assert pd.isna(row["k"])


def test_every_measure_names_an_estimator() -> None:
    for measure, estimator in ESTIMATORS.items():
        row = valued(counts(measure=measure, value=0.5, n=2, k=1), sample()).iloc[0]
        assert row["estimator"] == estimator
