"""The whole chain against the sample's truth: counted, folded, classified, assigned to a sector.

The figures are printed (``pytest -s``); the floors are what a change may not fall below. They say how the chain does on
generated text that the rules were tuned on: they are no claim about real ads (see ``models/MODEL_CARD.md``).
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

pytestmark = pytest.mark.slow


def join_with_truth(root: Path) -> pd.DataFrame:
    """Luxembourg postings of the release beside their truth, one row a posting."""
    truth = pd.read_json(root / "sample" / "truth.jsonl", lines=True, dtype={"posting_id": str})
    current = json.loads((root / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"]
    with duckdb.connect(str(root / "releases" / current / "restricted.duckdb"), read_only=True) as connection:
        found = connection.execute("select * from posting").df()
    truth["record_id"] = truth["source_id"] + ":" + truth["board_id"] + ":" + truth["posting_id"]
    return truth.merge(found, on="record_id", how="outer", suffixes=("_true", ""), indicator=True)


@pytest.fixture(scope="module")
def joined(sample_run: Path) -> pd.DataFrame:
    return join_with_truth(sample_run)


def test_luxembourg_postings_are_counted_once_each(joined: pd.DataFrame) -> None:
    known = joined[joined["_merge"] != "right_only"]
    wanted = known["is_luxembourg"].astype(bool)
    missing = known[wanted & (known["_merge"] == "left_only")]
    wrong = known[~wanted & (known["_merge"] == "both")]
    print(f"Luxembourg postings: {wanted.sum()} in truth, {len(missing)} missed, {len(wrong)} counted wrongly")
    assert len(missing) == 0
    assert len(wrong) == 0


def test_duplicates_are_folded_and_nothing_else(joined: pd.DataFrame) -> None:
    both = joined[joined["_merge"] == "both"]
    merged_wrongly = both.groupby("opening_id")["opening_id_true"].nunique().gt(1).sum()
    late = both["repost_gap_days"].fillna(0) > 30  # a repost after 30 days is an opening of its own by rule
    split = both[~late].groupby("opening_id_true")["opening_id"].nunique().gt(1).sum()
    found, true = both["opening_id"].nunique(), both["opening_id_true"].nunique()
    print(
        f"openings: {found} found, {true} in truth, {late.sum()} late reposts; "
        f"{merged_wrongly} hold two openings, {split} are split"
    )
    assert merged_wrongly <= 2
    assert split <= 0.01 * true


def test_class_language_sector_and_skills(joined: pd.DataFrame) -> None:
    both = joined[joined["_merge"] == "both"]
    is_ai, truth = both["ai_class"].isin(["practitioner", "user", "governance"]), both["is_ai"].astype(bool)
    hits, false, missed = (is_ai & truth).sum(), (is_ai & ~truth).sum(), (~is_ai & truth).sum()
    precision, recall = hits / (hits + false), hits / (hits + missed)
    specificity = 1 - false / (~truth).sum()
    language = (both["lang"] == both["lang_true"]).mean()
    assigned = both["nace_section"].ne("unknown")
    sector = (both["nace_section"] == both["nace_section_true"])[assigned].mean()
    found, wanted = [set(s) for s in both["skills"][truth]], [set(s) for s in both["skills_true"][truth]]
    shared = sum(len(a & b) for a, b in zip(found, wanted, strict=True))
    skills = 2 * shared / (sum(map(len, found)) + sum(map(len, wanted)))
    print(pd.crosstab(both["ai_class_true"], both["ai_class"]))
    print(
        f"is_ai: precision {precision:.3f}, recall {recall:.3f}, specificity {specificity:.4f}; "
        f"language {language:.4f}; sector {sector:.3f} where assigned, {1 - assigned.mean():.3f} not; "
        f"skills micro-F1 {skills:.3f}"
    )
    assert precision >= 0.95
    assert recall >= 0.95
    assert specificity >= 0.995
    assert language >= 0.98
    assert sector >= 0.90
    assert assigned.mean() >= 0.80
    assert skills >= 0.65


def told(root: Path, truth: str, table: str, key: str) -> pd.DataFrame:
    """Rows of a restricted or public table of the release beside their truth."""
    wanted = pd.read_json(root / "sample" / truth, lines=True, dtype={"project_id": str, "organisation_id": str})
    current = json.loads((root / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"]
    with duckdb.connect(str(root / "releases" / current / "restricted.duckdb"), read_only=True) as connection:
        found = connection.execute(f"select * from {table}").df()
    return wanted.merge(found, on=key, how="outer", suffixes=("_true", ""), indicator=True)


def test_works_have_their_share_and_their_judgement(sample_run: Path) -> None:
    works = told(sample_run, "truth_works.jsonl", "work", "work_id")
    assert (works["_merge"] != "right_only").all()
    both = works[works["_merge"] == "both"]
    assert (both["luxembourg_share"] - both["lu_share"]).abs().max() < 1e-9
    assert not (both["is_retracted"] & both["is_counted"]).any()
    said, truth = both["is_ai_text"].astype(bool), both["kind"].eq("ai")
    precision, recall = (said & truth).sum() / said.sum(), (said & truth).sum() / truth.sum()
    print(f"works: {len(both)}, about AI: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.95
    assert recall >= 0.80


def test_announcements_are_counted_once_each_and_judged(sample_run: Path) -> None:
    items = told(sample_run, "truth_announcements.jsonl", "announcement", "page_url")
    assert (items["_merge"] == "both").eq(items["captured"].eq(True)).all()
    both = items[items["_merge"] == "both"]
    wrong = both[both["is_ai_true"].astype(bool) != both["is_ai"].astype(bool)]
    assert len(wrong) <= 0.02 * len(both), wrong["title"].tolist()


def test_grants_add_up_to_the_truth(sample_run: Path) -> None:
    truth = pd.read_json(sample_run / "sample" / "truth_projects.jsonl", lines=True, dtype={"project_id": str})
    home = truth[truth["country"].eq("LU") & truth["is_ai"]]
    current = json.loads((sample_run / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"]
    file = sample_run / "releases" / current / "observatory.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        cells = connection.execute(
            "select cast(dimensions as varchar), sum(value) from indicator_value where indicator_code = 'I4' "
            "and (dimensions = map{} or dimensions = map{'measure': 'projects'}) group by 1"
        ).fetchall()
    sums = dict(cells)
    assert sums["{}"] == pytest.approx(home["net_contribution"].sum())
    assert sums["{measure=projects}"] == home["project_id"].nunique()
