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
    assert taxonomy.narrowest({"ai", "machine_learning", "deep_learning", "pytorch"}) == {"pytorch"}


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


@pytest.mark.parametrize(
    ("concept_id", "names"),
    [
        ("ai", "AI; artificial intelligence; intelligence artificielle; IA; KI; kënschtlech Intelligenz"),
        ("llm", "LLM; LLMs; large language models; LLM applications; grands modèles de langage; Sprachmodelle"),
        ("rag", "RAG; RAG pipelines; retrieval-augmented generation; pipelines RAG; RAG-Systeme"),
        ("ai_agents", "AI agents; agentic AI; agents IA; IA agentique; KI-Agenten; KI-Agent"),
        ("machine_learning", "machine learning; ML; ML models; apprentissage automatique; maschinellt Léieren"),
        ("deep_learning", "deep learning; DL; apprentissage profond; tiefes Lernen"),
        ("generative_ai", "generative AI; GenAI; Gen AI; IA générative; generative KI; generativ KI"),
        ("prompt_engineering", "prompt engineering; prompting; prompts; ingénierie de prompts; Prompt-Engineering"),
        ("computer_vision", "computer vision; vision par ordinateur; maschinelles Sehen"),
        ("nlp", "NLP; natural language processing; traitement automatique des langues; TALN"),
        ("data_science", "data science; data scientist; science des données; Datenwissenschaft"),
        ("ai_governance", "AI governance; gouvernance de l'IA; KI-Governance; KI-Gouvernance"),
        ("ai_act", "AI Act; EU AI Act; AI Act compliance; règlement européen sur l'IA; KI-Verordnung"),
        ("ai_literacy", "AI literacy; AI training; formation à l'IA; KI-Kompetenz; KI-Schulungen; KI-Formatioun"),
        ("ai_tools_use", "AI tools; use of AI tools; outils IA; outils d'IA; KI-Tools; AI-Tools; KI-Outilen"),
        ("ai_coding_assistants", "AI-assisted coding; vibe coding; AI coding tools; assistants de programmation IA"),
        ("intelligent_automation", "AI automation; AI workflows; automatisation IA; KI-gestützte Prozesse"),
        ("vector_databases", "vector databases; vector search; bases de données vectorielles; Vektordatenbanken"),
        ("llm_evaluation", "LLM evaluation; AI evaluation; evals; évaluation des LLM; LLM-Evaluierung"),
        ("open_weight_llms", "open weights; open-source LLMs; LLM open source"),
        ("mlops", "MLOps; ML Ops; machine learning operations"),
        ("iso42001", "ISO 42001; ISO/IEC 42001; ISO42001"),
        ("mcp", "MCP; Model Context Protocol; MCP-Server"),
        ("time_series_forecasting", "forecasting; time series; time series forecasting; Zeitreihenanalyse"),
        ("model_deployment", "model deployment; model serving; déploiement de modèles"),
    ],
)
def test_what_people_call_a_concept_resolves_to_it(concept_id: str, names: str) -> None:
    taxonomy = load_taxonomy()
    assert {name: taxonomy.resolve(name) for name in names.split("; ")} == dict.fromkeys(names.split("; "), concept_id)


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
