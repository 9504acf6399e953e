"""What the components of the pipeline hand on: a text, its sentences, hits and mentions, and the decision.

Belongs here: these shapes and what can be read off them. Never here: the steps that fill them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from models.cues import Part
from models.decide import SKILL_FLOOR, STRONG, Decision
from models.matching import Hit
from models.normalise import lowered
from models.sections import Sentence
from models.taxonomy import load_taxonomy

Voice = Literal["holder", "company", "neutral", "opening", "aside"]  # who speaks in a sentence
KEY = "luxai"  # where the pipeline keeps its state in doc.user_data


@dataclass(frozen=True)
class Mention:
    """One mention of a concept, read in its sentence.

    ``strength`` 0..1: how far the holder must be able to do it, or, in a text that asks for nothing, how far the text
    is about it. ``kind``: build, use or govern.
    """

    concept_id: str
    start: int
    end: int
    part: Part
    tier: str
    kind: str
    strength: float
    weak: bool
    rules: tuple[str, ...]
    sentence: int
    voice: Voice
    factors: tuple[tuple[str, float], ...]  # what the strength is the product of


@dataclass
class State:
    """What the components hand on. Positions count in ``text``."""

    text: str  # the whole text in normal form; the document may hold some of its lines only
    title_end: int
    languages: frozenset[str]
    employer: str
    sections: bool = True
    kind: str = ""  # of record, of texts without sections
    occupation: str | None = None  # ISCO-08 sub-major group of the title
    sentences: list[Sentence] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    cats: dict[str, float] = field(default_factory=dict)  # scores of the categoriser of AI work, see sentence_cats.py
    inferred: dict[str, float] = field(default_factory=dict)  # concepts that are meant, not named, with their scores
    decision: Decision | None = None
    lower: str = ""  # of the same length as the text
    lines: list[tuple[int, int]] = field(default_factory=list)  # start and end of each line in which an alias stands

    def __post_init__(self) -> None:
        self.lower = self.lower or lowered(self.text)

    def skills(self) -> list[str]:
        """Ids of the concepts that are asked for, sorted; umbrellas go where a narrower concept is named."""
        if self.decision is None:
            return []
        taxonomy = load_taxonomy()
        asked = {taxonomy.current(c) for c, strength in self.decision.concepts.items() if strength >= SKILL_FLOOR}
        asked |= {m.concept_id for m in self.mentions if m.strength >= STRONG and taxonomy[m.concept_id].beside_ai}
        return sorted(taxonomy.without_parents(asked))
