"""The spaCy pipeline: tokenizer, sections, concepts, context, decision, each a registered component.

Belongs here: how the steps hang together and what they leave on the document. Never here: phrases and weights (data in
cues.yaml, weights.yaml, taxonomy/). Built on ``spacy.blank("xx")``: no model is downloaded, nothing is trained yet; a
trained text classifier can join as one more component before the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from models.context import ContextReader, Mention, State, lower_same_length
from models.cues import Part, load_cues
from models.decide import decide, load_weights
from models.matching import ConceptMatcher, RegexTokenizer
from models.prose import decide_prose
from models.sections import Sentence, split

__all__ = ["Mention", "State", "load_pipeline", "read"]

KEY = "luxai"  # where the pipeline keeps its state in doc.user_data


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
        for sentence in split(body, lower_same_length(body), cues):
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
    reader = ContextReader(load_cues())

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
            state.decision = decide_prose(state.mentions, len(state.text))
        return doc

    return component


@lru_cache(maxsize=1)
def load_pipeline() -> Language:
    """The pipeline, built once a process (about a second)."""
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "luxai.regex_tokenizer.v1"}}})
    for component in ("luxai_sections", "luxai_concepts", "luxai_context", "luxai_decision"):
        nlp.add_pipe(component)
    return nlp


def read(title: str, text: str, *, languages: frozenset[str], employer: str = "", sections: bool = True) -> State:
    """Runs the pipeline on a normalised title and text. Offsets in the state count from the start of the title line."""
    nlp = load_pipeline()
    head = f"{title}\n" if title else ""
    doc = nlp.make_doc(head + text)
    state = State(text=head + text, title_end=len(head), languages=languages, employer=employer, sections=sections)
    doc.user_data[KEY] = state
    for _, component in nlp.pipeline:
        doc = component(doc)
    return state
