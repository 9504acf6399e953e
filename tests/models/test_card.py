"""A model below its floors is not used, and the card says what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import card


def test_the_present_model_holds_its_floors_and_is_measured_once(tmp_path: Path) -> None:
    found = card.require(tmp_path)
    assert found.below == ()
    assert set(found.figures) == {gold.name for gold in card.load_floors()}
    kept = list(tmp_path.iterdir())
    assert [file.name for file in kept] == [f"{found.model_version}.json"]
    content = json.loads(kept[0].read_bytes())
    content["figures"]["job_postings"]["f1"] = 0.5
    kept[0].write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(card.ModelBelowFloorError, match=r"job_postings: f1 is 0\.5, its floor is 0\.97"):
        card.require(tmp_path)


def test_a_figure_that_is_missing_is_below_its_floor() -> None:
    figures = {gold.name: dict.fromkeys(gold.floors, 1.0) for gold in card.load_floors()}
    assert card.judge(figures) == ()
    figures["third_look"]["f1"] = None
    assert card.judge(figures) == ("third_look: f1 is None, its floor is 0.75",)


def test_the_card_shows_what_is_measured_today() -> None:
    kept = json.loads(card.MEASURED.read_bytes())
    for name, part in json.loads(json.dumps(card.measure())).items():
        assert kept[name] == part, f"{name}: run make card, and say in the commit what moved"
    assert card.render(kept) in card.CARD.read_text(encoding="utf-8")
