"""The taxonomy: valid, without clashes, every alias reachable, and wrong files told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from models.matching import aliases, may_concern_ai
from models.taxonomy import (
    TAXONOMY_VERSION,
    Concept,
    Taxonomy,
    TaxonomyError,
    concepts_frame,
    load_taxonomy,
    read_taxonomy,
    spellings,
)
from models.taxonomy.validate import problems


def test_the_taxonomy_passes_its_own_checks() -> None:
    assert problems(load_taxonomy()) == []


def broken(first: str, second: str = "aliases: {en: [second thing]}") -> Taxonomy:
    labels = "labels: {{en: {0}, fr: {0}, de: {0}, lb: {0}}}"
    head = "{{id: {0}, " + labels + ", tier: core, "
    entries = [head.format("one") + first + "}", head.format("two") + second + "}"]
    return Taxonomy([Concept(group="g", **yaml.safe_load(entry)) for entry in entries])


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        ("aliases: {en: [deep thing]}", "aliases: {de: [Deep-Thing]}", "'deep thing' stands for one and two"),
        ("aliases: {de: [KI-Werk]}", "aliases: {en: [AI-Werk]}", "'ai-werk' stands for one and two"),
        ("aliases: {en: [the other]}", "names: [the other], aliases: {en: [x9]}", "'the other' stands for one and two"),
        (
            "ambiguous: {hint: h, weak: [deep thing]}, aliases: {en: [deep thing, deep-thing]}",
            "aliases: {en: [x9]}",
            "'deep thing' of one is both weak and strong",
        ),
        ("aliases: {en: [again]}", "aliases: {en: [x9]}", "'again' is a stop word (en"),
        ("aliases: {fr: [chose–forte]}", "aliases: {en: [x9]}", "'chose–forte' is not in the normal form"),
        ("aliases: {en: [a thing], fr: [a thing]}", "aliases: {en: [x9]}", "so fr need not repeat it"),
        ("aliases: {en: [a thing], fr: [x]}", "aliases: {en: [x9]}", "'x' is shorter than 2"),
        ("first_seen: 2099, aliases: {en: [a thing]}", "aliases: {en: [x9]}", "first seen in 2099"),
        ("aliases: {en: [a thing]}", "aliases: {en: [x9]}", "alias 'a thing' (en) is not found in en"),
        ("ambiguous: {hint: h}, aliases: {en: [a thing]}", "aliases: {en: [x9]}", "one: ambiguous, without test"),
    ],
)
def test_a_fault_of_the_whole_is_told_in_one_line(first: str, second: str, fault: str) -> None:
    assert any(fault in problem for problem in problems(broken(first, second)))


def test_an_alias_is_found_in_the_spellings_of_hyphens_and_blanks() -> None:
    assert set(spellings("Machine-Learning-Modelle", "de")) == {
        "Machine-Learning-Modelle",
        "Machine Learning Modelle",
        "Machine Learning-Modelle",
        "Machine-Learning Modelle",
    }
    assert "AI Tools" in spellings("KI-Tools", "de")
    assert "KI-Uwendunge" in spellings("KI-Uwendungen", "lb")
    assert spellings("outils d'IA", "fr") == ("outils d'IA",)
    assert spellings("fine-tuning de modèles", "fr") == ("fine-tuning de modèles", "fine tuning de modèles")


def test_the_prefilter_lets_every_strong_decisive_alias_pass() -> None:
    lost = [
        alias.text
        for alias in aliases()
        if alias.decisive and not alias.weak and not may_concern_ai(f"x {alias.text} x", f"x {alias.text} x".lower())
    ]
    assert lost == []


def test_adjacent_concepts_never_pass_the_prefilter_alone() -> None:
    for text in ("Power BI and SQL", "drones", "big data", "Python and R"):
        assert not may_concern_ai(text, text.lower()), text


def test_parents_lead_to_the_top_and_umbrellas_go_first() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.ancestors("lora") == ("fine_tuning", "llm", "generative_ai", "ai")
    assert taxonomy.without_parents({"ai", "machine_learning", "pytorch"}) == {"machine_learning", "pytorch"}
    assert taxonomy.without_parents({"ai", "ai_systems"}) == {"ai_systems"}
    assert taxonomy.without_parents({"ai"}) == {"ai"}


def test_names_labels_and_ids_resolve_to_the_concept_of_today() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.resolve("LLM") == "llm"
    assert taxonomy.resolve("Intelligence artificielle") == "ai"
    assert taxonomy.resolve("maschinelles Lernen") == "machine_learning"
    assert taxonomy.resolve("ml_models") == "machine_learning"
    assert taxonomy.resolve("Kubeflow") == taxonomy.resolve("kubeflow") == "kubeflow"
    assert taxonomy.resolve("prompting") == "prompt_engineering"
    assert taxonomy.resolve("forecasting") == "time_series_forecasting"
    assert taxonomy.resolve("basket weaving") is None


def test_concepts_frame_has_one_row_a_concept_and_labels_in_four_languages() -> None:
    frame = concepts_frame()
    assert len(frame) == len(load_taxonomy()) >= 503
    assert (
        not frame[["concept_id", "label_en", "label_fr", "label_de", "label_lb", "group_name", "tier"]]
        .isna()
        .any()
        .any()
    )
    assert frame["esco_uri"].notna().sum() == 57
    assert frame.loc[frame.concept_id == "rag", "first_seen"].item() == 2020
    assert frame.loc[frame.concept_id == "ai_strategy", "first_seen"].item() is None
    assert set(frame["taxonomy_version"]) == {TAXONOMY_VERSION}
    assert frame.loc[frame.concept_id == "ai", "parent_id"].item() is None


HEAD = "group: g\nconcepts:\n- {id: a1, labels: {en: a, fr: a, de: a, lb: a}, "


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            HEAD + "tier: core, parent: zz, aliases: {en: [a]}}",
            "zz",
        ),
        (
            HEAD + "tier: huge, aliases: {en: [a]}}",
            "tier",
        ),
        (HEAD + "tier: core, aliases: {}}", "alias"),
        ("group: [", "broken.yaml"),
    ],
)
def test_a_wrong_file_is_told_in_words(tmp_path: Path, body: str, fault: str) -> None:
    (tmp_path / "broken.yaml").write_text(body, encoding="utf-8")
    with pytest.raises(TaxonomyError, match=fault):
        read_taxonomy(tmp_path)
