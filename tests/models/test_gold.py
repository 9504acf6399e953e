"""Floors of quality: on our own gold texts, and (in sums only) on the labelled real ads beside the checkout."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from models.card import load_floors
from models.evaluate import evaluate
from models.taxonomy import load_taxonomy

GOLD = Path(__file__).parents[2] / "models" / "gold"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_gold_labels_are_well_formed_and_in_four_languages() -> None:
    rows = [row for gold in load_floors() for row in rows_of(GOLD / f"{gold.name}.jsonl")]
    assert len(rows) >= 900
    assert len({row["id"] for row in rows}) == len(rows)
    assert set(Counter(row["lang"] for row in rows)) == {"en", "fr", "de", "lb"}
    unknown = {name for row in rows for name in row.get("ai_skills", []) if load_taxonomy().resolve(name) is None}
    assert unknown == set()


@pytest.mark.parametrize("name", ["research", "announcements"])
def test_prose_holds_in_three_languages(name: str) -> None:
    result = evaluate(rows_of(GOLD / f"{name}.jsonl"))
    for language in ("en", "fr", "de"):
        assert result["by_language"][language]["is_ai"]["f1"] >= 0.9, language
