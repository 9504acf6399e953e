"""Looks grow old and go, unless something refers to what they fetched; crawls never go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scrapers.archive import Archive, ArchiveWriter, Purpose, prune_looks
from scrapers.archive.files import crawl_path, lock_source
from scrapers.archive.retention import LOOKS_KEPT

SOURCE = "some_source"
URL = "https://site.example/feed"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def fetched(root: Path, days_ago: float, body: bytes, purpose: Purpose = "watch", source_id: str = SOURCE) -> str:
    """One look or crawl of one address; a body that the source has already becomes a revisit."""
    at = NOW - timedelta(days=days_ago)
    crawl_id = f"{at:%Y%m%dT%H%M%SZ}-{int(days_ago * 24):08x}"
    with ArchiveWriter(root, source_id, crawl_id, at, purpose=purpose) as writer:
        writer.write_response("GET", URL, {}, b"", 200, {"ETag": '"1"'}, body, at)
        writer.sign_off(finished_at=at)
    return crawl_id


def prune(root: Path) -> list[str]:
    return sorted(prune_looks(Archive(root), SOURCE, NOW))


def test_old_looks_that_nothing_refers_to_go_and_crawls_stay(tmp_path: Path) -> None:
    first = fetched(tmp_path, 60, b"one", "crawl")
    said_nothing_new = [fetched(tmp_path, days, b"one") for days in (50, 40)]
    passing = fetched(tmp_path, 35, b"two")  # fetched, and gone before a crawl came
    last_crawl = fetched(tmp_path, 30, b"three", "crawl")
    young = fetched(tmp_path, 1, b"three")
    newest = fetched(tmp_path, 0, b"three")
    assert prune(tmp_path) == sorted([*said_nothing_new, passing])
    archive = Archive(tmp_path)
    assert [record.crawl_id for record in archive.crawls()] == [first, last_crawl]
    assert [record.crawl_id for record in archive.crawls(purpose="watch")] == [young, newest]
    assert sorted({path.name.partition(".")[0] for path in (tmp_path / SOURCE).glob("2*")}) == sorted(
        [first, last_crawl, young, newest]
    )
    assert archive.recover() == []
    assert prune(tmp_path) == []


def test_a_body_that_a_crawl_refers_to_stays_provable(tmp_path: Path) -> None:
    holds = fetched(tmp_path, 40, b"news")
    again = fetched(tmp_path, 39, b"news")
    crawl_id = fetched(tmp_path, 38, b"news", "crawl")
    fetched(tmp_path, 0, b"newer")
    assert prune(tmp_path) == [again]
    archive = Archive(tmp_path)
    assert archive.crawls(purpose="watch")[0].crawl_id == holds
    (capture,) = archive.captures(SOURCE, crawl_id)
    assert (capture.kind, capture.body) == ("revisit", b"news")
    assert archive.prove(capture.capture_id).verified


def test_what_the_next_look_confirms_stays(tmp_path: Path) -> None:
    holds = fetched(tmp_path, 90, b"never changes")
    for days in (60, 30, 1):
        fetched(tmp_path, days, b"never changes")
    assert len(prune(tmp_path)) == 2
    archive = Archive(tmp_path)
    assert archive.crawls(purpose="watch")[0].crawl_id == holds
    assert archive.validators("GET", URL, source_id=SOURCE) is not None


def test_the_newest_look_stays_however_old(tmp_path: Path) -> None:
    fetched(tmp_path, 300, b"one")
    assert prune(tmp_path) == []


def test_other_sources_and_sources_in_use_are_left(tmp_path: Path) -> None:
    fetched(tmp_path, 60, b"one", source_id="other_source")
    fetched(tmp_path, 50, b"two", source_id="other_source")
    fetched(tmp_path, 60, b"one")
    fetched(tmp_path, 50, b"two")
    lock = lock_source(tmp_path, SOURCE)
    try:
        assert prune(tmp_path) == []
    finally:
        lock.release()
    assert len(prune(tmp_path)) == 1
    assert len(Archive(tmp_path).crawls("other_source", purpose="watch")) == 2


@pytest.mark.parametrize("killed_after", range(4))
def test_a_kill_while_looks_go_leaves_nothing_for_good(
    tmp_path: Path, killed_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fetched(tmp_path, 60, b"one")
    fetched(tmp_path, 0, b"two")
    crawl_path(tmp_path, SOURCE, old, ".ledger.jsonl").write_text("{}\n", encoding="utf-8")
    real, calls = Path.unlink, iter(range(99))

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if next(calls) > killed_after:
            raise KeyboardInterrupt
        real(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            prune(tmp_path)
    Archive(tmp_path).recover()
    assert prune(tmp_path) == [old]
    assert not list((tmp_path / SOURCE).glob(f"{old}*"))


def test_looks_are_bounded(tmp_path: Path) -> None:
    """Twice a day for two months: what is left is what the retention says, and one body."""
    for half_days in range(120, -1, -1):
        fetched(tmp_path, half_days / 2, b"the same")
        if half_days % 10 == 0:
            prune_looks(Archive(tmp_path), SOURCE, NOW - timedelta(days=half_days / 2))
    assert len(Archive(tmp_path).crawls(purpose="watch")) == LOOKS_KEPT.days * 2 + 2
