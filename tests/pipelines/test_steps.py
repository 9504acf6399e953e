"""Steps that must hold when something is wrong: an unreadable crawl, too few records, a state that is half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import warehouse.estimate
import warehouse.release
from pipelines import judgement, stages, steps
from scrapers.archive import Archive, ArchiveWriter, CrawlStats, DamagedCaptureError, crawl_id_of
from scrapers.items import utc_now
from scrapers.plan import planned_requests
from scrapers.records import RecordsConflictError
from scrapers.registry import Source, load_sources
from scrapers.run import CrawlOutcome
from state import events
from state.settings import Settings
from tests.payloads import jsonstat
from warehouse.release import Release


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
    row = judgement.crawl_row(settings, crawl, [eurostat], {})
    assert (row["complete"], row["whole"]) == (False, [])
    enough = eurostat.model_copy(update={"min_items": 1})
    row = judgement.crawl_row(settings, crawl, [enough], {})
    assert (row["complete"], row["whole"]) == (True, [""])


def test_a_short_crawl_is_short_at_the_next_call_too_until_a_better_one(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source
) -> None:
    settings = settings_at(tmp_path)
    source = eurostat.model_copy(update={"min_items": 2})
    archive_crawl(settings, source, jsonstat({("LU", "2024"): 1.0}), "00000001")
    reports = [steps.decode_new(settings, source) for _ in range(2)]
    assert [(report.new_crawls, report.trouble) for report in reports] == [(1, "too_few"), (0, "too_few")]
    assert reports[1].problem == reports[0].problem
    archive_crawl(settings, source, jsonstat({("LU", "2024"): 1.0, ("LU", "2025"): 2.0}), "00000002")
    better = steps.decode_new(settings, source)
    assert (better.new_crawls, better.problem, better.trouble) == (1, None, None)


def test_a_crawl_of_which_nothing_can_be_read_has_changed_its_shape(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source
) -> None:
    settings = settings_at(tmp_path)
    archive_crawl(settings, eurostat, b"<html>We have moved</html>", "00000001")
    reports = [steps.decode_new(settings, eurostat) for _ in range(2)]
    assert [report.trouble for report in reports] == ["changed_shape", "changed_shape"]
    assert all(report.problem for report in reports)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (DamagedCaptureError("x"), "damaged"),
        (RecordsConflictError("x"), "damaged"),
        (KeyError("x"), "changed_shape"),
        (TypeError("x"), "changed_shape"),
    ],
)
def test_what_keeps_a_crawl_from_being_decoded_is_named(
    tmp_path: Path,
    settings_at: Callable[[Path], Settings],
    eurostat: Source,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    trouble: str,
) -> None:
    settings = settings_at(tmp_path)
    archive_crawl(settings, eurostat, jsonstat({("LU", "2024"): 1.0}), "00000001")

    def decode(*_: object) -> None:
        raise error

    monkeypatch.setattr(steps, "decode_crawl", decode)
    report = steps.decode_new(settings, eurostat)
    assert report.trouble == trouble
    assert type(error).__name__ in str(report.problem)


def test_a_full_disk_is_no_trouble_of_the_source(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path)
    archive_crawl(settings, eurostat, jsonstat({("LU", "2024"): 1.0}), "00000001")

    def write(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(steps.record_files, "write_crawl", write)
    with pytest.raises(OSError, match="No space"):
        steps.decode_new(settings, eurostat)


def test_other_answers_are_a_change_also_when_a_look_had_fetched_them(
    tmp_path: Path, settings_at: Callable[[Path], Settings], eurostat: Source
) -> None:
    settings = settings_at(tmp_path)
    outcome = CrawlOutcome(eurostat.id, "live", "20260301T120000Z-00000001", complete=True, new_captures=0)
    steps.note_crawl(settings, outcome, None)
    (changed,) = events.events(steps.state_engine(settings), kinds=["changed"])
    assert changed.detail == "other answers than at the last complete crawl"


def test_stages_take_over_from_the_one_before(tmp_path: Path, settings_at: Callable[[Path], Settings]) -> None:
    settings = settings_at(tmp_path)
    stages.advance(settings, "loaded", "a")
    stages.advance(settings, "built")
    stages.advance(settings, "estimated")
    stages.advance(settings, "loaded", "b")  # another run loads while this one publishes what it built
    assert stages.are_values_of_marts(settings)
    stages.advance(settings, "published")
    assert stages.progress(settings) == {"loaded": "b", "built": "a", "estimated": "a", "published": "a"}
    stages.progress_file(settings).write_text("{torn", encoding="utf-8")
    assert stages.progress(settings) == {}
    assert not stages.are_values_of_marts(settings)


def test_marts_of_one_run_are_not_published_with_the_values_of_another(
    tmp_path: Path, settings_at: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, made = settings_at(tmp_path), []
    monkeypatch.setattr(warehouse.estimate, "estimate", lambda file: 1)
    monkeypatch.setattr(warehouse.release, "publish", lambda *_, **__: made.append("a release"))

    def load_and_build(fingerprint: str) -> None:
        stages.advance(settings, "loaded", fingerprint)
        with steps.building(settings):
            pass

    load_and_build("of the first run")
    steps.estimate(settings)
    load_and_build("of the second run")
    assert not steps.publish(settings).is_new, "the first run comes to its release"
    assert (made, stages.progress(settings).get("published")) == ([], None)
    steps.estimate(settings)
    steps.publish(settings)
    assert (made, stages.progress(settings)["published"]) == (["a release"], "of the second run")


def test_a_release_that_was_not_logged_is_logged_with_its_own_time(
    tmp_path: Path, settings_at: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, then = settings_at(tmp_path), datetime(2026, 3, 2, 12, tzinfo=UTC)
    current = Release("20260302T120000Z-00000000", tmp_path, then, "d", "c", "m", "t", is_sample=True, is_current=True)
    monkeypatch.setattr(warehouse.release, "current_id", lambda folder: current.release_id)
    monkeypatch.setattr(warehouse.release, "show", lambda folder: current)
    for _ in range(2):  # the run that published it died before it could say so
        assert steps.publish(settings).release_id == current.release_id
    (published,) = events.events(steps.state_engine(settings), kinds=["published"])
    assert (published.release_id, published.at) == (current.release_id, then)
