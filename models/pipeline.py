"""The spaCy pipeline: tokenizer, sections, concepts, context, decision, each a registered component.

Belongs here: how the steps hang together and what they leave on the document. Never here: phrases and weights (data in
cues.yaml, weights.yaml, taxonomy/). Built on ``spacy.blank("xx")``: no model is downloaded, nothing is trained yet; a
trained text classifier can join as one more component before the decision.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from models.cues import Cues, Part, load_cues
from models.decide import Decision, decide, load_weights
from models.matching import ConceptMatcher, Hit, RegexTokenizer
from models.prose import decide_prose, is_homonym, strength
from models.sections import Sentence, split

KEY = "luxai"  # where the pipeline keeps its state in doc.user_data


@dataclass(frozen=True)
class Mention:
    """One mention of a concept, read in its sentence. ``strength`` 0..1: how far the holder must be able to do it."""

    concept_id: str
    start: int
    end: int
    part: Part
    tier: str
    kind: str  # build | use | govern
    strength: float
    weak: bool
    rules: tuple[str, ...]
    sentence: int


@dataclass
class State:
    """What the components hand on."""

    text: str  # the document's text; Doc.text would build it from the tokens at each access
    title_end: int
    languages: frozenset[str]
    employer: str
    sections: bool = True
    kind: str = ""  # of record, of texts without sections
    sentences: list[Sentence] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    decision: Decision | None = None


@registry.tokenizers("luxai.regex_tokenizer.v1")
def _create_tokenizer() -> Callable[[Language], RegexTokenizer]:
    return lambda nlp: RegexTokenizer(nlp.vocab)


@Language.factory("luxai_sections")
def _sections(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    cues = load_cues()

    def component(doc: Doc) -> Doc:
        state: State = doc.user_data[KEY]
        text = state.text
        if state.title_end:
            state.sentences.append(Sentence(0, state.title_end, "title"))
        body = text[state.title_end :]
        for sentence in split(body, _lower(body), cues):
            part: Part = sentence.part if state.sections else "other"
            state.sentences.append(Sentence(sentence.start + state.title_end, sentence.end + state.title_end, part))
        return doc

    return component


@Language.factory("luxai_concepts")
def _concepts(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    matcher = ConceptMatcher(nlp)

    def component(doc: Doc) -> Doc:
        state: State = doc.user_data[KEY]
        state.hits = matcher(doc, state.text, state.languages)
        return doc

    return component


@Language.factory("luxai_context")
def _context(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    reader = _ContextReader(load_cues())

    def component(doc: Doc) -> Doc:
        reader.read(doc.user_data[KEY])
        return doc

    return component


@Language.factory("luxai_decision")
def _decision(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    weights = load_weights()

    def component(doc: Doc) -> Doc:
        state: State = doc.user_data[KEY]
        if state.sections:
            state.decision = decide(state.mentions, weights)
        else:
            state.decision = decide_prose(state.mentions, _lower(state.text), state.title_end, state.kind)
        return doc

    return component


class _ContextReader:
    """Gives each hit its sentence, the rules that apply there, its kind of work and its strength."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues
        self._weights = load_weights()
        self._effects = {rule.id: rule.effect for rule in cues.rules}
        self._unless: dict[str, re.Pattern[str]] = {}
        self._rescue: dict[str, re.Pattern[str]] = {}

    def read(self, state: State) -> None:
        lower = _lower(state.text)
        employer = state.employer.strip().lower()
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
            start, end = hit.start - sentence.start, min(hit.end, sentence.end) - sentence.start
            if self._is_false_friend(hit, words):
                continue
            if not state.sections:
                if is_homonym(hit.alias.concept.id, lower):
                    continue
                found.append(self._prose_mention(hit, sentence, index, words, start, end, state.kind))
                continue
            mention = self._mention(hit, sentence, index, words, start, end, employer)
            # "A degree in statistics or data science" names a diploma, and a sentence that gives orders to language
            # models is no part of the ad: neither speaks of AI at all.
            effects = {self._effects[rule] for rule in mention.rules}
            if "injection" in effects or (hit.alias.concept.weight < 1.0 and "degree" in effects):
                continue
            found.append(mention)
        state.mentions = self._supported(found, state)

    def _mention(
        self, hit: Hit, sentence: Sentence, index: int, words: str, start: int, end: int, employer: str
    ) -> Mention:
        concept = hit.alias.concept
        weights = self._weights
        rules = [
            rule for rule in self._cues.rules if sentence.part not in rule.not_parts and rule.applies(words, start, end)
        ]
        effect = min((weights.effects[rule.effect] for rule in rules if rule.effect), default=1.0)
        if employer and len(employer) > 2 and _within_name(words, employer, start, end):
            effect = min(effect, weights.effects["organisation"])
        part = weights.parts[sentence.part]
        if sentence.part == "nice" and any(rule.effect == "nice" for rule in rules):
            effect = max(effect, weights.effects["nice"]) / weights.effects["nice"]
        if sentence.part == "other":
            part = self._voice(words)
        kind, certain = self._kind(concept.kind, words, start, end)
        strength = part * effect * concept.weight * (1.0 if certain else weights.open_without_verb)
        names = tuple(rule.id for rule in rules)
        return Mention(
            concept.id, hit.start, hit.end, sentence.part, concept.tier, kind, strength, hit.alias.weak, names, index
        )

    def _prose_mention(
        self, hit: Hit, sentence: Sentence, index: int, words: str, start: int, end: int, of: str
    ) -> Mention:
        """A mention in a text that asks for nothing: the rules of advertisements say nothing about it."""
        concept = hit.alias.concept
        kind = "build" if concept.kind == "open" else concept.kind
        value = strength(
            words,
            start,
            end,
            in_title=sentence.part == "title",
            umbrella=concept.umbrella,
            tool=concept.tier == "tool",
            weight=concept.weight,
            kind=of,
        )
        return Mention(
            concept.id, hit.start, hit.end, sentence.part, concept.tier, kind, value, hit.alias.weak, (), index
        )

    def _voice(self, words: str) -> float:
        """The weight of a sentence under no heading: asks for something, tells of the employer, or neither."""
        cues, weights = self._cues, self._weights
        opening = " ".join(words.split(" ", 4)[:4])  # "You own …", "Within the team, you …" read as tasks
        if _found(cues.demand, words) or _found(cues.second_person, opening):
            return weights.other_with_demand
        if _found(cues.company_voice, words):
            return weights.other_company_voice
        return weights.other_with_demand if _found(cues.second_person, words) else weights.parts["other"]

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
        if concept.ambiguous is None or not concept.ambiguous.unless or not (hit.alias.cased or hit.alias.weak):
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


def _found(pattern: re.Pattern[str] | None, words: str) -> bool:
    return pattern is not None and pattern.search(words) is not None


def _any(cache: dict[str, re.Pattern[str]], key: str, patterns: tuple[str, ...]) -> re.Pattern[str]:
    if key not in cache:
        cache[key] = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    return cache[key]


def _within_name(words: str, name: str, start: int, end: int) -> bool:
    position = words.find(name, max(0, start - len(name)))
    return 0 <= position <= start and end <= position + len(name) and len(name) > end - start


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@lru_cache(maxsize=1)
def load_pipeline() -> Language:
    """The pipeline, built once a process (about a second)."""
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "luxai.regex_tokenizer.v1"}}})
    for component in ("luxai_sections", "luxai_concepts", "luxai_context", "luxai_decision"):
        nlp.add_pipe(component)
    return nlp


def read(
    title: str, text: str, *, languages: frozenset[str], employer: str = "", sections: bool = True, kind: str = ""
) -> State:
    """Runs the pipeline on a normalised title and text. Offsets in the state count from the start of the title line."""
    nlp = load_pipeline()
    head = f"{title}\n" if title else ""
    doc = nlp.make_doc(head + text)
    state = State(
        text=head + text, title_end=len(head), languages=languages, employer=employer, sections=sections, kind=kind
    )
    doc.user_data[KEY] = state
    for _, component in nlp.pipeline:
        doc = component(doc)
    return state
