"""The arithmetic of an evaluation on cases that can be counted by hand, and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from models.scores import calibration, one_against_rest, projected_precision, proportion, set_f1, wilson, yes_or_no


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_wilson_as_published(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == (low, high)
    assert wilson(k, n) == tuple(round(float(x), 4) for x in proportion_confint(k, n, method="wilson"))


def test_nothing_counted_gives_no_value() -> None:
    assert proportion(0, 0) == {"value": None, "low": None, "high": None, "k": 0, "n": 0}
    assert calibration(np.array([], dtype=bool), np.array([]))["ece"] is None
    assert set_f1([]) == {"micro_f1": None, "macro_f1": None}


def test_yes_or_no() -> None:
    gold = np.array([True] * 8 + [False] * 12)
    said = np.array([True] * 6 + [False] * 2 + [True] * 3 + [False] * 9)
    scores = yes_or_no(gold, said)
    assert (scores["precision"], scores["recall"], scores["specificity"]) == (0.6667, 0.75, 0.75)
    assert scores["f1"] == 0.7059
    assert scores["f1_low"] < 0.7059 < scores["f1_high"]


def test_a_class_against_the_rest() -> None:
    found = one_against_rest(["user", "user", "none", "governance"], ["user", "none", "none", "user"], "user")
    assert (found["sensitivity"]["k"], found["sensitivity"]["n"]) == (1, 2)
    assert (found["specificity"]["k"], found["specificity"]["n"]) == (1, 2)


def test_precision_falls_with_prevalence_as_bayes_says() -> None:
    # 9 of 10 found, 2 of 10 hard and 0 of 80 plain negatives flagged: 0.1 x 0.2 = 2 % of negatives in the field
    gold = np.array([True] * 10 + [False] * 90)
    said = np.array([True] * 9 + [False] + [True] * 2 + [False] * 88)
    hard = np.array([False] * 10 + [True] * 10 + [False] * 80)
    found = projected_precision(gold, said, hard)
    assert found["0.03"]["value"] == round(0.9 * 0.03 / (0.9 * 0.03 + 0.02 * 0.97), 4)
    assert found["0.01"]["value"] < found["0.03"]["value"] < found["0.05"]["value"]
    assert projected_precision(gold, said, np.zeros(100, dtype=bool)) == {}


def test_calibration_error_is_the_distance_of_share_and_score() -> None:
    gold = np.array([True, True, False, False, True, False, False, False, False, False])
    scores = np.array([0.8] * 5 + [0.1] * 5)  # said .8, were .6; said .1, were 0
    found = calibration(gold, scores)
    assert found["ece"] == 0.15
    assert [(b["n"], b["share"]) for b in found["bins"]] == [(5, 0.0), (5, 0.6)]


def test_perfectly_calibrated_scores_have_little_error() -> None:
    generator = np.random.default_rng(1)
    scores = generator.random(20_000)
    gold = generator.random(20_000) < scores
    assert calibration(gold, scores)["ece"] < 0.02


def test_sets_micro_and_macro() -> None:
    pairs = [({"a", "b"}, {"a", "c"}), ({"a"}, {"a"})]
    assert set_f1(pairs) == {"micro_f1": 0.6667, "macro_f1": 0.5}  # 2*2/(3+3); a 1, b 0
    assert set_f1(pairs, {"a", "b"})["micro_f1"] == 0.8
