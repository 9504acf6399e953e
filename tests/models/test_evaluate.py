"""What is measured of which labels, on readings that are known."""

from __future__ import annotations

from models.evaluate import evaluate

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
    assert {"overall", "by_language", "errors"} <= set(result)
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
    assert (result["by_class"], result["by_trap"], result["projected_precision"]) == ({}, {}, {})


def test_a_skill_the_taxonomy_lacks_is_a_miss() -> None:
    result = evaluate([{"id": "1", "text": YES, "is_ai": True, "ai_skills": ["basket weaving"]}])
    assert result["overall"]["skills"] == {"micro_f1": 0.0, "closed_micro_f1": 0.0}


def test_traps_and_borderline_texts_are_counted_apart() -> None:
    rows = [
        {"id": "1", "text": YES, "is_ai": True, "ai_class": "practitioner", "ai_skills": ["PyTorch"]},
        {"id": "2", "text": YES, "is_ai": False, "hard_negative": True, "traps": ["bus"], "borderline": True},
        {"id": "3", "text": NO, "is_ai": False, "hard_negative": True, "traps": ["bus", "road"], "ai_class": "none"},
        {"id": "4", "text": NO, "is_ai": False},
    ]
    result = evaluate(rows)
    assert (result["hard_negatives"]["k"], result["hard_negatives"]["n"]) == (1, 2)
    assert {trap: (found["k"], found["n"]) for trap, found in result["by_trap"].items()} == {
        "bus": (1, 2),
        "road": (0, 1),
    }
    assert result["without_borderline"]["is_ai"]["f1"] == 1.0
    assert result["by_class"]["practitioner"]["sensitivity"]["value"] == 1.0
    assert result["calibration"]["n"] == 4


def test_skills_with_and_without_parents() -> None:
    rows = [{"id": "1", "text": YES, "is_ai": True, "ai_skills": ["machine learning", "deep learning"]}]
    skills = evaluate(rows)["skills"]
    assert skills["open"]["micro_f1"] == 0.5  # machine learning right, PyTorch and deep learning not
    assert skills["closed"]["micro_f1"] == 0.6667
    assert skills["recall_by_group"]["machine learning"]["value"] == 1.0
    assert skills["recall_by_group"]["deep learning"]["value"] == 0.0
