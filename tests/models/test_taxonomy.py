"""The taxonomy: valid, without clashes, every alias reachable, and wrong files told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from models.matching import ConceptMatcher, RegexTokenizer, aliases, may_concern_ai
from models.taxonomy import TaxonomyError, concepts_frame, load_taxonomy, read_taxonomy


def test_no_alias_is_held_by_two_concepts() -> None:
    assert load_taxonomy().shared_aliases() == {}


def test_every_alias_is_found_in_its_own_language() -> None:
    nlp = spacy.blank("xx")
    nlp.tokenizer = RegexTokenizer(nlp.vocab)  # type: ignore[assignment]
    matcher = ConceptMatcher(nlp)
    unreachable = []
    for alias in aliases():
        text = f"x {alias.text} x"
        languages = frozenset() if alias.language == "any" else frozenset({alias.language})
        hits = matcher(nlp.make_doc(text), text, languages)
        if not any(hit.alias.concept is alias.concept and text[hit.start : hit.end] == alias.text for hit in hits):
            unreachable.append((alias.concept.id, alias.language, alias.text))
    assert unreachable == []


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
    assert frame["esco_uri"].notna().sum() >= 57
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
