"""The spaCy pipeline: saved and loaded, used as spaCy people do, and the same readings on every way."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language

from models.classify import FIELDS, Reading, read_one
from models.language import detect, main_language
from models.normalise import normalise
from models.pipeline import load_pipeline, read
from models.scan import fold
from models.version import model_version

GOLD = Path(__file__).parents[2] / "models" / "gold" / "job_postings.jsonl"
AD = "Your tasks\n- Build machine learning models with PyTorch.\n- L\u2019analyse des mode\u0300les d\u2019IA.\n"


@lru_cache(maxsize=1)
def gold() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines())


def reading_of(text: str, title: str = "", employer: str = "") -> Reading:
    return read_one(dict.fromkeys(FIELDS, "") | {"text": text, "title": title, "employer": employer})


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Language:
    folder = tmp_path_factory.mktemp("pipeline")
    load_pipeline().to_disk(folder)
    return spacy.load(folder)


def test_a_saved_pipeline_has_the_same_parts_and_says_its_version(loaded: Language) -> None:
    assert loaded is not load_pipeline()
    assert loaded.pipe_names == load_pipeline().pipe_names
    assert {"luxai_sections", "luxai_concepts", "luxai_context", "luxai_decision"} <= set(loaded.pipe_names)
    assert loaded.meta["luxai_model_version"] == model_version()


def test_a_loaded_pipeline_reads_the_gold_set_alike(loaded: Language) -> None:
    for row in gold():
        title, text = normalise(row["title"]).text, normalise(row["text"]).text
        given = {"languages": frozenset({row["lang"]}), "employer": row["employer"] or ""}
        ours, theirs = read(title, text, **given), read(title, text, **given, nlp=loaded)
        assert ours.decision == theirs.decision, row["id"]
        assert ours.mentions == theirs.mentions, row["id"]
        assert ours.skills() == theirs.skills(), row["id"]


def test_calling_the_pipeline_gives_what_a_batch_gives(loaded: Language) -> None:
    for row in gold():
        doc, reading = loaded(row["text"]), reading_of(row["text"])
        assert doc._.ai_class == reading["ai_class"], row["id"]
        assert doc._.ai_score == reading["ai_score"], row["id"]
        assert list(doc._.ai_skills) == reading["skills"], row["id"]


def test_concepts_are_spans_of_the_text_as_it_came() -> None:
    doc = load_pipeline()(AD)
    assert doc.text == AD
    assert doc._.ai_class == "practitioner"
    assert "pytorch" in doc._.ai_skills
    spans = {span.text: span.label_ for span in doc.spans["concepts"]}
    assert spans["PyTorch"] == "pytorch"
    assert list(spans) == ["machine learning", "PyTorch", "mode\u0300les d\u2019IA"]


def test_a_text_without_ai_has_no_concepts() -> None:
    doc = load_pipeline()("Your tasks\n- Drive a bus in Esch.")
    assert (doc._.ai_class, doc._.ai_score, doc._.ai_skills) == ("none", 0.0, ())
    assert len(doc.spans["concepts"]) == 0


def test_many_texts_go_through_pipe() -> None:
    classes = [doc._.ai_class for doc in load_pipeline().pipe([AD, "Bus driver", ""])]
    assert classes == ["practitioner", "none", "none"]


def test_three_samples_name_the_language_that_the_whole_text_has() -> None:
    texts = {language: "\n".join(r["text"] for r in gold() if r["lang"] == language) for language in ("en", "fr", "de")}
    mixed = [texts["fr"][:700] + "\n" + texts["de"][:5_000], texts["en"][:900] + "\n" + texts["fr"][:4_000]]
    for text in [*texts.values(), *mixed]:
        lower = normalise(text).lower
        assert main_language(fold(lower), "") == detect(lower)[0]
    assert [main_language(fold(text), "") for text in texts.values()] == ["en", "fr", "de"]


def test_a_saved_pipeline_loads_without_an_import_of_ours() -> None:
    """spaCy finds factories through entry points: each component of the pipeline has one, and it is that factory."""
    declared = {entry.name: entry.load() for entry in entry_points(group="spacy_factories")}
    for name in load_pipeline().pipe_names:
        assert callable(declared[name]), name
