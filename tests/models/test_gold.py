"""Floors of quality: on our own gold texts, and (in sums only) on the labelled real ads beside the checkout."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest

from models.classify import classify
from models.evaluate import evaluate
from models.taxonomy import load_taxonomy
from tests.shared import shared_path

GOLD = Path(__file__).parents[2] / "models" / "gold"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_gold_labels_are_well_formed_and_in_four_languages() -> None:
    rows = [row for path in sorted(GOLD.glob("*.jsonl")) for row in rows_of(path)]
    assert len(rows) >= 230
    assert len({row["id"] for row in rows}) == len(rows)
    assert set(Counter(row["lang"] for row in rows)) == {"en", "fr", "de", "lb"}
    unknown = {name for row in rows for name in row.get("ai_skills", []) if load_taxonomy().resolve(name) is None}
    assert unknown == set()


@pytest.mark.parametrize("name", ["research", "announcements"])
def test_prose_holds_in_three_languages(name: str) -> None:
    result = evaluate(rows_of(GOLD / f"{name}.jsonl"))
    for language in ("en", "fr", "de"):
        assert result["by_language"][language]["is_ai"]["f1"] >= 0.9, language


@pytest.mark.parametrize("name", ["tenders", "bills", "courses", "research_more", "announcements_more"])
def test_other_texts_floor(name: str) -> None:
    rows = rows_of(GOLD / f"{name}.jsonl")
    readings = classify(pd.DataFrame(rows)[["id", "kind", "title", "text"]])
    wrong = [row["id"] for row, said in zip(rows, readings["is_ai"], strict=True) if row["is_ai"] != said]
    assert len(wrong) <= 2, wrong
    about = [(row["ai_class"], said) for row, said in zip(rows, readings["ai_class"], strict=True) if row["is_ai"]]
    assert sum(gold == said for gold, said in about) / len(about) >= 0.9


def test_every_language_holds_its_floor() -> None:
    result = evaluate(rows_of(GOLD / "job_postings.jsonl"))
    for language in ("en", "fr", "de", "lb"):
        assert result["by_language"][language]["is_ai"]["f1"] >= 0.93, language


def test_real_ads_floor() -> None:
    rows = rows_of(shared_path("ads_sample/ads.jsonl"))
    overall = evaluate(rows)["overall"]
    assert overall["is_ai"]["f1"] >= 0.90
    assert overall["skills"]["closed_micro_f1"] >= 0.65
    readings = classify(pd.DataFrame(rows)[["id", "text", "title", "employer"]])
    flagged = sum(bool(said) and row["hard_negative"] for row, said in zip(rows, readings["is_ai"], strict=True))
    assert flagged <= 4
