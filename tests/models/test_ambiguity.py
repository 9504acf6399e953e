"""The rules for ambiguous concepts, proved sentence by sentence in the real pipeline."""

from __future__ import annotations

import pandas as pd
import pytest

from models import pipeline
from models.classify import classify
from models.language import detect
from models.matching import may_concern_ai
from models.normalise import normalise
from models.taxonomy import load_taxonomy
from models.taxonomy.validate import LANGUAGES, Language, load_cases


def asked_for(text: str, language: str) -> set[str]:
    """The concepts that a text of one sentence asks for: mentioned, and not only in a notice or a ban."""
    body = normalise(text)
    languages = detect(body.lower, "")[1] | {language}
    state = pipeline.read("", body.text, languages=languages)
    return {mention.concept_id for mention in state.mentions if mention.strength > 0.0}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_for_a_concept_find_it_and_sentences_against_do_not(language: Language) -> None:
    wrong = []
    for concept_id, cases in load_cases().items():
        for sentences, wanted in ((cases.asking, True), (cases.against, False)):
            for sentence in sentences.get(language, ()):
                if (concept_id in asked_for(sentence, language)) is not wanted:
                    wrong.append((concept_id, wanted, sentence))
    assert wrong == []


def test_the_prefilter_lets_sentences_for_a_decisive_concept_pass() -> None:
    taxonomy = load_taxonomy()
    lost = []
    for concept_id, cases in load_cases().items():
        if taxonomy[concept_id].tier == "adjacent":
            continue
        for language, sentences in cases.asking.items():
            for sentence in sentences:
                body = normalise(sentence)
                if not may_concern_ai(body.text, body.lower):
                    lost.append((concept_id, language, sentence))
    assert lost == []


def test_there_is_enough_to_prove() -> None:
    cases = load_cases().values()
    assert len(cases) >= 140
    assert sum(len(s) for case in cases for part in (case.asking, case.against) for s in part.values()) >= 600


def test_a_person_and_a_tool_of_one_name_are_kept_apart_in_one_advertisement() -> None:
    text = "Tasks\nYou draft texts with ChatGPT.\nContact\nMr. Claude Weber, human resources, answers your questions."
    skills = classify(pd.DataFrame([{"id": "a", "text": text}]))["skills"][0]
    assert skills == ["chatgpt"]
