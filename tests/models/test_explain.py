"""The account of a decision holds what the decision rests on, and its numbers give the score."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from models.classify import classify, rows_of
from models.explain import explain

TEXT = (
    "About us\nOur AI platform is trusted by banks.\nYour tasks\n- Train neural networks with PyTorch.\n"
    "Your profile\n- Interest in large language models."
)


@pytest.fixture(scope="module")
def row() -> dict[str, str]:
    return rows_of(pd.DataFrame([{"id": "1", "title": "Engineer (m/f)", "text": TEXT}]))[0]


def test_every_mention_says_who_speaks_what_applies_and_what_it_counts(row: dict[str, str]) -> None:
    account = explain(row)
    said = {mention["concept"]: mention for mention in account["mentions"]}
    assert (said["pytorch"]["part"], said["pytorch"]["kind"]) == ("tasks", "build")
    assert said["pytorch"]["sentence"] == "Train neural networks with PyTorch."
    assert said["pytorch"]["strength"] == 1.0
    assert said["llm"]["rules"] == ["interest"]
    assert said["llm"]["strength"] < 0.25
    assert {m["part"] for m in account["mentions"] if m["text"].startswith("AI")} == {"company"}
    for mention in account["mentions"]:
        assert TEXT[mention["start"] : mention["end"]] == mention["text"]
        assert mention["strength"] == pytest.approx(math.prod(mention["factors"].values()), abs=1e-3)


def test_the_account_gives_the_decision_of_the_batch(row: dict[str, str]) -> None:
    decision = explain(row)["decision"]
    reading = classify(pd.DataFrame([row])).iloc[0]
    assert (decision["ai_class"], decision["score"]) == (reading["ai_class"], reading["ai_score"])
    assert decision["ai_class"] == "practitioner"
    assert set(decision["weights"]) == {"slope", "threshold", "categoriser"}


def test_a_text_without_a_term_has_an_empty_account() -> None:
    row = rows_of(pd.DataFrame([{"id": "1", "text": "Your tasks\n- Drive a bus."}]))[0]
    assert explain(row) == {"mentions": [], "decision": None, "categoriser": {}, "inferred": {}}
