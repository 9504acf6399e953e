"""The fitted decision: weights of ``decision.yaml`` applied to the features of a read text.

Belongs here: reading the weights and the one sum. Never here: fitting (training/fit_decision.py), the features'
calculation (features.py), which decision is published (decide.py).
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from models.features import NAMES, features
from models.state import State

PATH = Path(__file__).parent / "decision.yaml"


class Fitted(BaseModel):
    """The content of decision.yaml. ``weights`` by feature name, on the features' own scale."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intercept: float
    weights: dict[str, float]
    fitted_on: dict[str, Any]

    def logit(self, state: State) -> float:
        """The log-odds that a text demands AI of the holder. KeyError for a weight whose feature does not exist."""
        values = dict(zip(NAMES, features(state).tolist(), strict=True))
        return self.intercept + sum(weight * values[name] for name, weight in self.weights.items())

    def probability(self, state: State) -> float:
        """The calibrated probability, 0..1; 0 for a text without a decisive mention."""
        if state.decision is None or all(mention.tier == "adjacent" for mention in state.mentions):
            return 0.0
        return 1.0 / (1.0 + math.exp(-self.logit(state)))

    def terms(self, state: State) -> dict[str, float]:
        """What each feature adds to the log-odds, for the explanation of a decision; strongest first."""
        values = dict(zip(NAMES, features(state).tolist(), strict=True))
        found = {name: round(weight * values[name], 4) for name, weight in self.weights.items()}
        return dict(sorted(found.items(), key=lambda item: -abs(item[1])))


@lru_cache(maxsize=1)
def load_fitted() -> Fitted:
    """The fitted decision of this version, read once a process."""
    return Fitted(**yaml.safe_load(PATH.read_text(encoding="utf-8")))
