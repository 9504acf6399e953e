"""New terms of AI texts are found; known concepts, everyday words and one employer's boilerplate are not."""

from __future__ import annotations

import pandas as pd

from models.emerging import COLUMNS, emerging_terms

CONTEXTS = ("Build {} for machine learning.", "Experience with {} is needed.", "You know how to tune {} with care.")


def corpus() -> pd.DataFrame:
    rows = []
    for i in range(120):
        ai = i % 2 == 0
        lang = "de" if i % 4 < 2 else "en"
        text = "We look for a colleague with good manners. Experience with customers is needed."
        if ai:
            text += "\n" + CONTEXTS[i // 2 % 3].format("latent planners")
            if i < 72:
                text += "\n" + CONTEXTS[i // 2 % 3].format("Quillmesh")
        employer = f"Firm {i % 7}"
        if i < 14:
            text += "\nOur Granite Promise makes us proud."
            employer = "Granite"
        rows.append({"id": f"{i:03}", "title": "", "text": text, "employer": employer, "lang": lang, "is_ai": ai})
    return pd.DataFrame(rows)


def test_a_new_term_is_found_with_its_counts() -> None:
    found = emerging_terms(corpus()).set_index("term")
    row = found.loc["latent planners"]
    assert (row["texts_ai"], row["texts_other"], row["employers_ai"]) == (60, 0, 8)
    assert row["languages"] == ["de", "en"]
    assert row["log_odds_z"] > 3
    assert row["example_id"] == "000"


def test_what_is_known_common_or_one_employers_is_not() -> None:
    terms = set(emerging_terms(corpus())["term"])
    assert "machine learning" not in terms
    assert not [term for term in terms if "granite" in term or "customers" in term]
    assert "quillmesh" in terms


def test_nothing_in_nothing_out() -> None:
    empty = corpus().head(0)
    assert list(emerging_terms(empty).columns) == list(COLUMNS)
    assert emerging_terms(empty).empty
    assert emerging_terms(corpus().assign(is_ai=False)).empty
