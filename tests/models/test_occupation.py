"""ISCO-08 groups of job titles in four languages."""

from __future__ import annotations

import json

import pytest

from models.occupation import load_lexicon, load_occupations
from tests.models.test_gold import GOLD


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Ingénieur(e) logiciel (H/F)", "25"),
        ("AI Engineer", "25"),
        ("Ingénieur IA générative", "25"),
        ("Ingénieur génie civil (H/F)", "21"),
        ("Chefentwickler Embedded (m/w/d)", "25"),
        ("Verkäufer/in", "52"),
        ("Projektmanager:in (m/w/d)", "24"),
        ("Head of Compliance", "12"),
        ("Director of Machine Learning", "13"),
        ("Art Director", "21"),
        ("Assistante de direction", "33"),
        ("Business Developer", "24"),
        ("Chauffeur poids lourd", "83"),
        ("Buschauffer (m/w)", "83"),
        ("Agent d'entretien", "91"),
        ("Électricien du bâtiment", "74"),
        ("Gärtner (m/w/d)", "61"),
        ("Secrétaire (m/f)", "41"),
        ("Infirmier diplômé", "32"),
        ("Soldat volontaire", "03"),
        ("Schoulmeeschter (m/w)", "23"),
        ("Mitarbeiter Finanzbuchhaltung (m/w/d)", "33"),
        ("Rockstar", None),
        ("", None),
    ],
)
def test_sub_major_group(title: str, code: str | None) -> None:
    assert load_occupations().read(title) == code


def test_the_lexicon_has_the_43_groups() -> None:
    lexicon = load_lexicon()
    assert len(lexicon) == 43
    assert sum(map(len, lexicon.values())) > 2_500


@pytest.mark.parametrize("held", [False, True])
def test_gold_titles(held: bool) -> None:
    rows = [json.loads(line) for line in (GOLD / "occupations.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["held"] == held]
    said = [(load_occupations().read(row["title"]), row["sub_major"]) for row in rows]
    decided = [(code, gold) for code, gold in said if code]
    assert len(rows) >= 180
    assert len(decided) / len(said) >= 0.95
    assert sum(code == gold for code, gold in decided) / len(decided) >= 0.92
    assert sum(code[0] == gold[0] for code, gold in decided) / len(decided) >= 0.95
