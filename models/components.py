"""The registered spaCy parts: tokenizer, sections, concepts, context, decision, and what they leave on a document.

Belongs here: the border between spaCy and our readers. Never here: how a reader reads, which parts a pipeline has
(``config.cfg``).

A document that comes without a state (``nlp(text)``) gets one from its text; in a batch the document holds only the
lines of a text in which an alias stands, and the state comes with it.
"""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.util import registry

from models.context import ContextReader
from models.cues import Part, load_cues
from models.decide import decide, load_weights
from models.language import languages_of
from models.matching import ConceptMatcher, RegexTokenizer, concerns_ai
from models.normalise import NOTHING, Normal, normalise
from models.onepass import Passed, look
from models.prose import decide_prose
from models.sections import Sentence, split
from models.state import KEY, State

SPANS = "concepts"  # the key in doc.spans; a span's label is the concept's id
MAX_HITS = 500  # a long ad has fifty; each is read with its sentence, so a text made of nothing else has to end
_SOURCE = "luxai_source"  # the normal form of a document's own text, kept for the way back to its characters

for name, default in {"ai_class": None, "ai_score": None, "ai_skills": ()}.items():
    Doc.set_extension(name, default=default, force=True)


@registry.tokenizers("luxai.regex_tokenizer.v1")
def create_tokenizer() -> Callable[[Language], RegexTokenizer]:
    """Words and single signs."""
    return lambda nlp: RegexTokenizer(nlp.vocab)


@Language.factory("luxai_sections")
def create_sections(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Cuts the text into sentences, each with the part of the ad it stands in."""
    cues = load_cues()

    def component(doc: Doc) -> Doc:
        state = _state_of(doc)
        title, text = state.title_end, state.text
        if title:
            state.sentences.append(Sentence(0, title, "title"))
        for start, end, said in split(text[title:], state.lower[title:], cues):
            part: Part = said if state.sections else "other"
            state.sentences.append(Sentence(start + title, end + title, part))
        return doc

    return component


@Language.factory("luxai_concepts")
def create_concepts(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Finds the aliases of the taxonomy, the longest at each place."""
    matcher = ConceptMatcher(nlp)

    def component(doc: Doc) -> Doc:
        state = _state_of(doc)
        lines = doc if _SOURCE not in doc.user_data else lines_doc(nlp, state.text, state.lines)
        state.hits = matcher(lines, state.text, state.languages, state.lines)[:MAX_HITS]
        return doc

    return component


@Language.factory("luxai_context")
def create_context(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Makes mentions of hits: what each says of the holder, and how strongly."""
    reader = ContextReader(load_cues())

    def component(doc: Doc) -> Doc:
        reader.read(_state_of(doc))
        return doc

    return component


@Language.factory("luxai_decision")
def create_decision(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Decides, and leaves ``doc._.ai_class``, ``doc._.ai_score``, ``doc._.ai_skills`` and ``doc.spans["concepts"]``."""
    weights = load_weights()

    def component(doc: Doc) -> Doc:
        state = _state_of(doc)
        if state.sections:
            state.decision = decide(state.mentions, weights, state.cats)
        else:
            state.decision = decide_prose(state.mentions, state.lower, state.title_end, state.kind)
        source: Normal | None = doc.user_data.get(_SOURCE)
        if source is not None:
            doc._.ai_class, doc._.ai_score = state.decision.ai_class, state.decision.score
            doc._.ai_skills = tuple(state.skills()) if state.decision.is_ai else ()
            spans = (_span(doc, source, mention.start, mention.end, mention.concept_id) for mention in state.mentions)
            doc.spans[SPANS] = SpanGroup(doc, name=SPANS, spans=[span for span in spans if span is not None])
        return doc

    return component


def lines_doc(nlp: Language, text: str, lines: list[tuple[int, int]]) -> Doc:
    """A document of some lines of a text."""
    return nlp.make_doc("\n".join(text[start:end] for start, end in lines))


def hit_lines(passed: Passed) -> list[tuple[int, int]]:
    """Start and end of each line that holds an alias."""
    lines: list[tuple[int, int]] = []
    for start in sorted(start for _, start, _ in passed.aliases):
        if not lines or start >= lines[-1][1]:
            end = passed.text.find("\n", start)
            lines.append((passed.text.rfind("\n", 0, start) + 1, end if end >= 0 else len(passed.text)))
    return lines


def _state_of(doc: Doc) -> State:
    state: State | None = doc.user_data.get(KEY)
    if state is None:
        source = normalise(doc.text)
        passed = look(NOTHING, source)
        _, languages = languages_of(passed.folded, "")
        lines = hit_lines(passed) if concerns_ai(passed.aliases, passed.text) else []
        state = State(passed.text, 0, languages, "", lower=passed.lower, lines=lines)
        doc.user_data[KEY], doc.user_data[_SOURCE] = state, source
    return state


def _span(doc: Doc, source: Normal, start: int, end: int, concept_id: str):  # type: ignore[no-untyped-def]  # spaCy's
    begin, finish = source.source_span(start, end)
    return doc.char_span(begin, finish, label=concept_id, alignment_mode="expand")
