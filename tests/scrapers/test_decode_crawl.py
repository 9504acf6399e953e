"""One crawl as a whole: what is decoded, what is skipped, what a revisit gives, what a broken capture costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from scrapers import decode as decoding
from scrapers.archive import Archive, Capture
from scrapers.decode import decode_crawl
from scrapers.items import JobPosting
from scrapers.registry import Source, source_by_id

FIXTURES = Path(__file__).parent / "fixtures" / "greenhouse"
API = "https://boards-api.greenhouse.io/v1/boards"
FIRST, SECOND = "20260601T000000Z-00000000", "20260615T000000Z-00000001"


def capture(crawl_id: str, url: str, body: bytes, **changes: Any) -> Capture:
    whole = Capture(
        capture_id=hashlib.sha256(body).hexdigest(),
        source_id="greenhouse_boards",
        crawl_id=crawl_id,
        method="GET",
        url=url,
        status=200,
        headers={},
        body=body,
        retrieved_at=datetime(2026, 6, int(crawl_id[6:8]), tzinfo=UTC),
        kind="response",
    )
    return replace(whole, **changes)


@dataclass
class FakeArchive:
    """The one call that decoding makes of an archive."""

    held: list[Capture] = field(default_factory=list)

    def captures(self, source_id: str, crawl_id: str) -> Iterator[Capture]:
        return (one for one in self.held if (one.source_id, one.crawl_id) == (source_id, crawl_id))


def run(archive: FakeArchive, source: Source, crawl_id: str) -> decoding.Decoded:
    return decode_crawl(cast(Archive, archive), source, crawl_id)


@pytest.fixture
def source() -> Source:
    return source_by_id("greenhouse_boards")


def board(*jobs: dict[str, Any]) -> bytes:
    return json.dumps({"jobs": list(jobs), "meta": {"total": len(jobs)}}).encode()


def test_only_data_is_decoded_and_the_rest_is_counted(source: Source) -> None:
    archive = FakeArchive(
        [
            capture(FIRST, "https://boards-api.greenhouse.io/robots.txt", b"User-agent: *\nDisallow:\n"),
            capture(
                FIRST, f"{API}/stripe/jobs?content=true", board({"id": 1, "title": "Cook", "company_name": "Stripe"})
            ),
            capture(FIRST, f"{API}/carta/jobs?content=true", b'{"status":404,"error":"gone"}', status=404),
            capture(FIRST, f"{API}/spire/jobs?content=true", b"<html>maintenance</html>"),
            capture(FIRST, f"{API}/ripple/jobs?content=true", b"oops", status=503),
        ]
    )
    decoded = run(archive, source, FIRST)
    assert [record.record_id for record in decoded.records] == ["greenhouse_boards:stripe:1"]
    assert [(r.record_kind, r.reason, r.locator, r.url) for r in decoded.rejects] == [
        ("capture", "not_json", "", f"{API}/spire/jobs?content=true")
    ]
    assert decoded.notes == [
        f"{API}/stripe/jobs?content=true: job without content",
        "1 answers with status 404 not decoded",
        "1 answers with status 503 not decoded",
        "1 robots.txt not decoded",
    ]


def test_a_revisit_gives_the_records_again_with_the_stamps_of_its_crawl(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (FIXTURES / "jobs.json").read_bytes()
    url = f"{API}/stripe/jobs?content=true"
    archive = FakeArchive([capture(FIRST, url, body), capture(SECOND, url, body, kind="revisit", wire_status=304)])
    monkeypatch.setattr(decoding, "_memory", decoding._Memory())
    first = run(archive, source, FIRST)
    monkeypatch.setattr(decoding, "decode", lambda *_: pytest.fail("equal bytes were decoded twice"))
    second = run(archive, source, SECOND)
    assert len(second.records) == len(first.records) == 5
    for before, after in zip(first.records, second.records, strict=True):
        assert (after.crawl_id, after.retrieved_at) == (SECOND, datetime(2026, 6, 15, tzinfo=UTC))
        assert before.crawl_id == FIRST
        assert after == before.model_copy(update={"crawl_id": SECOND, "retrieved_at": after.retrieved_at})
        assert after.content_sha256 == before.content_sha256
    assert {reject.crawl_id for reject in second.rejects} == {SECOND}
    assert second.notes == first.notes


def test_equal_bytes_of_two_boards_are_two_boards(source: Source) -> None:
    body = board({"id": 1, "title": "Cook"})
    archive = FakeArchive(
        [capture(FIRST, f"{API}/{token}/jobs?content=true", body) for token in ("coinbase", "ripple")]
    )
    assert [(r.board_id, r.employer) for r in run(archive, source, FIRST).records if isinstance(r, JobPosting)] == [
        ("coinbase", "Coinbase"),
        ("ripple", "Ripple"),
    ]


def test_a_posting_seen_in_two_captures_is_one_record_with_the_fuller_text(source: Source) -> None:
    full = board({"id": 1, "title": "Cook", "content": "<p>Soup.</p>"})
    grouped = b'{"departments": [{"name": "Kitchen", "jobs": [{"id": 1, "title": "Cook"}]}]}'
    archive = FakeArchive(
        [
            capture(FIRST, f"{API}/stripe/jobs?content=true", full),
            capture(FIRST, f"{API}/stripe/departments", grouped, retrieved_at=datetime(2026, 6, 2, tzinfo=UTC)),
        ]
    )
    decoded = run(archive, source, FIRST)
    assert [(r.text, r.departments) for r in decoded.records if isinstance(r, JobPosting)] == [("Soup.", ["Kitchen"])]
    assert "1 records seen in two captures, the fuller text kept" in decoded.notes


def test_a_cell_seen_in_two_captures_is_the_later_one() -> None:
    eurostat = source_by_id("eurostat_isoc_eb_ai")
    body = (FIXTURES.parent / "jsonstat" / "cube.json").read_bytes()
    url = "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data/tst_eb_ai"
    early = capture(FIRST, f"{url}?a=1", body, source_id=eurostat.id)
    later = capture(FIRST, f"{url}?a=2", body.replace(b"6.25", b"6.5"), source_id=eurostat.id)
    later = replace(later, retrieved_at=early.retrieved_at + timedelta(seconds=5))
    for order in ([early, later], [later, early]):
        decoded = run(FakeArchive(order), eurostat, FIRST)
        assert len(decoded.records) == 10
        values = {record.record_id: getattr(record, "value", None) for record in decoded.records}
        assert values[f"{eurostat.id}:tst_eb_ai:A.GE10.C10-S951_X_K.PC_ENT.EU27_2020:2025"] == 6.5


@pytest.mark.parametrize(("rebuilt", "kind"), [(True, "resource"), (False, "response")])
def test_records_of_reconstructed_captures_are_sample_records(source: Source, rebuilt: bool, kind: str) -> None:
    body = board({"id": 1, "title": "Cook"}, {"id": None, "title": "Nobody"})
    one = capture(FIRST, f"{API}/stripe/jobs?content=true", body, is_reconstructed=rebuilt, kind=kind)
    decoded = run(FakeArchive([one]), source, FIRST)
    assert [record.is_sample for record in (*decoded.records, *decoded.rejects)] == [rebuilt, rebuilt]


def test_the_memory_of_decoded_captures_is_bounded(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_CACHE_RECORDS", 3)
    monkeypatch.setattr(decoding, "_memory", decoding._Memory())
    archive = FakeArchive(
        [
            capture(
                FIRST,
                f"{API}/stripe/jobs?page={page}",
                board({"id": page, "title": "Cook"}, {"id": 90 + page, "title": "x"}),
            )
            for page in range(6)
        ]
    )
    assert len(run(archive, source, FIRST).records) == 12
    assert len(decoding._memory.results) == 1
