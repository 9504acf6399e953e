"""The scores: exact arithmetic on small cases, and the shape that the command line prints."""

from __future__ import annotations

import pytest

from models.evaluate import evaluate, wilson

YES = "Your tasks\n- Build machine learning models with PyTorch."
NO = "Your tasks\n- Drive a bus."


def test_shape_and_arithmetic() -> None:
    rows = [
        {
            "id": "1",
            "text": YES,
            "lang": "en",
            "is_ai": True,
            "ai_skills": ["machine learning", "PyTorch"],
            "sector": "J",
        },
        {"id": "2", "text": NO, "lang": "en", "is_ai": True, "ai_skills": ["pytorch"], "sector": None},
        {"id": "3", "text": NO, "lang": "fr", "is_ai": False, "ai_skills": [], "sector": "H"},
        {"id": "4", "text": YES, "lang": "fr", "is_ai": False, "ai_skills": []},
    ]
    result = evaluate(rows)
    assert set(result) == {"overall", "by_language", "errors"}
    assert set(result["by_language"]) == {"en", "fr"}
    scores = result["overall"]
    assert set(scores) == {"is_ai", "skills", "sector"}
    assert set(scores["is_ai"]) == {"n", "precision", "recall", "specificity", "f1", "f1_low", "f1_high"}
    assert (scores["is_ai"]["n"], scores["is_ai"]["precision"], scores["is_ai"]["recall"]) == (4, 0.5, 0.5)
    assert (scores["is_ai"]["specificity"], scores["is_ai"]["f1"]) == (0.5, 0.5)
    assert 0.0 <= scores["is_ai"]["f1_low"] <= 0.5 <= scores["is_ai"]["f1_high"] <= 1.0
    assert set(scores["skills"]) == {"micro_f1", "closed_micro_f1"}
    assert scores["skills"]["micro_f1"] == round(2 * 2 / (4 + 3), 4)  # 2 right, 4 said, 3 wanted
    assert {error["id"] for error in result["errors"] if error["label"] == "is_ai"} == {"2", "4"}


def test_no_labels_give_no_scores() -> None:
    result = evaluate([{"id": "1", "text": YES}])
    assert result["overall"]["is_ai"]["f1"] is None
    assert result["overall"]["sector"] == {"accuracy": None, "abstention": None}
    assert result["errors"] == []


def test_a_skill_the_taxonomy_lacks_is_a_miss() -> None:
    result = evaluate([{"id": "1", "text": YES, "is_ai": True, "ai_skills": ["basket weaving"]}])
    assert result["overall"]["skills"] == {"micro_f1": 0.0, "closed_micro_f1": 0.0}


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_wilson_as_published(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == (low, high)
