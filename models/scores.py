"""The arithmetic of an evaluation: proportions with intervals, F1, calibration, precision at another prevalence.

Belongs here: numbers from labels and predictions, nothing else. Never here: texts, the taxonomy, what is a good score.
Intervals of proportions are Wilson's; those of F1 and of projected precision are percentile bootstrap over texts with a
fixed seed, since neither is a proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_RESAMPLES = 1_000
_SEED = 20261121
PREVALENCES = (0.01, 0.02, 0.03, 0.05)
HARD_SHARE = 0.1
"""Assumed share of hard negatives among texts that are not about AI, for projections to the field."""


def ratio(part: float, whole: float) -> float | None:
    """A quotient to four digits; None where nothing was counted."""
    return round(part / whole, 4) if whole else None


def wilson(k: int, n: int) -> tuple[float, float] | None:
    """The 95 % Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927); None for n = 0."""
    if n == 0:
        return None
    interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)


def proportion(k: int, n: int) -> dict[str, float | int | None]:
    """``value``, ``low``, ``high`` (95 %, Wilson), ``k`` of ``n``; the first three None for n = 0."""
    low, high = wilson(k, n) or (None, None)
    return {"value": ratio(k, n), "low": low, "high": high, "k": int(k), "n": int(n)}


def yes_or_no(gold: Bools, said: Bools) -> dict[str, Any]:
    """Precision, recall, specificity and F1 of a yes-or-no label, with the bootstrap interval of F1."""
    tp, fp, fn, tn = _cells(gold, said)
    low, high = _bootstrap_f1(gold, said)
    return {
        "n": len(gold),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "specificity": ratio(tn, tn + fp),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "f1_low": low,
        "f1_high": high,
    }


def one_against_rest(gold: Sequence[str], said: Sequence[str], label: str) -> dict[str, Any]:
    """Sensitivity and specificity of one class among several, each a proportion with its interval."""
    tp, fp, fn, tn = _cells(np.array([g == label for g in gold]), np.array([s == label for s in said]))
    return {"sensitivity": proportion(tp, tp + fn), "specificity": proportion(tn, tn + fp)}


def _cells(gold: Bools, said: Bools) -> tuple[int, int, int, int]:
    tp = int(np.sum(gold & said))
    return tp, int(np.sum(said)) - tp, int(np.sum(gold)) - tp, int(np.sum(~gold & ~said))


def _resamples(n: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng(_SEED).integers(0, n, size=(_RESAMPLES, n))


def _bootstrap_f1(gold: Bools, said: Bools) -> tuple[float | None, float | None]:
    if not len(gold):
        return None, None
    picks = _resamples(len(gold))
    tp = np.sum(gold[picks] & said[picks], axis=1)
    total = np.sum(gold[picks], axis=1) + np.sum(said[picks], axis=1)
    return _middle(2 * tp[total > 0] / total[total > 0])


def _middle(values: Floats) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def projected_precision(gold: Bools, said: Bools, hard: Bools) -> dict[str, dict[str, float | None]]:
    """The share of hits that would be right where AI texts are rare, per prevalence: value, low, high.

    From the recall, and the rates of false hits among hard and plain negatives mixed as in the field (``HARD_SHARE``).
    A projection, not an estimate of the field: that needs a probability sample. Without both kinds of negatives: {}.
    """
    negatives = ~gold
    if not (gold.any() and (negatives & hard).any() and (negatives & ~hard).any()):
        return {}
    picks = np.vstack([np.arange(len(gold)), _resamples(len(gold))])
    g, s, h = gold[picks], said[picks], hard[picks]
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity = (g & s).sum(axis=1) / g.sum(axis=1)
        false_hard = (~g & h & s).sum(axis=1) / (~g & h).sum(axis=1)
        false_plain = (~g & ~h & s).sum(axis=1) / (~g & ~h).sum(axis=1)
        false = HARD_SHARE * false_hard + (1 - HARD_SHARE) * false_plain
        found: dict[str, dict[str, float | None]] = {}
        for prevalence in PREVALENCES:
            hits = sensitivity * prevalence
            values = hits / (hits + false * (1 - prevalence))
            low, high = _middle(values[1:][~np.isnan(values[1:])])
            value = None if np.isnan(values[0]) else round(float(values[0]), 4)
            found[str(prevalence)] = {"value": value, "low": low, "high": high}
    return found


def calibration(gold: Bools, scores: Floats, bins: int = 10) -> dict[str, Any]:
    """How far a score of p means "right in p of the cases": expected calibration error, Brier score, and the bins.

    Bins of equal width (Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al., ICML 2017); empty ones are left out.
    """
    if not len(gold):
        return {"n": 0, "ece": None, "brier": None, "bins": []}
    places = np.minimum((scores * bins).astype(int), bins - 1)
    rows: list[dict[str, float | int]] = []
    error = 0.0
    for place in sorted(set(places.tolist())):
        inside = places == place
        share, mean = float(gold[inside].mean()), float(scores[inside].mean())
        error += float(inside.mean()) * abs(share - mean)
        rows.append(
            {
                "from": round(place / bins, 2),
                "to": round((place + 1) / bins, 2),
                "n": int(inside.sum()),
                "mean_score": round(mean, 4),
                "share": round(share, 4),
            }
        )
    brier = float(np.mean((scores - gold) ** 2))
    return {"n": len(gold), "ece": round(error, 4), "brier": round(brier, 4), "bins": rows}


def set_f1(pairs: Sequence[tuple[set[str], set[str]]], names: set[str] | None = None) -> dict[str, float | None]:
    """Micro- and macro-F1 of predicted sets against gold sets; ``names`` limits the predictions to a closed inventory.

    Macro is the mean over the names that the gold has: each counts the same, however often it stands there.
    """
    tp: dict[str, int] = {}
    predicted: dict[str, int] = {}
    wanted: dict[str, int] = {}
    for gold, said in pairs:
        kept = said if names is None else said & names
        for name in gold:
            wanted[name] = wanted.get(name, 0) + 1
        for name in kept:
            predicted[name] = predicted.get(name, 0) + 1
        for name in gold & kept:
            tp[name] = tp.get(name, 0) + 1
    micro = ratio(2 * sum(tp.values()), sum(predicted.values()) + sum(wanted.values()))
    each = [2 * tp.get(name, 0) / (wanted[name] + predicted.get(name, 0)) for name in wanted]
    return {"micro_f1": micro, "macro_f1": round(sum(each) / len(each), 4) if each else None}
