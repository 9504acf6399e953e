"""Why a text got its class: every mention with what it counted, and how the counts became a score.

Belongs here: the account of one decision, as plain data. Never here: deciding. The account is made by reading the text
again, so it costs what a reading costs and is only made when asked for.
"""

from __future__ import annotations

from typing import Any

from models.classify import Read, read_again
from models.decide import load_weights, opinion
from models.state import Mention


def explain(row: dict[str, str]) -> dict[str, Any]:
    """The account of one row with the keys id, text, title, employer, kind, lang (all strings, maybe empty).

    ``mentions``: concept, text, start and end in the row's title (part ``title``) or text, sentence, part, voice (who
    speaks there), kind of work, tier, rules, ``factors`` (what the strength is the product of) and strength.
    ``decision``: class, score, the strength for each kind of work, the opinion of the trained categoriser (log-odds),
    and the weights that made a score of them (None for texts without sections: prose.yaml has their weights). No
    mentions and no decision: the text holds no decisive term, so that nothing more was read. ``categoriser``: its
    scores for the sentences with mentions. ``inferred``: concepts meant but not named, for analysts: no skills.
    """
    read = read_again(row)
    if read is None or read.state.decision is None:
        return {"mentions": [], "decision": None, "categoriser": {}, "inferred": {}}
    decision = read.state.decision
    return {
        "mentions": [_mention(mention, read, row) for mention in read.state.mentions],
        "decision": {
            "ai_class": decision.ai_class,
            "score": decision.score,
            "strengths": {kind: round(value, 4) for kind, value in decision.strengths.items()},
            "categoriser": round(opinion(read.state.cats), 4) if read.state.sections else None,
            "weights": _weights() if read.state.sections else None,
        },
        "categoriser": read.state.cats,
        "inferred": read.state.inferred,
    }


def _weights() -> dict[str, float]:
    weights = load_weights()
    return weights.logistic.model_dump() | {"categoriser": weights.categoriser}


def _mention(mention: Mention, read: Read, row: dict[str, str]) -> dict[str, Any]:
    start, end = read.source_span(mention)
    sentence = read.state.sentences[mention.sentence]
    return {
        "concept": mention.concept_id,
        "text": row["title" if mention.part == "title" else "text"][start:end],
        "start": start,
        "end": end,
        "sentence": read.state.text[sentence.start : sentence.end].strip(),
        "part": mention.part,
        "voice": mention.voice,
        "kind": mention.kind,
        "tier": mention.tier,
        "rules": list(mention.rules),
        "factors": {name: round(value, 4) for name, value in mention.factors},
        "strength": round(mention.strength, 4),
    }
