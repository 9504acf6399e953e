"""What the decision can see of a read text, as numbers with names.

Belongs here: the fixed list of features and their calculation from a State. Never here: weights (decision.yaml), their
fitting (training/fit_decision.py), text. All features are bounded, so that no single one can decide without measure.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from models.cues import load_cues
from models.decide import STRONG
from models.state import Mention, State

PARTS = ("title", "tasks", "requirements", "nice", "company", "other")
KINDS = ("build", "use", "govern")
# Effects that say the same of a mention are counted together; one alone is too rare to be fitted.
EFFECTS: dict[str, tuple[str, ...]] = {
    "notice": ("notice", "ban", "injection"),
    "product": ("product", "organisation"),
    "neighbour": ("neighbour",),
    "interest": ("interest", "watch", "policy_context"),
    "nice": ("nice", "optional"),
    "degree": ("degree",),
    "benefit": ("benefit",),
}
CATS = ("practitioner", "user", "governance")
STRENGTH_CAP, LOGIT_CAP, CAT_CAP = 3.0, 8.0, 4.0

RULE_NAMES: tuple[str, ...] = (
    "score",
    *(f"strength_{part}" for part in PARTS),
    *(f"mentions_{part}" for part in PARTS),
    *(f"kind_{kind}" for kind in KINDS),
    *(f"effect_{effect}" for effect in EFFECTS),
    "share_without_effect",
    "concepts",
    "concepts_strong",
    "tools",
)
CAT_NAMES: tuple[str, ...] = ("cat_demand", *(f"cat_{name}" for name in CATS))
NAMES: tuple[str, ...] = RULE_NAMES + CAT_NAMES


def features(state: State) -> np.ndarray:
    """The features of a read text in the order of NAMES, float64. All 0 where nothing was decided."""
    values = dict.fromkeys(NAMES, 0.0)
    mentions = [mention for mention in state.mentions if mention.tier != "adjacent"]
    if state.decision is None or not mentions:
        return np.zeros(len(NAMES))
    values["score"] = _logit(state.decision.score, LOGIT_CAP)
    for part in PARTS:
        here = [mention.strength for mention in mentions if mention.part == part]
        values[f"strength_{part}"] = min(STRENGTH_CAP, sum(here))
        values[f"mentions_{part}"] = math.log1p(len(here))
    for kind in KINDS:
        values[f"kind_{kind}"] = min(STRENGTH_CAP, state.decision.strengths.get(kind, 0.0))
    found = [_effects(mention) for mention in mentions]
    counts = Counter(effect for effects in found for effect in effects)
    for name, members in EFFECTS.items():
        values[f"effect_{name}"] = math.log1p(sum(counts[member] for member in members))
    values["share_without_effect"] = sum(not effects for effects in found) / len(found)
    values["concepts"] = math.log1p(len(state.decision.concepts))
    values["concepts_strong"] = math.log1p(sum(value >= STRONG for value in state.decision.concepts.values()))
    values["tools"] = math.log1p(len({mention.concept_id for mention in mentions if mention.tier == "tool"}))
    if state.cats:
        values["cat_demand"] = _logit(1.0 - state.cats["not_ai"], CAT_CAP)
    for name in CATS:
        values[f"cat_{name}"] = state.cats.get(name, 0.0)
    return np.array([values[name] for name in NAMES])


def _effects(mention: Mention) -> set[str]:
    effect_of = {rule.id: rule.effect for rule in load_cues().rules}
    return {effect for effect in (effect_of.get(rule) for rule in mention.rules) if effect}


def _logit(share: float, cap: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return max(-cap, min(cap, math.log(share / (1 - share))))
