"""Works, projects and announcements: how much a mention weighs there, and when such a text is about AI.

Belongs here: the reading of texts that ask for nothing, in place of the sections and demands of advertisements. Never
here: phrases and weights (prose.yaml), matching. What is decided is the class of the architecture: *governance* for
rules of AI, *practitioner* for any other text about AI, *mention* where it is only named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from models.decide import AiClass, Decision, Demand, Logistic

_REACH = 70  # characters before, and after, a mention in which a cue speaks of it


class Prose(BaseModel):
    """The content of prose.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: float
    body: float
    umbrella: float
    tool: float
    done: float
    hedged: float
    repeat_share: float
    repeat_cap: float
    short_text: int
    second_concept_share: float
    logistic: Logistic
    governance_share: float
    before_done: tuple[str, ...]
    after_done: tuple[str, ...]
    before_hedged: tuple[str, ...]
    homonyms: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def load_prose() -> Prose:
    """The weights of this version, read once a process."""
    return Prose(**yaml.safe_load((Path(__file__).parent / "prose.yaml").read_text(encoding="utf-8")))


def strength(words: str, start: int, end: int, *, in_title: bool, umbrella: bool, tool: bool, weight: float) -> float:
    """How far a mention at [start, end) of a lower-case sentence makes its text one about AI, 0 to 1."""
    prose = load_prose()
    base = prose.title if in_title else prose.umbrella if umbrella else prose.body
    base *= weight * (prose.tool if tool else 1.0)
    done, done_after, hedged = _patterns()
    before, after = words[max(0, start - _REACH) : start], words[end : end + _REACH]
    if hedged.search(before):
        return base * prose.hedged
    if not in_title and (done.search(before) or done_after.search(after)):
        base *= prose.done
    return min(1.0, base)


def is_homonym(concept_id: str, lower: str) -> bool:
    """Whether a lower-case text speaks of what the concept's words mean in another science."""
    pattern = _homonyms().get(concept_id)
    return pattern is not None and pattern.search(lower) is not None


def decide_prose(mentions: Sequence[Demand], length: int) -> Decision:
    """Class and score of a text of ``length`` characters from its mentions; without a core or tool one: none, 0."""
    prose = load_prose()
    decisive = [mention for mention in mentions if mention.tier != "adjacent"]
    if not decisive:
        return Decision("none", 0.0, {}, {})
    by_concept: dict[tuple[str, str], list[float]] = {}
    for mention in decisive:
        by_concept.setdefault((mention.kind, mention.concept_id), []).append(mention.strength)
    full = min(1.0, prose.short_text / max(length, 1))
    values = {key: _repeated(found, prose, full) for key, found in by_concept.items()}
    kinds = {kind: _summed([v for (k, _), v in values.items() if k == kind], prose) for kind in _KINDS}
    total = _summed(list(values.values()), prose)
    score = 1.0 / (1.0 + math.exp(-prose.logistic.slope * (total - prose.logistic.threshold)))
    concepts: dict[str, float] = {}
    for mention in decisive:
        concepts[mention.concept_id] = max(concepts.get(mention.concept_id, 0.0), mention.strength)
    return Decision(_class(score, kinds, prose), round(score, 4), kinds, concepts)


_KINDS = ("build", "use", "govern")


def _class(score: float, kinds: dict[str, float], prose: Prose) -> AiClass:
    if score < 0.5:
        return "mention"
    others = max(kinds["build"], kinds["use"])
    governs = kinds["govern"] > 0 and kinds["govern"] >= prose.governance_share * others
    return "governance" if governs else "practitioner"


def _repeated(found: list[float], prose: Prose, full: float) -> float:
    ordered = sorted(found, reverse=True)
    return ordered[0] + full * min(prose.repeat_cap * ordered[0], prose.repeat_share * sum(ordered[1:]))


def _summed(values: list[float], prose: Prose) -> float:
    ordered = sorted(values, reverse=True)
    return ordered[0] + prose.second_concept_share * sum(ordered[1:]) if ordered else 0.0


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    prose = load_prose()
    return _any(prose.before_done), _any(prose.after_done), _any(prose.before_hedged)


@lru_cache(maxsize=1)
def _homonyms() -> dict[str, re.Pattern[str]]:
    return {concept_id: _any(phrases) for concept_id, phrases in load_prose().homonyms.items()}


def _any(phrases: tuple[str, ...]) -> re.Pattern[str]:
    parts = (re.escape(phrase).replace(r"\*", r"[\w']*") for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")
