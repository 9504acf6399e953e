"""The sample's announcements: deterministic, invented, in the promised numbers, with every staged event found again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import pytest

from models.scrub import scrub_text
from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.decoders.announcements import POSSIBLE_LOSS
from scrapers.decoders.base import Decoded
from scrapers.decoders.feed import item_key
from scrapers.items import Announcement
from scrapers.records import scrub
from scrapers.registry import source_by_id
from scrapers.sample.announcements import BROKEN_POLL, MISSED_POLL, POLLS, SITE, SOURCE_ID, write_announcements
from scrapers.sample.crawls import crawl_id

SEED = 352


def write(root: Path) -> tuple[list[str], list[dict]]:
    identities, truth = write_announcements(root, SEED, lambda at, source: crawl_id(at, 1, SEED, source))
    return identities, [orjson.loads(line) for line in truth.splitlines()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[dict]]:
    root = tmp_path_factory.mktemp("announcements")
    return root, *write(root)


@pytest.fixture(scope="module")
def decoded(built: tuple[Path, list[str], list[dict]]) -> list[Decoded]:
    archive, source = Archive(built[0]), source_by_id(SOURCE_ID)
    return [decode_crawl(archive, source, crawl.crawl_id) for crawl in archive.crawls(SOURCE_ID)]


def test_equal_bytes_again_and_nothing_written_twice(built: tuple[Path, list[str], list[dict]], tmp_path: Path) -> None:
    root, identities, truth = built
    files = {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert write(tmp_path) == (identities, truth)
    assert {p.name: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".lock"} == files
    assert write(root) == (identities, truth)
    assert sum(map(len, files.values())) < 4_000_000


def test_numbers_languages_and_traps(built: tuple[Path, list[str], list[dict]]) -> None:
    truth = built[2]
    months = Counter(row["published_at"][:7] for row in truth)
    assert len(months) == 24
    assert all(10 <= count <= 30 for count in months.values())
    about_ai = sum(row["is_ai"] for row in truth)
    assert 0.05 < about_ai / len(truth) < 0.15
    languages = Counter(row["lang"] for row in truth)
    assert set(languages) == {"en", "fr", "de"}
    assert min(languages.values()) > 60
    assert {row["trap"] for row in truth} == {None, "alternative_investment", "intelligence", "automation"}
    assert not any(row["is_ai"] and row["trap"] for row in truth)


def test_what_was_polled_is_found_and_nothing_else(
    built: tuple[Path, list[str], list[dict]], decoded: list[Decoded]
) -> None:
    truth = {item_key(row["item_id"]): row for row in built[2]}
    found: dict[str, Announcement] = {}
    for crawl in decoded:
        found |= {record.item_id: record for record in crawl.records if isinstance(record, Announcement)}
    assert set(found) == {item_id for item_id, row in truth.items() if row["captured"]}
    for item_id, record in found.items():
        row = truth[item_id]
        assert (record.title, record.page_url, record.language_declared) == (row["title"], row["page_url"], row["lang"])
        assert record.published_at is not None
        assert record.published_at.isoformat() == row["published_at"]
        assert record.is_sample
        assert record.text.startswith(row["title"])
        assert "Sample of the LuxAI Observatory" not in record.text
        assert record.page_url.startswith(SITE)


def test_staged_events(built: tuple[Path, list[str], list[dict]], decoded: list[Decoded]) -> None:
    assert len(decoded) == POLLS
    rejects = {number: [r.reason for r in crawl.rejects] for number, crawl in enumerate(decoded) if crawl.rejects}
    assert rejects == {BROKEN_POLL: ["missing_title"], MISSED_POLL + 1: [POSSIBLE_LOSS]}
    assert decoded[MISSED_POLL].records == []
    records = Archive(built[0]).crawls(SOURCE_ID)
    assert [number for number, record in enumerate(records) if not record.complete] == [MISSED_POLL]
    assert any(not row["captured"] for row in built[2])
    versions = Counter(
        record.item_id
        for record_id, record in {(r.content_sha256, r.record_id): r for c in decoded for r in c.records}.items()
    )  # type: ignore[attr-defined]
    assert sum(count > 1 for count in versions.values()) >= 5  # pages that were amended


def test_contacts_are_scrubbed(decoded: list[Decoded]) -> None:
    before = [record.text for crawl in decoded for record in crawl.records]  # type: ignore[attr-defined]
    assert any("@" in text for text in before)
    for crawl in decoded[:10]:
        for record in scrub(crawl, scrub_text).records:
            assert "@" not in record.text  # type: ignore[attr-defined]
            assert "+352" not in record.text  # type: ignore[attr-defined]
