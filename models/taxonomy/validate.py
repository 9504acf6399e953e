"""The checks that a taxonomy passes before it is used: what a file's shape cannot tell.

Belongs here: faults of the taxonomy as a whole (clashes, unreachable aliases, aliases that are no names, gaps in the
sentences that prove the ambiguous ones), each as one line of text. Never here: shapes of single fields (the models in
``models.taxonomy`` refuse those), what a mention means. A test runs ``problems``; an empty list is a valid taxonomy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import spacy
from pydantic import BaseModel, ConfigDict, Field, RootModel
from spacy.lang.de.stop_words import STOP_WORDS as GERMAN
from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH
from spacy.lang.lb.stop_words import STOP_WORDS as LUXEMBOURGISH

from models.data import read_yaml
from models.matching import ConceptMatcher, RegexTokenizer
from models.normalise import normalise
from models.taxonomy import TAXONOMY_VERSION, Concept, Taxonomy, spellings

Language = Literal["en", "fr", "de", "lb"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "de", "lb")
AMBIGUITY = Path(__file__).parents[1] / "gold" / "ambiguity.yaml"
MAX_LABEL = MAX_ALIAS = 80
MAX_DEPTH = 6
# Ordinary sentences in which each alias must be found as it is listed.
_CARRIERS = {
    "en": "We look for experience with {} in our team.",
    "fr": "Vous apportez une expérience avec {} dans notre équipe.",
    "de": "Wir suchen Erfahrung mit {} in unserem Team.",
    "lb": "Mir sichen Erfarung mat {} an eisem Team.",
}
_STOP_WORDS = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "lb": LUXEMBOURGISH}


class Cases(BaseModel):
    """Sentences about one concept, by language: ``for`` those that ask for it, ``against`` those that only look so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asking: dict[Language, tuple[str, ...]] = Field(alias="for")
    against: dict[Language, tuple[str, ...]]


class _CaseFile(RootModel[dict[str, Cases]]):
    """The content of gold/ambiguity.yaml, by concept id."""


@lru_cache(maxsize=1)
def load_cases() -> dict[str, Cases]:
    """The test sentences of the ambiguous concepts."""
    return _CaseFile.model_validate(read_yaml(AMBIGUITY)).root


def problems(taxonomy: Taxonomy) -> list[str]:
    """All faults, one line each; about three seconds for 500 concepts."""
    return [
        *_clashes(taxonomy),
        *(fault for concept in taxonomy for fault in _concept_faults(concept, taxonomy)),
        *_label_faults(taxonomy),
        *_unreachable(taxonomy),
        *_untested(taxonomy, load_cases()),
    ]


def _clashes(taxonomy: Taxonomy) -> Iterator[str]:
    """Spellings and names that stand for two concepts, or for one concept both weakly and strongly."""
    holders: dict[str, set[str]] = {}
    weakness: dict[str, set[bool]] = {}
    for concept in taxonomy:
        weak = concept.ambiguous.weak if concept.ambiguous else ()
        for language, aliases in concept.aliases.items():
            for alias in aliases:
                for form in spellings(alias, language):
                    holders.setdefault(form.lower(), set()).add(concept.id)
                    weakness.setdefault(form.lower(), set()).add(alias in weak)
    for concept in taxonomy:
        for name in concept.names:
            holders.setdefault(name.lower(), set()).add(concept.id)
    for form, ids in sorted(holders.items()):
        if len(ids) > 1:
            yield f"{form!r} stands for {' and '.join(sorted(ids))}"
        elif len(weakness.get(form, ())) > 1:
            yield f"{form!r} of {min(ids)} is both weak and strong"


def _concept_faults(concept: Concept, taxonomy: Taxonomy) -> Iterator[str]:
    where = f"concept {concept.id}"
    year = int(TAXONOMY_VERSION.split(".")[0])
    if concept.first_seen is not None and concept.first_seen > year:
        yield f"{where}: first seen in {concept.first_seen}, after this version"
    if concept.parent is not None and concept.replaced_by is None and taxonomy[concept.parent].replaced_by is not None:
        yield f"{where}: its parent {concept.parent} is replaced"
    if len(taxonomy.ancestors(concept.id)) > MAX_DEPTH:
        yield f"{where}: more than {MAX_DEPTH} levels deep"
    listed = [(language, alias) for language, aliases in concept.aliases.items() for alias in aliases]
    everywhere = {
        alias.lower() for language, alias in listed if language in ("en", "any") and not concept.is_cased(alias)
    }
    for (language, alias), count in Counter(listed).items():
        if count > 1:
            yield f"{where}: alias {alias!r} ({language}) is listed {count} times"
    for language, alias in listed:
        if language not in ("en", "any") and alias.lower() in everywhere:
            yield f"{where}: alias {alias!r} is read in every text already, so {language} need not repeat it"
        if not 2 <= len(alias) <= MAX_ALIAS or not any(c.isalpha() or c.isdigit() for c in alias):
            yield f"{where}: alias {alias!r} is shorter than 2 or longer than {MAX_ALIAS} characters, or no word"
        if normalise(alias).text != alias or alias != alias.strip():
            yield f"{where}: alias {alias!r} is not in the normal form that texts are brought to"
        if not concept.is_cased(alias):
            stops = [tongue for tongue in LANGUAGES if alias.lower() in _STOP_WORDS[tongue]]
            if stops:
                yield f"{where}: alias {alias!r} is a stop word ({', '.join(stops)})"


def _label_faults(taxonomy: Taxonomy) -> Iterator[str]:
    for language in LANGUAGES:
        live = [(getattr(c.labels, language), c.id) for c in taxonomy if c.replaced_by is None]
        counts = Counter(label.lower() for label, _ in live)
        for label, concept_id in live:
            if not label.strip() or len(label) > MAX_LABEL:
                yield f"concept {concept_id}: label {label!r} ({language}) is empty or too long"
            if counts[label.lower()] > 1:
                yield f"concept {concept_id}: label {label!r} ({language}) names two concepts"


def _unreachable(taxonomy: Taxonomy) -> Iterator[str]:
    """Aliases that the matcher does not find where they stand alone in an ordinary sentence."""
    make_doc, matcher = _matcher()
    for concept in taxonomy:
        for language, aliases in concept.aliases.items():
            for alias in aliases:
                for tongue in LANGUAGES if language == "any" else (language,):
                    text = normalise(_CARRIERS[tongue].format(alias)).text
                    start = _CARRIERS[tongue].index("{}")
                    hits = matcher(make_doc(text), text, frozenset({tongue}))
                    spans = {(hit.alias.concept.id, hit.start, hit.end) for hit in hits}
                    if (concept.id, start, start + len(alias)) not in spans:
                        yield f"concept {concept.id}: alias {alias!r} ({language}) is not found in {tongue}"


@lru_cache(maxsize=1)
def _matcher() -> tuple[RegexTokenizer, ConceptMatcher]:
    """The matcher that reads texts, with the taxonomy in use."""
    nlp = spacy.blank("xx")
    tokenizer = RegexTokenizer(nlp.vocab)
    nlp.tokenizer = tokenizer
    return tokenizer, ConceptMatcher(nlp)


def _untested(taxonomy: Taxonomy, cases: dict[str, Cases]) -> Iterator[str]:
    """Ambiguous concepts without a sentence for and one against in each language that has an ambiguous alias.

    Aliases of no language (names of tools) need one of each in any language.
    """
    for unknown in sorted(set(cases) - set(taxonomy.concepts)):
        yield f"test sentences for {unknown}, which is no concept"
    for concept in taxonomy:
        if concept.ambiguous is None:
            continue
        found = cases.get(concept.id)
        if found is None or not found.asking or not found.against:
            yield f"concept {concept.id}: ambiguous, without test sentences for and against"
            continue
        for language in _tongues(concept):
            for sentences, name in ((found.asking, "for"), (found.against, "against")):
                if not sentences.get(language):
                    yield f"concept {concept.id}: no test sentence {name} in {language}"


def _tongues(concept: Concept) -> Iterable[Language]:
    """The languages in which a concept has an alias that may mean something else."""
    assert concept.ambiguous is not None
    rules = concept.ambiguous
    return [
        language
        for language in LANGUAGES
        if any(
            alias in rules.weak or (rules.unless and (rules.whole or concept.is_cased(alias)))
            for alias in concept.aliases.get(language, ())
        )
    ]
