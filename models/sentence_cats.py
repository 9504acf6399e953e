"""What the trained categorisers say of the sentences that speak of AI: the component ``luxai_textcat``.

Belongs here: which sentences are read, and how their scores become one set for the text. Never here: training, the
decision. Only texts that hold a mention come here, and of these only a few sentences: the cost is some tenths of a
millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Doc

from models.textcat import Textcat, load_textcat

if TYPE_CHECKING:
    from models.pipeline import State

WORK, INFERRED = "ai_work", "inferred"
# The employer's text about itself, benefits and notices say nothing of the holder's work.
PARTS = frozenset({"title", "tasks", "requirements", "other"})
MAX_SENTENCES = 40
INFERRED_FROM = 0.7  # a label is kept from this score on: few and right rather than many


@Language.factory("luxai_textcat")
def _textcat(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    work, inferred = load_textcat(WORK), load_textcat(INFERRED)

    def component(doc: Doc) -> Doc:
        score(doc.user_data["luxai"], work, inferred)
        return doc

    return component


def score(state: State, work: Textcat, inferred: Textcat) -> None:
    """Fills ``state.cats`` and ``state.inferred``; both stay empty for a text without sections or a decisive mention.

    ``cats`` holds practitioner, user, governance, not_ai of the sentence that looks most like work with AI (its scores
    sum to 1), and ``mean_not_ai`` over all sentences read. One sentence makes an ad an AI ad, so the best one counts.
    """
    if not state.sections:
        return
    holding = {mention.sentence for mention in state.mentions if mention.tier != "adjacent"}
    chosen = [i for i in sorted(_with_neighbours(holding, state)) if state.sentences[i].part in PARTS][:MAX_SENTENCES]
    if not chosen:
        return
    texts = [state.text[state.sentences[i].start : state.sentences[i].end] for i in chosen]
    scores = work.scores_of(texts)
    best = min(scores, key=lambda cats: cats["not_ai"])
    state.cats = {**best, "mean_not_ai": sum(cats["not_ai"] for cats in scores) / len(scores)}
    meant = [text for i, text in zip(chosen, texts, strict=True) if i in holding]
    for labels in inferred.scores_of(meant):
        for label, value in labels.items():
            if value >= INFERRED_FROM:
                state.inferred[label] = max(value, state.inferred.get(label, 0.0))


def _with_neighbours(holding: set[int], state: State) -> set[int]:
    near = {i + step for i in holding for step in (-1, 0, 1)}
    return {
        i
        for i in near
        if 0 <= i < len(state.sentences)
        and (
            i in holding
            or any(state.sentences[i].part == state.sentences[j].part for j in (i - 1, i + 1) if j in holding)
        )
    }
