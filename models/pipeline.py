"""The spaCy pipeline: how it is assembled, and how a text of a batch goes through it.

Belongs here: loading and running. Never here: the parts (components.py), which of them there are (config.cfg), phrases
and weights (data in cues.yaml, weights.yaml, taxonomy/). No model is downloaded.

``load_pipeline()`` can be used like any spaCy pipeline: ``nlp(text)`` leaves ``doc._.ai_class``, ``doc._.ai_score``,
``doc._.ai_skills`` and ``doc.spans["concepts"]``; after ``nlp.to_disk(path)``, ``spacy.load(path)`` gives the same
pipeline, with the phrases and weights of the installed package. ``nlp.meta["luxai_model_version"]`` names those it was
saved with.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import spacy.util
from spacy.language import Language

import models.components  # registers what config.cfg names
import models.sentence_cats  # noqa: F401  # registers luxai_textcat
from models.components import hit_lines, lines_doc
from models.normalise import Normal, lowered
from models.onepass import Passed, look
from models.state import KEY, Mention, State
from models.version import model_version

__all__ = ["KEY", "Mention", "State", "load_pipeline", "read", "read_passed"]


@lru_cache(maxsize=1)
def load_pipeline() -> Language:
    """The pipeline, built once a process (about a second)."""
    config = spacy.util.load_config(Path(__file__).parent / "config.cfg")
    nlp = spacy.util.load_model_from_config(config, auto_fill=True)
    nlp.meta["luxai_model_version"] = model_version()
    return nlp


def read(
    title: str,
    text: str,
    *,
    languages: frozenset[str],
    employer: str = "",
    sections: bool = True,
    kind: str = "",
    nlp: Language | None = None,
) -> State:
    """Runs the pipeline on a normalised title and text. Offsets in the state count from the start of the title line."""
    passed = look(*(Normal(part, lowered(part), False, None) for part in (title, text)))
    return read_passed(passed, languages=languages, employer=employer, sections=sections, kind=kind, nlp=nlp)


def read_passed(
    passed: Passed,
    *,
    languages: frozenset[str],
    employer: str = "",
    sections: bool = True,
    kind: str = "",
    occupation: str | None = None,
    nlp: Language | None = None,
) -> State:
    """Runs the pipeline (this version's, if no other is given) on a text that was passed over.

    Only lines with hits become tokens.
    """
    nlp = nlp or load_pipeline()
    lines = hit_lines(passed)
    doc = lines_doc(nlp, passed.text, lines)
    state = State(
        text=passed.text,
        title_end=passed.title_end,
        languages=languages,
        employer=employer,
        sections=sections,
        kind=kind,
        occupation=occupation,
        lower=passed.lower,
        lines=lines,
    )
    doc.user_data[KEY] = state
    for _, component in nlp.pipeline:
        doc = component(doc)
    return state
