"""Known organisations in texts that are no postings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from models.classify import classify
from models.organisations import organisation_ids


def named(title: str, text: str, kind: str = "announcement") -> list[str]:
    row = classify(pd.DataFrame([{"id": "1", "kind": kind, "title": title, "text": text}])).iloc[0]
    return list(row["organisations"])


def test_names_are_read_as_they_are_written() -> None:
    text = (
        "Le FNR et l’Université du Luxembourg signent avec MISTRAL AI ; MeluXina-AI suivra. A list of helical springs."
    )
    assert named("LuxProvide ouvre", text) == ["fnr", "luxprovide", "meluxina-ai", "mistral", "uni"]


def test_a_posting_is_not_searched() -> None:
    assert named("LuxProvide", "Le FNR", "job_posting") == []


def test_every_id_is_one_of_the_curated_actors() -> None:
    path = Path(__file__).parents[2] / "scrapers" / "curated" / "actors.yaml"
    actors = {entry["actor_id"] for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]}
    assert organisation_ids() - actors == set()
