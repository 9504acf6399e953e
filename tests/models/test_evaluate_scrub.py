"""Planted contacts go, names that only look like contacts stay, and the card says how many."""

from __future__ import annotations

import json
import random

import pytest

from models import card
from models.evaluate_scrub import KINDS, false_removals, gold_ads, recall, with_contacts
from models.plants import Side, planted, plants
from models.scrub import scrub_text

FLOORS = {"email": 0.99, "phone": 0.99, "name": 0.95}


@pytest.mark.parametrize("side", ["tuned", "held_out", "fresh"])
def test_planted_contacts_go(side: Side) -> None:
    found = recall(gold_ads(), side, draws=4)["by_kind"]
    below = {kind: found[kind] for kind in KINDS if found[kind]["value"] < FLOORS[kind]}
    assert below == {}


def test_names_that_are_no_contact_stay() -> None:
    touched = {kind: found["k"] for kind, found in false_removals(gold_ads()).items()}
    behind_label = touched.pop("behind_label")
    assert touched == dict.fromkeys(["company", "tool", "programme", "law", "place", "number"], 0)
    assert behind_label <= 15  # of 162


def test_a_contact_that_is_left_is_counted() -> None:
    row = {"lang": "en", "text": "Nothing to see."}
    rows = [{**row, "lang": lang} for lang in ("en", "fr", "de", "lb")]
    found = recall(rows, "fresh", draws=1)
    assert found["by_kind"]["name"]["n"] == 28
    assert found["by_language"]["lb"]["name"]["n"] == 7
    assert set(found["by_place"]) == {"block", "inline", "signature", "table", "glued", "html"}


def test_contacts_are_drawn_the_same_each_time() -> None:
    first, again = ([plant.text for plant in plants("tuned", 1)] for _ in range(2))
    assert first == again
    assert len(first) == 80
    plant = next(iter(plants("tuned", 1)))
    assert planted("Tasks", plant, random.Random(1)) == f"Tasks\n{plant.text}"
    assert len(with_contacts(gold_ads()[:5])) == 5


def test_scrubbing_ads_with_contacts_twice_is_scrubbing_them_once() -> None:
    for row in with_contacts(gold_ads()[::4]):
        once = scrub_text(row["text"])
        assert scrub_text(once) == once


def test_the_card_says_what_scrubbing_costs() -> None:
    kept = json.loads(card.MEASURED.read_bytes())[card.SCRUBBING]
    assert all(points <= 0.2 for harm in kept["harm"].values() for points in harm.values())
    for side in ("tuned", "held_out", "fresh"):
        assert all(kept["recall"][side]["by_kind"][kind]["value"] >= FLOORS[kind] for kind in KINDS)
