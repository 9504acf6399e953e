"""The employer's section: register, names, words of the text, agencies, NACE Rev. 2.1."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import pytest

from models.classify import classify
from models.employers import NameKey, read_employers
from models.sector import load_sectors
from models.textcat import load_textcat
from tests.models.test_gold import GOLD


@pytest.mark.parametrize(
    ("employer", "title", "text", "section", "basis", "nace21"),
    [
        ("Cargolux Airlines International S.A.", "Planner", "", "H", "register", "H"),
        ("PwC Luxembourg", "Senior", "", "M", "register", "N"),
        ("CSSF", "Juriste", "nous surveillons les banques et les fonds d'investissement", "O", "register", "P"),
        ("AXA Group Operations", "Data Engineer", "", "K", "register", "L"),
        ("RTL Group S.A.", "Redakter", "", "J", "register", "J"),
        ("SES S.A.", "Engineer", "", "J", "register", "K"),
        ("Banque Exemple S.A.", "Developer", "java and spring", "K", "name", "L"),
        ("Administration communale de Exempelduerf", "Jardinier", "", "O", "name", "P"),
        ("Landeshauptstadt Beispielstadt", "Data Engineer", "", "O", "name", "P"),
        ("Musterklinik Nord gGmbH", "Koch", "unsere patienten", "Q", "cues", "R"),
        (
            "",
            "Infirmier",
            "notre hôpital accueille des patients ; soins infirmiers, clinique de jour",
            "Q",
            "cues",
            "R",
        ),
        ("Randstad", "Comptable", "nous recherchons un comptable", "N", "agency", "O"),
        ("Randstad", "Comptable", "notre client, une banque privée de la place, recherche", "K", "agency_client", "L"),
        ("Beispiel Zeitarbeit GmbH", "Helfer", "wir suchen sie", "N", "agency", "O"),
        ("", "Comptable", "pour l'un de nos clients, nous recherchons un comptable", "N", "agency", "O"),
        ("", "Employee", "you work with us", "unknown", "none", "unknown"),
    ],
)
def test_section_and_basis(employer: str, title: str, text: str, section: str, basis: str, nace21: str) -> None:
    assert load_sectors().read(employer, title, text) == (section, basis, nace21)


@pytest.mark.parametrize("employer", ["Mistral Menuiseries", "Cargolux & Sons", "Adobe Bauunternehmen"])
def test_a_name_that_begins_like_a_known_one_is_somebody_else(employer: str) -> None:
    assert load_sectors().read(employer, "", "").basis != "register"


def test_the_title_makes_a_section_likely_but_does_not_decide() -> None:
    read = load_sectors().read
    assert read("Norvale", "Developer", "you write code.", "25").section == "unknown"
    assert read("Norvale", "Developer", "our saas platform helps software teams.", "25").section == "J"
    assert read("Norvale", "Developer", "as a private bank we offer custody and private banking.", "25").section == "K"


def test_keys_forget_legal_forms_and_countries() -> None:
    key = NameKey(["s.a.", "s.à r.l.", "gmbh", "luxembourg"])
    assert key("Norvale (Luxembourg) S.à r.l.") == key("NORVALE GmbH") == "norvale"
    assert key("S.A.") == "s a"


def test_the_register_names_nobody_twice() -> None:
    employers = read_employers()
    names = [name.casefold() for one in employers for name in (one.name, *one.aliases)]
    assert len(employers) > 2_000
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert {one.nace2 for one in employers} == set("ABCDEFGHIJKLMNOPQRSU")
    # Rev. 2.1 moves every section from K on by one letter; J is the one that splits.
    assert {(one.nace2, one.nace21) for one in employers if one.nace2 >= "J"} == {
        ("J", "J"), ("J", "K"), ("K", "L"), ("L", "M"), ("M", "N"), ("N", "O"), ("O", "P"), ("P", "Q"), ("Q", "R"),
        ("R", "S"), ("S", "T"), ("U", "V"),
    }  # fmt: skip


def test_gold_postings_read_the_right_section() -> None:
    rows = [
        json.loads(line)
        for path in sorted(GOLD.glob("postings_*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    labelled = [row for row in rows if row.get("sector")]
    said = classify(pd.DataFrame(labelled)[["id", "title", "employer", "text"]])["sector"].tolist()
    decided = [(gold["sector"], section) for gold, section in zip(labelled, said, strict=True) if section != "unknown"]
    assert len(decided) / len(labelled) >= 0.68
    assert sum(gold == section for gold, section in decided) / len(decided) >= 0.82


@pytest.mark.parametrize("text", ["", "!", "wir sind ein krankenhaus mit zwei stationen", "data " * 5_000])
def test_quick_scores_are_the_scores(text: str) -> None:
    categoriser = load_textcat("sector")
    assert categoriser.quick_scores(text) == pytest.approx(categoriser.scores(text), abs=1e-4)
