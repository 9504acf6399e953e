"""Reading of ``cues.yaml``: headings, and the rules that tell demand from everything else said about AI.

Belongs here: the shape of the cue data and its compilation to matchers. Never here: phrases (they are data), scoring.
All compiled patterns are bounded: alternations of phrases without nested repetition, run on sentences of limited
length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.scan import Scanner

Part = Literal["title", "company", "tasks", "requirements", "nice", "benefits", "legal", "other"]
Effect = Literal[
    "notice", "ban", "product", "neighbour", "interest", "watch", "nice", "optional", "degree", "organisation",
    "benefit", "policy_context", "injection",
]  # fmt: skip
HEADING_PARTS: tuple[Part, ...] = ("company", "tasks", "requirements", "nice", "benefits", "legal")
_UNLESS_WINDOW = 90


class RuleData(BaseModel):
    """One rule as written in cues.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    effect: Effect | None = None
    kind: Literal["build", "use", "govern"] | None = None
    within: int = 60
    anywhere: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    mention: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    not_parts: tuple[Part, ...] = ()


class CueData(BaseModel):
    """The content of cues.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headings: dict[Part, tuple[str, ...]]
    inline_headings: tuple[str, ...]
    demand: tuple[str, ...]
    second_person: tuple[str, ...]
    second_person_cased: tuple[str, ...]
    company_voice: tuple[str, ...]
    company_start: tuple[str, ...]
    wanted: tuple[str, ...]
    rules: tuple[RuleData, ...]
    kinds: tuple[RuleData, ...]


class Rule:
    """A compiled rule: ``concerns`` a lower-cased sentence, and ``applies`` to a mention at [start, end) of it."""

    def __init__(self, data: RuleData) -> None:
        self.id, self.effect, self.kind = data.id, data.effect, data.kind
        self.not_parts = frozenset(data.not_parts)
        self._within = data.within
        self._anywhere, self._also = phrases(data.anywhere), phrases(data.also)
        self._before, self._after, self._mention = phrases(data.before), phrases(data.after), phrases(data.mention)
        self._unless, self._unless_before = phrases(data.unless), phrases(data.unless_before)

    def concerns(self, sentence: str) -> bool:
        """Whether the lists on the whole sentence match and its exception does not: asked once a sentence."""
        if self._anywhere is not None and not self._anywhere.search(sentence):
            return False
        if self._also is not None and not self._also.search(sentence):
            return False
        return self._unless is None or not self._unless.search(sentence)

    def applies(self, sentence: str, start: int, end: int) -> bool:
        """Whether the rule, which concerns the sentence, applies to the mention at [start, end) of it."""
        if self._mention is not None and not self._mention.search(sentence, start, end):
            return False
        if self._before is not None and not self._before.search(
            sentence, _word_start(sentence, start - self._within), start
        ):
            return False
        if self._after is not None and not self._after.search(sentence, end, end + self._within):
            return False
        return not (
            self._unless_before is not None
            and self._unless_before.search(sentence, _word_start(sentence, start - _UNLESS_WINDOW), start)
        )

    def nearest(self, sentence: str, start: int, end: int) -> int:
        """How near the rule's words stand to the mention: 0 = touching, the farther the more negative."""
        distance = -self._within
        if self._before is not None:
            for match in self._before.finditer(sentence, _word_start(sentence, start - self._within), start):
                distance = max(distance, match.end() - start)
        if self._after is not None:
            match_after = self._after.search(sentence, end, end + self._within)
            if match_after is not None:
                distance = max(distance, end - match_after.start())
        return distance


class Cues:
    """All cues, compiled."""

    def __init__(self, data: CueData) -> None:
        self.rules = tuple(Rule(rule) for rule in data.rules)
        self.kinds = tuple(Rule(rule) for rule in data.kinds)
        self.demand = phrases(data.demand)
        self.second_person = phrases(data.second_person)
        self.second_person_cased = phrases(data.second_person_cased)
        self.company_voice = phrases(data.company_voice)
        self.company_start = phrases(data.company_start)
        self.wanted = phrases(data.wanted)
        self.task_start = phrases(tuple(phrase for rule in data.kinds for phrase in rule.before))
        self.heading_part: dict[str, Part] = {
            phrase: part for part in HEADING_PARTS for phrase in data.headings.get(part, ())
        }
        self._heading = Scanner({phrase: phrase for phrase in self.heading_part})
        # Inline headings stand in running text of scraped pages ("… 1 Missions Concevoir …"): exact capitals only.
        names = sorted(data.inline_headings, key=len, reverse=True)
        self.inline_heading = re.compile(
            r"(?<![\w'-])(" + "|".join(map(re.escape, names)) + r")(?=\s*:|\s+(?:de )?[\"'(•-]?\s?[A-ZÀ-Ý]|\s*\n|\s*$)"
        )
        self._inline_name = re.compile("|".join(map(re.escape, names)))

    def heading_within(self, lower: str) -> str | None:
        """The longest phrase of a heading in a short lower-cased line."""
        return max((phrase for phrase, _, _ in self._heading(lower)), key=len, default=None)

    def inline_headings(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """The inline headings in text[start:end]; group 1 is the name."""
        # The pattern begins with a look-behind and would be tried at every character; bare names are found fast.
        for name in self._inline_name.finditer(text, start, end):
            heading = self.inline_heading.match(text, name.start(), end)
            if heading is not None:
                yield heading


def phrases(items: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for any of the phrases, or None for an empty list. ``word*`` = any ending, `` * `` = up to 3 words."""
    if not items:
        return None
    # One look-behind for all alternatives that begin with a letter: several times faster than one for each.
    words = sorted({_phrase(item) for item in items if item[0].isalnum()}, key=len, reverse=True)
    others = sorted({_phrase(item) for item in items if not item[0].isalnum()}, key=len, reverse=True)
    parts = [rf"(?<!\w)(?:{'|'.join(words)})"] if words else []
    return re.compile("|".join(parts + others))


def _phrase(item: str) -> str:
    words: list[str] = []
    for word in item.split():
        if word == "*":
            words[-1] += ",?"  # "the team, which"
            words.append(r"(?:\S{1,30} ){0,3}?")
        elif word.endswith("*"):
            words.append(re.escape(word[:-1]) + r"[\w'-]*")
        else:
            words.append(re.escape(word))
    body = " ".join(words).replace(r"{0,3}? ", r"{0,3}?")
    return body + (r"(?!\w)" if item[-1].isalnum() else "")


def _word_start(sentence: str, position: int) -> int:
    """The next start of a word at or after a position, so that a window never begins within a word."""
    if position <= 0:
        return 0
    space = sentence.find(" ", position)
    return position if space < 0 else space


@lru_cache(maxsize=1)
def load_cues() -> Cues:
    """The cues of this version, read and compiled once a process."""
    content = read_yaml("cues.yaml")
    return Cues(CueData(**content))
