"""What the trained categorisers say of the sentences that speak of AI: the component ``luxai_textcat``.

Belongs here: which sentences are read, and how their scores become one set for the text. Never here: training, the
decision. Only texts that hold a mention come here, and of these only the sentences that hold one: some tenths of a
millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from spacy.language import Language
from spacy.tokens import Doc

from models.state import KEY, State
from models.textcat import Textcat, load_textcat

WORK, INFERRED = "ai_work", "inferred"
# The employer's text about itself, benefits and notices say nothing of the holder's work.
PARTS = frozenset({"title", "tasks", "requirements", "other"})
MAX_SENTENCES = 40
LEAST_WEIGHT = 0.05  # of a sentence whose mentions the rules hold for nothing
FLOOR = 1e-3  # no single sentence is surer than this
INFERRED_FROM = 0.85  # hints for an analyst, never skills: too many are wrong (training/DATA_CARD.md)


@Language.factory("luxai_textcat")
def create_textcat(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    work, inferred = load_textcat(WORK), load_textcat(INFERRED)

    def component(doc: Doc) -> Doc:
        score(doc.user_data[KEY], work, inferred)
        return doc

    return component


def score(state: State, work: Textcat, inferred: Textcat) -> None:
    """Fills ``state.cats`` and ``state.inferred``; both stay empty for a text without sections or a decisive mention.

    ``cats``: practitioner, user, governance, not_ai, summing to 1: the scores of the sentences that hold a decisive
    mention, pooled geometrically, each with the strength of its strongest mention as weight. So what is said where the
    rules see demand counts most, and one sure sentence does not drown the others (the best sentence alone, and plain
    means, separate AI ads less well: training/DATA_CARD.md). ``inferred``: concept ids with the best score.
    """
    if not state.sections:
        return
    strengths: dict[int, float] = {}
    for mention in state.mentions:
        if mention.tier != "adjacent" and state.sentences[mention.sentence].part in PARTS:
            strengths[mention.sentence] = max(strengths.get(mention.sentence, 0.0), mention.strength)
    chosen = sorted(strengths)[:MAX_SENTENCES]
    if not chosen:
        return
    texts = [state.text[state.sentences[i].start : state.sentences[i].end] for i in chosen]
    state.cats = _pooled(work.scores_of(texts), [strengths[i] + LEAST_WEIGHT for i in chosen])
    for labels in inferred.scores_of(texts):
        for label, value in labels.items():
            if value >= INFERRED_FROM:
                state.inferred[label] = max(value, state.inferred.get(label, 0.0))


def _pooled(scores: list[dict[str, float]], weights: list[float]) -> dict[str, float]:
    total = sum(weights)
    logs = {
        label: sum(w * math.log(max(cats[label], FLOOR)) for w, cats in zip(weights, scores, strict=True)) / total
        for label in scores[0]
    }
    top = max(logs.values())
    raised = {label: math.exp(value - top) for label, value in logs.items()}
    return {label: round(value / sum(raised.values()), 4) for label, value in raised.items()}
