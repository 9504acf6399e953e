"""The committed training texts: labels, languages, splits; none of them is a text that something is measured on."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from models.textcat import TRAINED, load_textcat
from models.training.corpus import HERE, corpus_hash, load_settings, read_rows
from models.training.generate import generated

GOLD = Path(__file__).parents[2] / "models/gold"
NAMES = sorted(load_settings())
WRITTEN = [name for name in NAMES if not (HERE / "sources" / f"{name}.yaml").is_file()]  # the others are composed
_WORD = re.compile(r"\w+")


def _runs(text: str, size: int = 8) -> set[tuple[str, ...]]:
    found = _WORD.findall(text.lower())
    return {tuple(found[i : i + size]) for i in range(len(found) - size + 1)}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_packaged_was_trained_on_the_committed_texts(name: str) -> None:
    settings = load_settings()[name]
    rows = read_rows(name, settings) + generated(name)
    assert load_textcat(name).meta.corpus_sha256 == corpus_hash(name, settings, rows)


@pytest.mark.parametrize("name", WRITTEN)
def test_training_shares_no_run_of_words_with_development_or_gold_texts(name: str) -> None:
    rows = read_rows(name, load_settings()[name]) + generated(name)
    trained = {run for row in rows if row.split == "train" for run in _runs(row.text)}
    measured = [row.text for row in rows if row.split == "dev"]
    for path in sorted(GOLD.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        measured += [text for line in lines if isinstance(text := json.loads(line).get("text"), str)]
    assert [text[:80] for text in measured if _runs(text) & trained] == []


def test_ai_work_is_written_by_hand_in_four_languages() -> None:
    rows = read_rows("ai_work", load_settings()["ai_work"])
    written = Counter(row.lang for row in rows)
    assert written["fr"] >= 350
    assert written["de"] >= 350
    assert written["en"] >= 300
    assert written["lb"] >= 120
    assert len({row.text for row in rows}) == len(rows)


def test_all_artefacts_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in TRAINED.rglob("*") if path.is_file()) < 20_000_000
