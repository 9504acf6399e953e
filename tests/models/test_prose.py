"""Works and announcements: what makes them about AI, one sentence at a time."""

from __future__ import annotations

import pandas as pd
import pytest

from models.classify import classify


def read(title: str, text: str, kind: str = "research_output") -> tuple[bool, str]:
    row = classify(pd.DataFrame([{"id": "1", "kind": kind, "title": title, "text": text}])).iloc[0]
    return bool(row["is_ai"]), str(row["ai_class"])


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Neural networks for flood forecasts", "", True),
        ("Flood forecasts", "We train a neural network on thirty years of discharge.", True),
        ("Flood forecasts", "Future work may use a neural network.", False),
        ("Flood forecasts", "Unlike neural networks, our model has three parameters.", False),
        ("Priorities of the year", "Liquidity, money laundering and new technologies such as AI.", False),
        ("Schwerpunkte", "Zinsrisiken, Geldwäsche und neue Techniken, darunter künstliche Intelligenz.", False),
        ("Lutte contre les crues", "Nous entraînons un réseau de neurones sur trente ans de débits.", True),
        ("AI in poultry holdings", "AI, or avian influenza, reached three farms.", False),
        ("Neural networks of the enteric nervous system", "", False),
        ("Deep learning and rote learning", "Pupils who aim at deep learning remember more.", False),
        ("Send your CV", "We train staff in the vision and the learning culture of our network.", False),
    ],
)
def test_a_text_is_about_ai_if_ai_is_its_subject_or_what_was_done(title: str, text: str, expected: bool) -> None:
    assert read(title, text)[0] is expected


def test_rules_of_advertisements_do_not_speak_of_prose() -> None:
    """In an advertisement the employer's voice and product names weigh little; a publisher has no other voice."""
    title, text = "Our AI products in supervision", "Our AI company presents its AI-powered platform for banks."
    assert read(title, text, "announcement")[0]
    assert not read(title, text, "job_posting")[0]


def test_rules_about_ai_are_governance_and_a_passing_word_is_a_mention() -> None:
    assert read("Conformity under the AI Act", "How firms prepare for the AI Act.", "announcement") == (
        True,
        "governance",
    )
    assert read("Annual report", "Among the topics was artificial intelligence.", "announcement") == (False, "mention")
    assert read("Annual report", "Net assets rose.", "announcement") == (False, "none")


def test_the_same_passing_mentions_weigh_less_in_a_long_text() -> None:
    filler = " Net assets of the funds rose over the month, and redemptions were few." * 150
    passing = "Panels dealt with artificial intelligence. " * 6
    assert read("Conference", passing, "announcement")[0]
    assert not read("Conference", passing + filler, "announcement")[0]


@pytest.mark.parametrize(
    ("kind", "title", "text", "expected"),
    [
        ("tender", "Records software", "A software with an AI module that sorts mail.", (True, "practitioner")),
        ("tender", "Cleaning", "Offers written with the help of AI tools must say so.", (False, "mention")),
        ("tender", "Übersetzungen", "KI-Werkzeuge sind nicht zugelassen.", (False, "mention")),
        ("tender", "Audit of AI systems", "Bias and documentation of models.", (True, "governance")),
        ("legal_step", "Projet de loi relatif à l'intelligence artificielle", "", (True, "governance")),
        (
            "legal_step",
            "Loi autorisant l'État à financer un centre d'intelligence artificielle",
            "",
            (True, "practitioner"),
        ),
        (
            "legal_step",
            "Règlement sur l'insémination artificielle",
            "Les centres d'IA tiennent un registre.",
            (False, "none"),
        ),
        ("course", "KI-Werkzeuge im Büroalltag", "Prompts schreiben, Ergebnisse prüfen.", (True, "user")),
        ("course", "Grundlagen des maschinellen Lernens", "Wir trainieren Modelle.", (True, "practitioner")),
        ("course", "Den AI Act fir kleng Betriber", "Flichten a Risikoklassen.", (True, "governance")),
        ("announcement", "D'Mess huet d'Dieren op", "Energie, Wunnen a kënschtlech Intelligenz.", (False, "mention")),
    ],
)
def test_each_kind_of_text_says_in_its_own_way_that_it_is_about_ai(
    kind: str, title: str, text: str, expected: tuple[bool, str]
) -> None:
    assert read(title, text, kind) == expected
