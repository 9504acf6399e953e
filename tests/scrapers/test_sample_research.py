"""The sample's works and projects: decoded end to end, they say what the truth files say; vintages differ as staged."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import FundingEvent, ResearchOutput
from scrapers.registry import source_by_id
from scrapers.run import crawl_many
from scrapers.sample import projects, research
from scrapers.sample.crawls import crawl_id
from tests.shared import shared_path

SEED = 352


def name(moment: Any, source_id: str) -> str:
    return crawl_id(moment, 1, SEED, source_id)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "archive"
    _, works = research.write_research(folder, SEED, name)
    _, parts = projects.write_projects(folder, SEED, name)
    (folder.parent / "works.jsonl").write_bytes(works)
    (folder.parent / "projects.jsonl").write_bytes(parts)
    return folder


def truth(root: Path, kind: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (root.parent / f"{kind}.jsonl").read_bytes().splitlines()]


def decoded(root: Path, source_id: str, vintage: int) -> list[Any]:
    archive, source = Archive(root), source_by_id(source_id)
    crawls = archive.crawls(source_id)
    assert len(crawls) == 3
    result = decode_crawl(archive, source, crawls[vintage].crawl_id)
    assert len(result.rejects) == 1  # the staged broken entry
    return result.records


def test_works_say_what_the_truth_says(root: Path) -> None:
    rows = {row["work_id"]: row for row in truth(root, "works")}
    last = {record.work_id: record for record in decoded(root, research.SOURCE_ID, 2)}
    assert set(last) == {work for work, row in rows.items() if 2 in row["vintages"]}
    for work, record in last.items():
        assert isinstance(record, ResearchOutput)
        row = rows[work]
        assert record.is_sample
        assert (record.publication_year, record.language_declared) == (row["publication_year"], row["lang"])
        assert (record.title, bool(record.text)) == (row["title"], row["has_abstract"])
        assert record.is_retracted == row["is_retracted"]
        assert record.country_shares.get("LU", 0.0) == pytest.approx(row["luxembourg_share"], abs=1e-6)
        assert not record.is_default_topic  # the new topic model
        assert record.authors_truncated == (record.authors_total == 100)


def test_works_have_every_case_that_is_hard(root: Path) -> None:
    rows = truth(root, "works")
    assert 700 < len(rows) < 1_200
    assert {row["publication_year"] for row in rows} == set(range(2020, 2026))
    assert {row["lang"] for row in rows} == {"en", "fr", "de"}
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["hard"] > 20
    assert 100 < kinds["ai"] < 250
    defaults = {row["work_id"] for row in rows if row["is_default_topic_until"] is not None}
    assert any(row["is_ai"] for row in rows if row["work_id"] in defaults)
    assert any(row["is_ai"] and not row["is_ai_by_topic"] for row in rows if row["work_id"] not in defaults)
    early = {record.work_id: record for record in decoded(root, research.SOURCE_ID, 1)}
    assert {work for work, record in early.items() if record.is_default_topic} == defaults & set(early)
    assert {record.schema_generation for record in decoded(root, research.SOURCE_ID, 0)} == {"2024"}
    assert {record.schema_generation for record in early.values()} == {"2026"}
    last = {record.work_id: record for record in decoded(root, research.SOURCE_ID, 2)}
    assert len(set(early) - set(last)) == 2  # merged into others
    assert (
        sum(record.is_retracted and not early[work].is_retracted for work, record in last.items() if work in early) > 0
    )


def test_projects_say_what_the_truth_says(root: Path) -> None:
    rows = {(row["project_id"], row["organisation_id"]): row for row in truth(root, "projects")}
    records = decoded(root, projects.SOURCE_ID, 2)
    assert len(records) == len(rows)
    for record in records:
        assert isinstance(record, FundingEvent)
        row = rows[record.project_id, "" if record.organisation_id.startswith("person") else record.organisation_id]
        assert (record.organisation, record.country, record.role, record.net_contribution, record.has_ended) == (
            row["organisation"], row["country"], row["role"], row["net_contribution"], row["has_ended"],
        )  # fmt: skip
        assert (str(record.signed_on), str(record.ends_on)) == (row["signed_on"], row["ends_on"])
        assert row["is_ai"] == any(code.startswith(("/23/47/297", "/23/47/299/939")) for code in record.topic_codes)
    of_projects = {record.project_id for record in records}
    assert 50 <= len(of_projects) <= 64
    assert {record.country for record in records} >= {"LU", "GR", "GB", "XK"}
    assert sum(record.organisation == "" for record in records) == 1
    ai = {
        record.project_id
        for record in records
        if rows.get((record.project_id, record.organisation_id), {}).get("is_ai")
    }
    assert 8 <= len(ai) <= 25
    assert {row["kind"] for row in rows.values()} == {"ai", "hard", "other"}


def test_projects_change_between_vintages_as_staged(root: Path) -> None:
    rows = truth(root, "projects")
    before, after = (
        {record.record_id: record for record in decoded(root, projects.SOURCE_ID, vintage)} for vintage in (1, 2)
    )
    new = {after[key].project_id for key in set(after) - set(before)}
    assert new == {row["project_id"] for row in rows if row["first_vintage"] == 2}
    amended = {
        record.project_id
        for key, record in after.items()
        if key in before and record.net_contribution != before[key].net_contribution
    }
    assert amended == {row["project_id"] for row in rows if row["amended_from"] == 2 and row["first_vintage"] < 2}
    assert set(before) <= set(after)
    alike = [key for key in before if before[key].content_sha256 == after[key].content_sha256]
    assert len(alike) > len(before) / 3  # what did not change has not changed


def test_replay_finds_every_page_and_building_again_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    sources = [source_by_id(research.SOURCE_ID), source_by_id(projects.SOURCE_ID)]
    for outcome in crawl_many(sources, root, mode="replay").values():
        assert (outcome.complete, outcome.misses, outcome.problem) == (True, 0, None)
    research.write_research(tmp_path, SEED, name)
    projects.write_projects(tmp_path, SEED, name)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        digests = {hashlib.sha256((folder / path).read_bytes()).hexdigest() for folder in (root, tmp_path)}
        assert len(digests) == 1, path
    size = sum((tmp_path / path).stat().st_size for path in files)
    assert size < 700_000


def test_no_invented_institution_bears_a_known_name(root: Path) -> None:
    known = (shared_path("facts/ror_luxembourg.csv").read_text(encoding="utf-8")).lower()
    names = [*research._HOME, *(name for name, _ in research._ABROAD), *(item[0] for item in projects._HOME)]
    for given in names:
        assert given.lower() not in known
