"""Names of organisations: one key for spellings of a name, one organisation for its names, parts and homonyms apart."""

from __future__ import annotations

import pandas as pd
import pytest

from models.entities import employer_key, link_organisations, same_organisation
from models.evaluate_pairs import score_links
from models.names import organisation_key, without_legal_form


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Arvelo S.à r.l.", "arvelo"),
        ("ARVELO SARL (Luxembourg)", "arvelo"),
        ("Arvelo S.A R.L.-S", "arvelo"),
        ("S.A. Cimenteries du Nord", "cimenteries du nord"),
        ("Banque de Luxembourg S.A.", "banque de luxembourg"),
        ("Ernst & Young, société coopérative", "ernst & young"),
        ("Hanfwerk GmbH & Co. KG", "hanfwerk"),
        ("AG Insurance", "ag insurance"),
        ("SA", "sa"),
        ("", ""),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert organisation_key(name) == key


def test_a_legal_form_inside_a_word_is_no_legal_form() -> None:
    assert without_legal_form("Casa Nova") == "casa nova"
    assert without_legal_form("Sana SE") == "sana"


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ({"name": "CNPD"}, {"name": "Commission nationale pour la protection des données"}, (True, "name")),
        ({"name": "POST Luxembourg"}, {"name": "POST Technologies"}, (False, "other_name")),
        ({"name": "Atlas", "country": "LU"}, {"name": "Atlas", "country": "FR"}, (False, "other_country")),
        ({"name": "A", "register_number": "B 7"}, {"name": "B", "register_number": "b7"}, (True, "register_number")),
        ({"name": "A", "register_number": "B7"}, {"name": "A", "register_number": "B8"}, (False, "other_number")),
        ({"name": "Institut de Formation Bancaire et Boursière"}, {"name": "IFBB"}, (True, "acronym")),
        ({"name": "Leko Labs"}, {"name": "LEKOLABS"}, (True, "spelling")),
        ({"name": ""}, {"name": ""}, (False, "name")),
    ],
)
def test_what_tells_two_organisations(one: dict[str, str], other: dict[str, str], answer: tuple[bool, str]) -> None:
    assert same_organisation(one, other) == answer


def test_many_names_are_linked_at_once() -> None:
    frame = pd.DataFrame(
        {
            "name": ["Leko Labs S.A.", "LEKOLABS", "Atlas", "Atlas", "EIB", "Banque européenne d'investissement"],
            "country": ["LU", "LU", "LU", "FR", "LU", None],
        },
        index=[5, 4, 3, 2, 1, 0],
    )
    found = link_organisations(frame)["organisation_id"]
    assert found[5] == found[4]
    assert found[3] != found[2]
    assert found[1] == found[0] == "@eib"


def test_hostile_names_are_bounded() -> None:
    assert len(employer_key("(" * 100_000 + "a " * 100_000)) < 400


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_labelled_names(part: str) -> None:
    scores = score_links(part, lambda one, other: same_organisation(one, other)[0])  # type: ignore[arg-type]
    print(part, scores.precision, scores.recall, scores.errors)
    assert scores.precision.share is not None
    assert scores.precision.share >= 0.97
    assert scores.recall.share is not None
    assert scores.recall.share >= 0.85
