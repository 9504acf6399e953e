"""Texts that are no advertisements: how much a mention weighs there, and when such a text is about AI.

Belongs here: the reading of works, projects, announcements, tenders, calls, laws and courses, in place of the sections
and demands of advertisements. Never here: phrases and weights (prose.yaml), matching. What is decided is the class of
the architecture: *governance* for rules of AI, *user* for courses on the use of AI tools, *practitioner* for any other
text about AI, *mention* where it is only named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.decide import AiClass, Decision, Demand, Logistic

_OPENING = 1_200  # characters that say what a course is about
_REACH = 70  # characters before, and after, a mention in which a cue speaks of it


class KindOfText(BaseModel):
    """What the texts of one kind of record do with AI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    done: tuple[str, ...]
    factor: float
    always: AiClass | None = None
    always_unless: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    user_unless: tuple[str, ...] = ()


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
    passing: tuple[str, ...]
    passing_factor: float
    kinds: dict[str, KindOfText]
    governance_title: tuple[str, ...]


@lru_cache(maxsize=1)
def load_prose() -> Prose:
    """The weights of this version, read once a process."""
    return Prose(**read_yaml("prose.yaml"))


def strength(
    words: str, start: int, end: int, *, in_title: bool, umbrella: bool, tool: bool, weight: float, kind: str = ""
) -> float:
    """How far a mention at [start, end) of a lower-case sentence makes its text, of a kind of record, one about AI."""
    prose = load_prose()
    base = prose.title if in_title else prose.umbrella if umbrella else prose.body
    base *= weight * (prose.tool if tool else 1.0)
    done, done_after, hedged = _patterns()
    before, after = words[max(0, start - _REACH) : start], words[end : end + _REACH]
    if hedged.search(before):
        return base * prose.hedged
    special, bought = prose.kinds.get(kind), _of_kind(kind, "done")
    # In a law the same words are its subject.
    if kind != "legal_step" and not in_title and _passing().search(words):
        return base * prose.passing_factor
    if not in_title and special is not None and bought is not None and bought.search(f"{before} \x1f {after}"):
        base *= special.factor
    elif not in_title and (done.search(before) or done_after.search(after)):
        base *= prose.done
    return min(1.0, base)


def is_homonym(concept_id: str, lower: str) -> bool:
    """Whether a lower-case text speaks of what the concept's words mean in another science."""
    pattern = _homonyms().get(concept_id)
    return pattern is not None and pattern.search(lower) is not None


def decide_prose(mentions: Sequence[Demand], lower: str, title_end: int = 0, kind: str = "") -> Decision:
    """Class and score of a lower-case text of a kind of record, whose title ends at ``title_end``, from its mentions.

    Without a core or tool mention: none, 0.
    """
    prose = load_prose()
    decisive = [mention for mention in mentions if mention.tier != "adjacent"]
    if not decisive:
        return Decision("none", 0.0, {}, {})
    by_concept: dict[tuple[str, str], list[float]] = {}
    for mention in decisive:
        by_concept.setdefault((mention.kind, mention.concept_id), []).append(mention.strength)
    full = min(1.0, prose.short_text / max(len(lower), 1))
    values = {key: _repeated(found, prose, full) for key, found in by_concept.items()}
    kinds = {kind: _summed([v for (k, _), v in values.items() if k == kind], prose) for kind in _KINDS}
    total = _summed(list(values.values()), prose)
    score = 1.0 / (1.0 + math.exp(-prose.logistic.slope * (total - prose.logistic.threshold)))
    concepts: dict[str, float] = {}
    for mention in decisive:
        concepts[mention.concept_id] = max(concepts.get(mention.concept_id, 0.0), mention.strength)
    ai_class = _class(score, kinds, prose)
    if ai_class == "practitioner":
        ai_class = _class_of_kind(kind, lower, title_end)
    return Decision(ai_class, round(score, 4), kinds, concepts)


_KINDS = ("build", "use", "govern")


def _class(score: float, kinds: dict[str, float], prose: Prose) -> AiClass:
    if score < 0.5:
        return "mention"
    others = max(kinds["build"], kinds["use"])
    governs = kinds["govern"] > 0 and kinds["govern"] >= prose.governance_share * others
    return "governance" if governs else "practitioner"


def _class_of_kind(kind: str, lower: str, title_end: int) -> AiClass:
    """What a text about AI is by its kind: a law governs it, a course may teach its use, a title names rules of it."""
    special = load_prose().kinds.get(kind)
    if special is not None and special.always is not None and not _finds(kind, "always_unless", lower):
        return special.always
    if _finds(kind, "user", lower[:_OPENING]) and not _finds(kind, "user_unless", lower[:_OPENING]):
        return "user"
    return "governance" if _governance_title().search(lower, 0, title_end) else "practitioner"


def _finds(kind: str, what: str, lower: str) -> bool:
    pattern = _of_kind(kind, what)
    return pattern is not None and pattern.search(lower) is not None


@lru_cache(maxsize=64)
def _of_kind(kind: str, what: str) -> re.Pattern[str] | None:
    special = load_prose().kinds.get(kind)
    phrases: tuple[str, ...] = getattr(special, what) if special is not None else ()
    return _any(phrases) if phrases else None


@lru_cache(maxsize=1)
def _passing() -> re.Pattern[str]:
    return _any(load_prose().passing)


@lru_cache(maxsize=1)
def _governance_title() -> re.Pattern[str]:
    return _any(load_prose().governance_title)


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
