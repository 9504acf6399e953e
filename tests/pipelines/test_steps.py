"""Steps that must hold when something is wrong: an unreadable crawl, too few records, a state that is half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import steps
from scrapers.archive import Archive, ArchiveWriter, CrawlStats, DamagedCaptureError, crawl_id_of
from scrapers.items import utc_now
from scrapers.plan import planned_requests
from scrapers.registry import Source, load_sources
from state.settings import Settings
from tests.payloads import jsonstat


@pytest.fixture
def eurostat() -> Source:
    return next(source for source in load_sources() if source.id == "eurostat_isoc_eb_ai")


def archive_crawl(settings: Settings, source: Source, body: bytes, hex8: str) -> str:
    """One signed-off crawl of one address."""
    url, now = planned_requests(source)[0].url, utc_now()
    crawl_id = crawl_id_of(now, hex8)
    with ArchiveWriter(settings.archive, source.id, crawl_id, now) as writer:
        writer.write_response("GET", url, {}, b"", 200, {"content-type": "application/json"}, body, now)
        writer.sign_off("finished", True, CrawlStats(planned=1, complete_keys=["isoc_eb_ai"]))
    return crawl_id


def test_a_crawl_that_cannot_be_read_holds_up_no_other(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path)
    bad = archive_crawl(settings, eurostat, jsonstat({("LU", "2024"): 1.0}), "00000001")
    good = archive_crawl(settings, eurostat, jsonstat({("LU", "2024"): 2.0}), "00000002")
    real = steps.decode_crawl

    def decode(archive: Archive, source: Source, crawl_id: str):  # type: ignore[no-untyped-def]
        if crawl_id == bad:
            raise DamagedCaptureError("bytes do not match")
        return real(archive, source, crawl_id)

    monkeypatch.setattr(steps, "decode_crawl", decode)
    report = steps.decode_new(settings, eurostat)
    assert report.new_crawls == 1
    assert report.problem is not None
    assert bad in report.problem
    assert [path.stem for path in (settings.records / "observation" / eurostat.id).glob("*.parquet")] == [good]
    monkeypatch.setattr(steps, "decode_crawl", real)
    assert steps.decode_new(settings, eurostat).new_crawls == 1, "it is tried again"


def test_a_crawl_with_too_few_records_speaks_for_no_board(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source
) -> None:
    settings = settings_at(tmp_path)
    crawl_id = archive_crawl(settings, eurostat, jsonstat({("LU", "2024"): 1.0}), "00000001")
    steps.decode_new(settings, eurostat)
    crawl = next(c for c in Archive(settings.archive).crawls() if c.crawl_id == crawl_id)
    assert eurostat.min_items > 1
    row = steps.crawl_row(settings, crawl, [eurostat])
    assert (row["complete"], row["complete_keys"]) == (False, [])
    enough = eurostat.model_copy(update={"min_items": 1})
    row = steps.crawl_row(settings, crawl, [enough])
    assert (row["complete"], row["complete_keys"]) == (True, ["isoc_eb_ai"])


def test_stages_take_over_from_the_one_before(tmp_path: Path, settings_at: Callable[[Path], Settings]) -> None:
    settings = settings_at(tmp_path)
    steps.advance(settings, "loaded", "a")
    steps.advance(settings, "built")
    steps.advance(settings, "loaded", "b")  # another run loads while this one publishes what it built
    steps.advance(settings, "published")
    steps.advance(settings, "announced")
    assert steps.progress(settings) == {"loaded": "b", "built": "a", "published": "a", "announced": "a"}
    steps.progress_file(settings).write_text("{torn", encoding="utf-8")
    assert steps.progress(settings) == {}
