"""What the trained parts add to a reading: scores of sentences, features, the fitted decision and how it is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import pipeline, sentence_cats
from models.features import NAMES, features
from models.fitted import Fitted, load_fitted
from models.taxonomy import load_taxonomy
from models.textcat import load_textcat
from models.training.fit_decision import Ad, bins, cross_validated, fit, scores
from models.version import _decides


def _read(title: str, text: str, **options: bool) -> pipeline.State:
    return pipeline.read(title, text, languages=frozenset({"en", "fr", "de"}), **options)


BUILDS = (
    "Data Scientist",
    "Your tasks\n- You train and deploy machine learning models for fraud detection with two engineers.",
)
BOASTS = (
    "Office Manager",
    "About us\nOur machine learning platform helps banks.\nYour tasks\n- You answer the phone and order supplies.",
)


def test_sentences_of_work_are_scored_and_the_employers_text_is_not() -> None:
    state = _read(*BUILDS)
    assert set(state.cats) == {"practitioner", "user", "governance", "not_ai"}
    assert sum(state.cats.values()) == pytest.approx(1.0, abs=1e-3)
    assert max(state.cats, key=lambda label: state.cats[label]) == "practitioner"
    assert _read(*BOASTS).cats == {}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Vos missions\n- Vous utilisez ChatGPT pour préparer des courriers et vérifiez le résultat.", "user"),
        (
            "Aufgaben\n- Sie prüfen, ob unsere KI-Systeme der Verordnung genügen, und führen ihr Verzeichnis.",
            "governance",
        ),
        ("Aufgaben\n- Sie entwickeln Sprachmodelle und bringen sie in den Betrieb.", "practitioner"),
    ],
)
def test_the_kind_of_work_is_told_in_other_languages(text: str, label: str) -> None:
    cats = _read("", text).cats
    assert max(cats, key=lambda name: cats[name]) == label


def test_a_text_without_sections_is_left_alone() -> None:
    state = _read("", "A machine learning model finds sepsis early.", sections=False)
    assert (state.cats, state.inferred) == ({}, {})


def test_inferred_concepts_exist_in_the_taxonomy_and_are_found() -> None:
    labels = load_textcat(sentence_cats.INFERRED).labels
    assert {label for label in labels if label not in load_taxonomy().concepts} == set()
    text = "Vos missions\n- Former le personnel au ministère à employer les outils d'IA avec discernement."
    assert "ai_literacy" in _read("", text).inferred


def test_features_have_names_and_bounds() -> None:
    values = features(_read(BUILDS[0], BUILDS[1] * 300))
    assert values.shape == (len(NAMES),)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 8.0
    assert not features(_read("Baker", "You bake bread.")).any()


def test_the_fitted_decision_explains_its_probability() -> None:
    fitted, state = load_fitted(), _read(*BUILDS)
    assert set(fitted.weights) <= set(NAMES)
    assert fitted.probability(state) > 0.8
    assert fitted.intercept + sum(fitted.terms(state).values()) == pytest.approx(fitted.logit(state), abs=1e-3)
    assert fitted.probability(_read("Baker", "You bake bread.")) == 0.0
    with pytest.raises(KeyError):
        Fitted(intercept=0.0, weights={"no_such_feature": 1.0}, fitted_on={}).logit(state)


def _ads(count: int) -> list[Ad]:
    rng = np.random.default_rng(7)
    ads = []
    for i in range(count):
        values = np.zeros(len(NAMES))
        values[NAMES.index("score")] = logit = float(rng.normal(0.0, 3.0))
        ads.append(Ad(f"author{i % 3}", "en", bool(rng.random() < 1 / (1 + np.exp(-2.0 * logit))), 0.5, values))
    return ads


def test_fitting_finds_the_slope_and_a_strong_prior_holds_it() -> None:
    ads = _ads(3_000)
    assert fit(ads, ("score",), {}, 0.1).weights[0] == pytest.approx(2.0, abs=0.25)
    assert fit(ads, ("score",), {"score": 1.0}, 1e6).weights[0] == pytest.approx(1.0, abs=0.01)
    crossed = cross_validated(ads, lambda part: fit(part, ("score",), {}, 1.0))
    found = scores(np.array([ad.is_ai for ad in ads]), crossed)
    assert found["f1"] > 0.88
    assert found["ece"] < 0.04


def test_what_the_prefilter_ended_is_not_ai() -> None:
    ads = [*_ads(60), Ad("author0", "fr", False, 0.0, None)]
    assert fit(ads, ("score",), {}, 1.0).probabilities(ads)[-1] < 1e-9


def test_calibration_bins_count_each_ad_once() -> None:
    truth, said = np.array([True, False, True, True]), np.array([1.0, 0.05, 0.75, 0.72])
    assert bins(truth, said) == [(1, 0.05, 0.0), (2, pytest.approx(0.735), 1.0), (1, 1.0, 1.0)]


def test_the_version_covers_what_was_trained_and_not_the_training() -> None:
    decides = {
        "trained/ai_work/weights.npz": True,
        "trained/ai_work/meta.json": True,
        "decision.yaml": True,
        "features.py": True,
        "training/build.py": False,
        "training/categorisers.yaml": False,
        "gold/job_postings.jsonl": False,
        "MODEL_CARD.md": False,
    }
    assert {name: _decides(Path(name)) for name in decides} == decides
