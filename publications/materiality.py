"""How much a change matters: the difference that would matter for policy, who it concerns, and a score from both.

Belongs here: the table of policy-relevant differences and the score of a change as numbers. Never here: the
tests (``warehouse.reading.compare``), choosing items (selection.py), wording.

The differences are this project's own presets, set before any data were seen, and open to the members' decision: below
them a change may well be real, but nobody would decide otherwise because of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warehouse.reading import formats
from warehouse.reading.adoption import HOME, UNION
from warehouse.reading.compare import OFFICIAL

# Absolute differences in the unit of the cell: shares as fractions, official percentages in points.
RELEVANT: Mapping[str, float] = {"A1": 1.0, "T1": 0.005, "T5": 0.05, "T12": 0.05, "R1": 0.005}
RELEVANT_SHARE, RELEVANT_PERCENT = 0.01, 1.0
RELEVANT_RATIO = 0.20  # of the value before, for counts and sums
LEAST_SIZE, MOST_SIZE = 0.5, 4.0
NEARNESS = {HOME: 1.0, UNION: 0.6}
FAR = 0.3
DETAIL = 0.7  # weight of a split beside the total it belongs to
EVIDENCE = {"test": 1.0, "vintage": 1.0, "break": 0.6, "new": 0.5, "first": 1.0}


def relevant_difference(row: Mapping[str, Any], before: Mapping[str, Any]) -> float:
    """Smallest difference from the value before that would matter, in the unit of the cell."""
    own = RELEVANT.get(str(row["indicator_code"]))
    if own is not None and formats.is_percent(str(row["unit"])):
        return own
    if row["unit"] == "share":
        return RELEVANT_SHARE
    if formats.is_percent(str(row["unit"])):
        return RELEVANT_PERCENT
    return abs(float(before["value"])) * RELEVANT_RATIO


def size(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> float:
    """A difference in units of the relevant one; 1 where there is nothing to compare with or no difference matters."""
    if before is None or not formats.is_present(before["value"]):
        return 1.0
    unit = relevant_difference(row, before)
    return abs(float(row["value"]) - float(before["value"])) / unit if unit > 0 else 1.0


def is_total(row: Mapping[str, Any]) -> bool:
    """True for a cell that is no split: no dimension but the width of its window or the definition it follows."""
    return not set(row["dimensions"]) - {"window", "definition"}


def is_record(row: Mapping[str, Any]) -> bool:
    """True for a value that was counted or published as it is, without an interval to test it by."""
    return row["estimator"] == OFFICIAL or not (formats.is_present(row["low"]) and formats.is_present(row["high"]))


def score(row: Mapping[str, Any], before: Mapping[str, Any] | None, why: str) -> float:
    """Evidence x size x audience. Novelty is no factor here: what was announced before is dropped, not marked down."""
    weight = min(MOST_SIZE, max(LEAST_SIZE, size(row, before if why in ("test", "vintage") else None)))
    audience = NEARNESS.get(str(row["geo"]), FAR) * (1.0 if is_total(row) else DETAIL)
    return EVIDENCE[why] * weight * audience
