"""Language, languages asked for, sections."""

from __future__ import annotations

import pytest

from models.cues import load_cues
from models.language import detect, languages_required
from models.sections import split


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You will prepare the accounts of our funds and report to the board.", "en"),
        ("Vous préparez les comptes de nos fonds et rendez compte au conseil.", "fr"),
        ("Sie erstellen die Abschlüsse unserer Fonds und berichten an den Vorstand.", "de"),
        ("Dir maacht d'Konte vun eise Fongen a bericht dem Verwaltungsrot.", "lb"),
        ("Mir sichen eng Persoun, déi sech ëm d'Gäscht këmmert.", "lb"),
    ],
)
def test_language_of_a_sentence(text: str, language: str) -> None:
    assert detect(text.lower())[0] == language


def test_a_shell_in_another_language_is_seen() -> None:
    text = (
        "Informations générales sur le poste et les conditions de travail pour vous et avec nous.\n"
        "Sie arbeiten in einem Team und sind für die Planung der Fahrten und die Wagen verantwortlich, "
        "auch am Wochenende und bei Nacht."
    )
    main, present = detect(text.lower())
    assert main == "de"
    assert present >= {"de", "fr"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Maîtrise des trois langues administratives", ["FR", "DE", "LB"]),
        ("Beherrschung der drei Verwaltungssprachen", ["FR", "DE", "LB"]),
        ("Dir schwätzt déi dräi Landessproochen", ["FR", "DE", "LB"]),
        ("Fluent in English and French", ["EN", "FR"]),
        ("Français courant exigé, l'anglais est un atout", ["FR"]),
        ("Langues : maîtrise du français, la connaissance de l'allemand étant un atout", ["FR"]),
        ("English is required; German would be a plus", ["EN"]),
        ("Sehr gute Deutschkenntnisse, Französisch von Vorteil", ["DE"]),
        ("Dir schwätzt a schreift Lëtzebuergesch a Franséisch", ["FR", "LB"]),
        ("Connaissance du droit du travail luxembourgeois", []),
        ("Kenntnis des luxemburgischen Kontenplans", []),
        ("Good knowledge of the German market", []),
        ("We are a team of French and German nationals", []),
        ("", []),
    ],
)
def test_languages_required(text: str, wanted: list[str]) -> None:
    assert languages_required(text.lower()) == wanted


def test_sections_of_lines_and_of_one_long_line() -> None:
    cues = load_cues()
    lines = "About us\nA bank.\n## Your tasks\n- Count money.\nNice to have: Esperanto\nWhat we offer:\nLunch."
    assert [s.part for s in split(lines, lines.lower(), cues)] == ["company", "tasks", "nice", "benefits"]
    one_line = (
        "Informations générales Statut Employé Lieu Luxembourg Qui recrute ? "
        "Une administration de l'État au service de tous. Missions Tenir les registres; Conseiller le public. "
        "Profil Formation de juriste et sens du service; "
        "Bonne plume. Conditions d'admission Être ressortissant de l'Union."
    )
    parts = [s.part for s in split(one_line, one_line.lower(), cues)]
    assert parts[0] == "legal"
    assert {"company", "tasks", "requirements"} <= set(parts)
    assert parts.index("company") < parts.index("tasks") < parts.index("requirements")
