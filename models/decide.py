"""From mentions to a class and a score.

Belongs here: the arithmetic of the decision and the shape of its weights. Never here: text. The score is logistic in
the summed strength of demand: explainable term by term, and replaceable by a fitted model over the same mentions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml

AiClass = Literal["none", "mention", "user", "practitioner", "governance"]
AI_CLASSES: tuple[AiClass, ...] = ("none", "mention", "user", "practitioner", "governance")
IS_AI: frozenset[str] = frozenset({"user", "practitioner", "governance"})

STRONG = (
    0.35  # from here on a mention is demand; below it is atmosphere, which counts for little however often it comes
)
ATMOSPHERE_CAP = 0.25
SKILL_FLOOR = 0.2
SUREST = 0.02  # a categoriser is never surer than this


class Logistic(BaseModel):
    """Slope and threshold: strength at which the score is one half."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: float
    threshold: float


class Weights(BaseModel):
    """The content of weights.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: dict[str, float]
    voices: dict[str, float]
    company_voice_in_tasks: float
    holder_voice_in_company: float
    effects: dict[str, float]
    categoriser: float
    technical: frozenset[str]
    title_of_technical_work: float
    building_in_occupation: dict[str, float]
    open_without_verb: float
    umbrella_without_verb: float
    repeat_share: float
    repeat_cap: float
    second_concept_share: float
    logistic: Logistic
    governance_share: float
    build_share: float


class Demand(Protocol):
    """What the decision needs to know of a mention."""

    @property
    def concept_id(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def strength(self) -> float: ...


@dataclass(frozen=True)
class Decision:
    """``strengths`` per kind of work; ``concepts`` the best strength of each concept asked for."""

    ai_class: AiClass
    score: float
    strengths: dict[str, float]
    concepts: dict[str, float]

    @property
    def is_ai(self) -> bool:
        return self.ai_class in IS_AI


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights of this version, read once a process."""
    return Weights(**read_yaml("weights.yaml"))


def decide(mentions: Sequence[Demand], weights: Weights, cats: Mapping[str, float]) -> Decision:
    """Class and score of a text from its mentions, and from what the categoriser of AI work says of their sentences.

    ``cats`` holds ``not_ai``, or nothing where no sentence was read. Without a core or tool mention: none, score 0.
    """
    decisive = [mention for mention in mentions if mention.tier != "adjacent"]
    if not decisive:
        return Decision("none", 0.0, {}, {})
    by_concept: dict[tuple[str, str], list[float]] = {}
    for mention in decisive:
        by_concept.setdefault((mention.kind, mention.concept_id), []).append(mention.strength)
    values = {key: _repeated(strengths, weights) for key, strengths in by_concept.items()}
    kinds = {
        kind: _summed([v for (k, _), v in values.items() if k == kind], weights) for kind in ("build", "use", "govern")
    }
    strength = _summed(list(values.values()), weights)
    logit = weights.logistic.slope * (strength - weights.logistic.threshold)
    score = 1.0 / (1.0 + math.exp(-logit - weights.categoriser * opinion(cats)))
    concepts: dict[str, float] = {}
    for mention in decisive:
        concepts[mention.concept_id] = max(concepts.get(mention.concept_id, 0.0), mention.strength)
    return Decision(_class(score, kinds, weights), round(score, 4), kinds, concepts)


def opinion(cats: Mapping[str, float]) -> float:
    """The log-odds that the categoriser gives to AI work, bounded; 0 where it has read nothing."""
    if not cats:
        return 0.0
    against = min(max(cats["not_ai"], SUREST), 1 - SUREST)
    return math.log(1 - against) - math.log(against)


def _repeated(strengths: list[float], weights: Weights) -> float:
    ordered = sorted(strengths, reverse=True)
    return ordered[0] + min(weights.repeat_cap * ordered[0], weights.repeat_share * sum(ordered[1:]))


def _summed(values: list[float], weights: Weights) -> float:
    ordered = sorted(values, reverse=True)
    if not ordered:
        return 0.0
    strong = [value for value in ordered[1:] if value >= STRONG]
    weak = sum(value for value in ordered[1:] if value < STRONG)
    return ordered[0] + weights.second_concept_share * sum(strong) + min(ATMOSPHERE_CAP, 0.3 * weak)


def _class(score: float, kinds: dict[str, float], weights: Weights) -> AiClass:
    if score < 0.5:
        return "mention"
    build, use, govern = kinds["build"], kinds["use"], kinds["govern"]
    if govern >= weights.governance_share * max(build, use) and govern > 0.3:
        return "governance"
    return "practitioner" if build >= weights.build_share * use else "user"
