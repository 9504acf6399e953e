"""One figure of a benchmark: a speed, and that of a yardstick on the same input.

Belongs here: the shape and the clock. Never here: what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement: ours and the yardstick in a unit on the same input, mostly a speed; ``ratio`` is ours to it."""

    name: str
    unit: str
    ours: float
    yardstick: str
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def rate(work: Callable[[], object], amount: float) -> float:
    """``amount`` a second, best of three: the others measure who else used the machine."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return amount / best
