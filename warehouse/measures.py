"""Values of what is no share of openings: sums and counts of public facts, ratios by resampling, agreement.

Belongs here: which estimator and which display rule each measure has. Never here: the formulas (estimators), tables.
Grants and announcements are public facts, each of which anyone can look up: nothing is withheld for small numbers, what
rests on few cases is flagged u. Ratios of works are estimates, and keep the display ladder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from warehouse import estimators

SAMPLE = ("indicator_code", "geo", "period", "dimensions", "outcome", "weight", "units")
CELL = ["indicator_code", "geo", "period", "dimensions"]
"""What tells a cell from all others."""

ESTIMATORS: Mapping[str, str] = {
    "sum": "sum",
    "count": "poisson_exact",
    "public_share": "wilson",
    "share_of_sum": "share_of_sum",
    "ratio": "bootstrap",
    "agreement": "cohen_kappa",
    "tally": "count",
    "not_watched": "poisson_exact",
}
"""Measure of a counts row to the estimator that its value names.

sum           an administrative total, as it is
count         a number of events with its exact Poisson interval
public_share  a share of public facts with its Wilson interval
share_of_sum  the part of a total that one item holds, as it is
ratio         a weighted share with its bootstrap interval, from the rows of ``SAMPLE``
agreement     Cohen's kappa of two judgements with its interval, from the rows of ``SAMPLE``
tally         a number of records, as it is
not_watched   a count that cannot be made, because the period was not watched from end to end
"""


def valued(counts: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """One row of ``indicator_value`` without the release for each row of ``counts`` with a measure of ``ESTIMATORS``.

    ``samples`` has the columns of ``SAMPLE``, for the cells whose value or interval is computed from their units.
    """
    drawn = {key: group for key, group in samples.groupby(CELL, sort=False)} if len(samples) else {}
    frame = counts.reset_index(drop=True)
    size = len(frame)
    value = frame["value"].to_numpy(dtype=float, na_value=np.nan).copy()
    n, k = frame["n"].to_numpy(dtype=float, na_value=np.nan), frame["k"].to_numpy(dtype=float, na_value=np.nan)
    low, high, effective = np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan)
    reason = np.full(size, None, dtype=object)
    measure = frame["measure"].to_numpy()

    counted, shared = measure == "count", measure == "public_share"
    if counted.any():
        low[counted], high[counted] = estimators.poisson_exact(k[counted])
    if shared.any():
        low[shared], high[shared] = estimators.wilson(value[shared], n[shared])
        effective[shared] = n[shared]
    for row in np.flatnonzero(np.isin(measure, ("ratio", "agreement"))):
        key = tuple(frame.loc[row, CELL])
        sample = drawn.get(key)
        if sample is None:
            value[row], effective[row] = np.nan, 0.0
        elif measure[row] == "ratio":
            effective[row], low[row], high[row] = _ratio(sample, "|".join(key))
        else:
            value[row], low[row], high[row] = _agreement(sample)
            effective[row] = n[row]
    laddered = np.isin(measure, ("ratio", "agreement"))
    few = laddered & (estimators.too_few(effective, k) | np.isnan(value))
    reason[few] = "too_few"
    reason[measure == "not_watched"] = "not_watched"
    hide = ~pd.isna(reason)
    unreliable = (laddered | shared) & ~hide & _unreliable(effective, k)
    shown = ~hide & ~np.isnan(low)
    flags = frame["flags"].fillna("").to_numpy(dtype=object)
    return pd.DataFrame(
        {
            **{name: frame[name] for name in CELL},
            "value": np.where(hide, np.nan, value),
            "low": np.where(shown, low, np.nan),
            "high": np.where(shown, high, np.nan),
            "level": np.where(shown, estimators.LEVEL, np.nan),
            "n": frame["n"].astype("Int64"),
            "k": frame["k"].astype("Int64"),
            "n_effective": effective,
            "unit": frame["unit"],
            "estimator": [ESTIMATORS[name] for name in measure],
            "flags": np.where(unreliable, flags + "u", flags),
            "suppressed_because": reason,
            "known_from": frame["known_from"],
            "is_sample": frame["is_sample"],
        }
    )


def _unreliable(effective: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Below the upper step of the display ladder, for cells that are shown whatever their number."""
    return (effective < estimators.PUBLISH_N) | ((k > 0) & (k < estimators.PUBLISH_K))


def _ratio(sample: pd.DataFrame, cell: str) -> tuple[float, float, float]:
    """Effective number of units, and the interval; a cell always has the same seed, whatever else there is."""
    ordered = sample.sort_values(["outcome", "weight"])
    seed = int.from_bytes(hashlib.sha256(cell.encode()).digest()[:8], "big")
    hits = (ordered["outcome"] == "yes").to_numpy()
    low, high = estimators.bootstrap_ratio(ordered["weight"], hits, ordered["units"], seed=seed)
    return estimators.kish_n(ordered["weight"], ordered["units"]), low, high


def _agreement(sample: pd.DataFrame) -> tuple[float, float, float]:
    units = sample.groupby("outcome")["units"].sum()
    cells = ("yes/yes", "yes/no", "no/yes", "no/no")
    return estimators.cohen_kappa(*(int(units.get(name, 0)) for name in cells))
