"""Pages that lists name: which are due, what an earlier answer counts for, and what stays open without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from scrapers.decoders.around import Around, EarlierCrawl
from scrapers.decoders.base import Decoded
from scrapers.decoders.jobposting_html import finish
from scrapers.decoders.listed import Listing
from scrapers.items import JobPosting, Reject, utc_now
from scrapers.plan import planned_requests
from scrapers.registry import Source, source_by_id
from scrapers.session import CrawlSession
from scrapers.spiders.careers import CareersSpider
from scrapers.spiders.paged import Chain
from scrapers.spiders.watch import look_version
from tests.scrapers.paging import CHALLENGE, Known

SITE = "https://quay.example"
NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)
LINE = {
    "board": "quay",
    "employer": "Quay (invented)",
    "options": {"listing": f"{SITE}/sitemap.xml", "pattern": "/job/"},
}


def careers(**params: object) -> Source:
    return source_by_id("careers_pages").model_copy(update={"params": {"boards": [LINE], **params}})


def session(source: Source, archive: object) -> CrawlSession:
    return CrawlSession(
        source=source,
        mode="live",
        archive=archive,  # type: ignore[arg-type]
        pace=None,  # type: ignore[arg-type]
        deadline=float("inf"),
        user_agent="test",
        planned=planned_requests(source),
        purpose="watch",
    )


def test_no_page_waits_for_ever_while_others_answer_nothing() -> None:
    """A listing that lags behind: most of its addresses are gone or moved, some stand behind a test."""
    days = timedelta(days=1)
    said = {
        "gone-lately": [(3 * days, 404, b"")],
        "gone-after-it-was-read": [(3 * days, 410, b""), (20 * days, 200, b"<p>Words")],
        "moved-lately": [(3 * days, 301, b"")],
        "gone-long-ago": [(9 * days, 404, b"")],
        "read-lately": [(3 * days, 200, b"<p>Words")],
        "read-long-ago": [(8 * days, 200, b"<p>Words")],
        "changed": [(3 * days, 200, b"<p>Words")],
        "tested": [(1 * days, 200, CHALLENGE)],
        "tested-again": [(2 * days, 200, CHALLENGE), (3 * days, 200, b"<p>Words")],
        "down": [(2 * days, 500, b"")],
    }
    spider = CareersSpider(
        session(careers(pages_per_crawl=5), Known({f"{SITE}/job/{name}": answers for name, answers in said.items()}))
    )
    listed = {f"{SITE}/job/{name}": utc_now() if name == "changed" else None for name in (*said, "new")}
    asked = [planned.url.rpartition("/")[2] for planned in spider._pages(spider._sites["quay"], listed)]
    assert asked == ["new", "changed", "gone-long-ago", "read-long-ago", "down"]
    assert spider.session.remarks == {"quay: pages": "1 pages are left for the next crawl"}


def test_a_challenge_is_no_version_of_a_board() -> None:
    source = source_by_id("greenhouse_boards")
    body = b'{"jobs":[],"meta":{"total":0}}'

    def version(answers: list[tuple[timedelta, int, bytes]]) -> str | None:
        looked = session(source, None)
        first, other = looked.planned[:2]
        looked.planned, looked.settled = [first, other], {first.key: "same"}
        looked.archive = Known({other.url: answers})  # type: ignore[assignment]
        return look_version(looked)

    tests = [(timedelta(hours=1), 200, CHALLENGE.replace(b"{}", mark)) for mark in (b"{a:1}", b"{b:2}")]
    read = (timedelta(days=1), 200, body)
    assert version([tests[0], read]) == version([tests[1], read]) == version([read])
    assert version([tests[0]]) == version([tests[1]]) == version([])


@pytest.mark.parametrize(
    ("pages", "trusts_total", "said"),
    [
        ([((1, 2, 3), None), ((4, 5), None)], True, None),
        ([((1, 2, 3), None), ((3, 4), None)], True, "the list is not counted, which changed while it was read"),
        ([((1, 2, 3), None), ((1, 2, 3), None)], True, "the list is not counted, which changed while it was read"),
        ([(range(500), 1000), (range(500, 995), 1000)], True, None),
        ([(range(500), 1000), (range(500, 995), 0)], False, "1000 ads are counted, 5 were not found in the list"),
        ([(range(500), 1000), (range(500, 1000), 0)], False, None),
        ([(range(399), 400)], False, None),
    ],
)
def test_when_pages_are_the_whole_list(
    pages: list[tuple[range, int | None]], trusts_total: bool, said: str | None
) -> None:
    chain = Chain("acme", "acme", trusts_total)
    for ids, total in pages:
        chain.take(Listing(tuple(map(str, ids)), total))
    assert chain.gap() == said


def posting(path: str) -> JobPosting:
    return JobPosting(
        record_id=f"careers_pages:quay:{path.strip('/')}",
        source_id="careers_pages",
        crawl_id="then",
        capture_id="1" * 64,
        url=f"{SITE}/job/{path}",
        retrieved_at=NOW,
        board_id="quay",
        posting_id=path.strip("/"),
        employer="Quay (invented)",
        title="Mooring hand",
    )


def expired(path: str) -> Reject:
    return Reject(
        source_id="careers_pages",
        crawl_id="then",
        capture_id="2" * 64,
        url=f"{SITE}/job/{path}",
        retrieved_at=NOW,
        is_sample=False,
        record_kind="capture",
        locator="",
        reason="expired",
        detail="the page says so",
    )


READ, OVER = {"records": [posting("1")]}, {"rejects": [expired("1")]}
NOTHING: dict[str, list] = {}
AWAY, ON, GONE = {"1": "/about"}, {"1": "/job/one"}, {"1": ""}
ON_READ = {"records": [posting("one")]}


@pytest.mark.parametrize(
    ("crawls", "is_open"),
    [
        # Each crawl: what its pages gave, and where they led; the latest is the one that is put together.
        ([(READ, {})], True),
        ([(NOTHING, {}), (READ, {})], True),
        ([(OVER, {}), (READ, {})], False),
        ([(NOTHING, {}), (OVER, {}), (READ, {})], False),
        ([(NOTHING, {}), (READ, {}), (OVER, {})], True),
        ([(NOTHING, {}), (NOTHING, GONE), (READ, {})], False),
        ([(NOTHING, {}), (NOTHING, AWAY), (READ, {})], False),
        ([(ON_READ, ON)], True),
        ([(NOTHING, {}), (ON_READ, ON)], True),
        ([(NOTHING, {}), (NOTHING, ON), (READ, {})], True),  # what it led to did not answer
        ([(NOTHING, ON), (ON_READ, {})], True),
        ([(NOTHING, {}), (NOTHING, {"1": "/job/one", "one": "/job/1"}), (READ, {})], False),
        ([(NOTHING, {})], False),
    ],
)
def test_the_latest_crawl_that_asked_says_whether_a_listed_page_is_open(
    crawls: list[tuple[dict[str, list], dict[str, str]]], is_open: bool
) -> None:
    told = [
        EarlierCrawl(
            f"crawl-{age}",
            NOW - timedelta(days=age),
            Decoded(**given, listed=[f"{SITE}/job/1"]),
            {f"{SITE}/job/{path}": f"{SITE}{target}" if target else "" for path, target in ways.items()},
        )
        for age, (given, ways) in enumerate(crawls)
    ]

    def earlier() -> Iterator[EarlierCrawl]:
        yield from told[1:]

    now = told[0]
    found = finish(now.decoded, Around(NOW, now.redirects, earlier, now.crawl_id, {"boards": [LINE]}))
    assert len(found.records) == is_open
    if not now.decoded.records:
        assert {record.crawl_id for record in found.records} <= {now.crawl_id}
