"""Reads each mention in its sentence: who speaks, what is asked of the holder, and how strongly.

Belongs here: the voice of a sentence, the rules that apply to a mention, its kind of work and its strength. Never here:
phrases (cues.yaml), weights (weights.yaml), finding concepts (matching.py), the class of a text (decide.py).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from models.cues import Cues, Effect, Part, Rule
from models.decide import load_weights
from models.matching import Hit
from models.prose import is_homonym, strength
from models.state import Mention, State, Voice

_BULLETS = ("-", "*", "•", "·", "▪", "●", "►", "✓", "o ")
_MISREAD = re.compile(r"(?<!\w)Ia(?!\w)")  # "la" after text recognition; nobody writes IA so
_LISTS = ("tasks", "requirements")
_OPENING = 60  # characters in which a sentence shows who speaks


@dataclass(frozen=True)
class _Ad:
    """What holds for all mentions of an ad: ``building`` is what a word of building AI weighs in its occupation."""

    employer: str
    technical: bool
    building: float


@dataclass(frozen=True)
class _Place:
    """A hit in its sentence: number, part and lower-case words of the sentence, and where in them the hit stands."""

    hit: Hit
    index: int
    part: Part
    words: str
    start: int
    end: int

    def mention(self, kind: str, voice: Voice, rules: tuple[str, ...], factors: list[tuple[str, float]]) -> Mention:
        """The mention that the hit is; its strength is the product of the factors."""
        concept = self.hit.alias.concept
        return Mention(
            concept_id=concept.id,
            start=self.hit.start,
            end=self.hit.end,
            part=self.part,
            tier=concept.tier,
            kind=kind,
            strength=math.prod(factor for _, factor in factors),
            weak=self.hit.alias.weak,
            rules=rules,
            sentence=self.index,
            voice=voice,
            factors=tuple(factors),
        )


class ContextReader:
    """Gives each hit its sentence, the rules that apply there, its kind of work and its strength."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues
        self._weights = load_weights()
        self._effects = {rule.id: rule.effect for rule in cues.rules}
        self._unless: dict[str, re.Pattern[str]] = {}
        self._rescue: dict[str, re.Pattern[str]] = {}

    def read(self, state: State) -> None:
        lower = state.lower
        ad = _Ad(state.employer.strip().lower(), state.occupation in self._weights.technical, self._building_in(state))
        voices = _Voices(self._cues, state, lower, ad.employer)
        concerned: dict[int, list[Rule]] = {}
        index = 0
        found: list[Mention] = []
        for hit in state.hits:
            while index < len(state.sentences) and state.sentences[index].end <= hit.start:
                index += 1
            if index == len(state.sentences):
                break
            sentence = state.sentences[index]
            if hit.start < sentence.start:  # in a heading: says what follows, asks for nothing
                continue
            words = lower[sentence.start : sentence.end]
            place = _Place(
                hit,
                index,
                sentence.part,
                words,
                hit.start - sentence.start,
                min(hit.end, sentence.end) - sentence.start,
            )
            if self._is_false_friend(hit, words) or _MISREAD.search(state.text, hit.start, hit.end):
                continue
            if not state.sections:
                if not is_homonym(hit.alias.concept.id, lower):
                    found.append(self._prose_mention(place, state.kind))
                continue
            if index not in concerned:
                rules = self._cues.rules
                concerned[index] = [r for r in rules if sentence.part not in r.not_parts and r.concerns(words)]
            mention = self._mention(place, voices.of(index), concerned[index], ad)
            # "A degree in statistics or data science" names a diploma, and a sentence that gives orders to language
            # models is no part of the ad: neither speaks of AI at all.
            effects = {self._effects[rule] for rule in mention.rules}
            if "injection" in effects or (hit.alias.concept.weight < 1.0 and "degree" in effects):
                continue
            found.append(mention)
        state.mentions = self._supported(found, state)

    def _mention(self, place: _Place, voice: Voice, concerned: list[Rule], ad: _Ad) -> Mention:
        concept, weights, words = place.hit.alias.concept, self._weights, place.words
        start, end = place.start, place.end
        rules = [rule for rule in concerned if rule.applies(words, start, end)]
        effects = {f"rule {rule.id}": weights.effects[rule.effect] for rule in rules if rule.effect}
        if len(ad.employer) > 2 and _within_name(words, ad.employer, start, end):
            effects["within the employer's name"] = weights.effects["organisation"]
        kind, certain = self._kind(concept.kind, words, start, end)
        certain = certain or (place.part == "title" and ad.technical)
        part = self._weight_of_part(place.part, voice, {rule.effect for rule in rules}, ad.technical)
        factors = [(f"part {place.part}, voice {voice}", part)]
        if kind == "build" and ad.building != 1.0:
            factors.append(("occupation of the title", ad.building))
        if effects:  # rules do not add up: the strictest one speaks
            factors.append(min(effects.items(), key=lambda effect: effect[1]))
        if concept.weight != 1.0:
            factors.append((f"concept {concept.id}", concept.weight))
        if not certain:
            vague = weights.umbrella_without_verb if concept.umbrella else weights.open_without_verb
            factors.append(("no verb says what is done with it", vague))
        return place.mention(kind, voice, tuple(rule.id for rule in rules), factors)

    def _prose_mention(self, place: _Place, of: str) -> Mention:
        """A mention in a text that asks for nothing: the rules of advertisements say nothing about it."""
        concept = place.hit.alias.concept
        kind = "build" if concept.kind == "open" else concept.kind
        value = strength(
            place.words,
            place.start,
            place.end,
            in_title=place.part == "title",
            umbrella=concept.umbrella,
            tool=concept.tier == "tool",
            weight=concept.weight,
            kind=of,
        )
        return place.mention(kind, "neutral", (), [("place and cues of prose", value)])

    def _building_in(self, state: State) -> float:
        """What a word of building AI weighs in an ad for this occupation."""
        group = state.occupation
        named = any(hit.start < state.title_end and hit.alias.decisive and not hit.alias.weak for hit in state.hits)
        if group is None or named:
            return 1.0
        weights = self._weights.building_in_occupation
        return weights.get(group, weights.get(group[0], 1.0))

    def _weight_of_part(self, part: Part, voice: Voice, effects: set[Effect | None], technical: bool) -> float:
        """How much is asked of the holder in this part of the ad, seen by who speaks in the sentence."""
        weights = self._weights
        if part == "title" and technical:
            return weights.title_of_technical_work
        if part == "other":
            return weights.voices[voice]
        if part in _LISTS and voice in ("company", "aside"):
            return weights.company_voice_in_tasks
        if part == "company" and voice == "holder":
            return weights.holder_voice_in_company
        if part == "nice" and "nice" in effects:  # the heading says it, and the sentence: it counts once
            return 1.0
        return weights.parts[part]

    def _kind(self, kind: str, words: str, start: int, end: int) -> tuple[str, bool]:
        if kind != "open":
            return kind, True
        applying = [rule for rule in self._cues.kinds if rule.applies(words, start, end)]
        if not applying:
            return "build", False
        nearest = max(applying, key=lambda rule: rule.nearest(words, start, end))
        return nearest.kind or "build", True

    def _is_false_friend(self, hit: Hit, words: str) -> bool:
        concept = hit.alias.concept
        if concept.ambiguous is None or not concept.ambiguous.unless:
            return False
        if not (concept.ambiguous.whole or hit.alias.cased or hit.alias.weak):
            return False
        if not _any(self._unless, concept.id, concept.ambiguous.unless).search(words):
            return False
        return not (concept.ambiguous.rescue and _any(self._rescue, concept.id, concept.ambiguous.rescue).search(words))

    def _supported(self, mentions: list[Mention], state: State) -> list[Mention]:
        """Weak aliases stay only beside another concept; unsupported ones are no mention at all."""
        if not any(mention.weak for mention in mentions):
            return mentions
        scopes = {hit.alias.concept.id: hit.alias.concept.ambiguous for hit in state.hits if hit.alias.weak}
        decisive = [m for m in mentions if m.tier != "adjacent"]
        strong = {m.concept_id for m in decisive if not m.weak and m.strength >= 0.25}
        kept = []
        for mention in mentions:
            ambiguity = scopes.get(mention.concept_id)
            if mention.weak and ambiguity is not None and ambiguity.scope != "none":
                beside = any(o.sentence == mention.sentence and o.concept_id != mention.concept_id for o in decisive)
                anywhere = ambiguity.scope == "document" and bool(strong - {mention.concept_id})
                if not beside and not anywhere:
                    continue
            kept.append(replace(mention, weak=False))
        return kept


class _Voices:
    """Who speaks in each sentence: asks the holder for something, tells of the employer, or neither.

    A sentence that does neither belongs to the *opening* until somebody is asked for something, since ads begin with
    praise, and is an *aside* in a paragraph of a list of tasks in which nobody is asked for anything.
    """

    def __init__(self, cues: Cues, state: State, lower: str, employer: str) -> None:
        self._cues, self._sentences, self._text, self._lower = cues, state.sentences, state.text, lower
        first = employer.split(" ", 1)[0]
        self._employer = first if len(first) > 3 else ""
        self._said: dict[int, Voice] = {}
        self._first_asked: int | None = None

    def of(self, index: int) -> Voice:
        """The voice of the sentence at an index."""
        said = self._own(index)
        if said != "neutral":
            return said
        if self._continues_praise(index):
            return "company"
        if self._sentences[index].part != "other":
            return "aside" if self._sentences[index].part in _LISTS and self._is_aside(index) else said
        if self._first_asked is None:
            asked = (i for i in range(len(self._sentences)) if self._asks(i))
            self._first_asked = next(asked, len(self._sentences))
        return "opening" if index < self._first_asked < len(self._sentences) else "neutral"

    def _continues_praise(self, index: int) -> bool:
        """Whether the sentence before, on the same line, tells of the employer: a neutral one goes on with it."""
        while index and "\n" not in self._text[self._sentences[index - 1].end : self._sentences[index].start]:
            index -= 1
            if self._own(index) != "neutral":
                return self._own(index) == "company"
        return False

    def _is_aside(self, index: int) -> bool:
        """A paragraph below the list that asks nobody for anything: an ad goes back to praise without a heading."""
        start, end = self._sentences[index].start, self._sentences[index].end
        first, last = self._text.rfind("\n", 0, start) + 1, self._text.find("\n", end)
        last = len(self._text) if last < 0 else last
        if self._text[first : first + 4].lstrip().startswith(_BULLETS):
            return False
        within = [i for i, s in enumerate(self._sentences) if first <= s.start < last]
        if len(within) < 2 or any(self._own(i) == "holder" for i in within):
            return False
        return _found(self._cues.company_voice, self._lower[first:last])

    def _asks(self, index: int) -> bool:
        part = self._sentences[index].part
        return part in _LISTS or (part == "other" and self._own(index) == "holder")

    def _own(self, index: int) -> Voice:
        if index not in self._said:
            sentence = self._sentences[index]
            text, words = self._text[sentence.start : sentence.end], self._lower[sentence.start : sentence.end]
            self._said[index] = self._read(text, words, in_list=sentence.part in _LISTS)
        return self._said[index]

    def _read(self, text: str, words: str, *, in_list: bool) -> Voice:
        cues = self._cues
        opening = words[:_OPENING]
        first_words = opening.split()[:5]
        if _starts(cues.wanted, opening) or self._speaks_to_reader(" ".join(text[:_OPENING].split()[:5])):
            return "holder"
        if _starts(cues.company_start, opening) or (self._employer and self._employer in first_words):
            return "company"
        if _starts(cues.task_start, opening) or _found(cues.demand, words):
            return "holder"
        if not in_list and _found(cues.company_voice, words):  # a task may name companies and products too
            return "company"
        return "holder" if self._speaks_to_reader(text) else "neutral"

    def _speaks_to_reader(self, text: str) -> bool:
        cues = self._cues
        # In capitals throughout, case says nothing.
        cased = _found(cues.second_person_cased, text) and not text.isupper()
        return cased or _found(cues.second_person, text.lower())


def _starts(pattern: re.Pattern[str] | None, words: str) -> bool:
    return pattern is not None and pattern.match(words) is not None


def _found(pattern: re.Pattern[str] | None, words: str) -> bool:
    return pattern is not None and pattern.search(words) is not None


def _any(cache: dict[str, re.Pattern[str]], key: str, patterns: tuple[str, ...]) -> re.Pattern[str]:
    if key not in cache:
        cache[key] = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    return cache[key]


def _within_name(words: str, name: str, start: int, end: int) -> bool:
    position = words.find(name, max(0, start - len(name)))
    return 0 <= position <= start and end <= position + len(name) and len(name) > end - start
