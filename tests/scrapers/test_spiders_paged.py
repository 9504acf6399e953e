"""Boards that list in pages: which pages and ads are asked for, and when a list was read whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from scrapy.http import Request

from scrapers.archive import Archive, request_key
from scrapers.registry import Source
from tests.scrapers.paging import CHALLENGE, Answer, Crawled, Known, query_of, source_of

LUX = {"city": "Luxembourg", "country": "lu", "fullLocation": "Luxembourg, Luxembourg"}
OSLO = {"city": "Oslo", "country": "no", "fullLocation": "Oslo, Norway"}


@pytest.fixture
def crawled(tmp_path: Path) -> Callable[..., Crawled]:
    def run(source: Source, publisher: Callable[[Request], Answer], archive: object = None) -> Crawled:
        return Crawled(source, publisher, archive or Archive(tmp_path))

    return run


# ---- SmartRecruiters: offsets, totals, and the rules that all boards share


class Company:
    """A company's postings at SmartRecruiters; the third, say, in Luxembourg, the others in Oslo."""

    def __init__(self, number: int, here: tuple[int, ...] = (3,), most: int = 100) -> None:
        self.ids = list(range(1, number + 1))
        self.here, self.most = here, most
        self.miscounts = 0
        self.before: Callable[[int], None] = lambda offset: None

    def __call__(self, request: Request) -> Answer:
        name = request.url.partition("/postings")[2]
        if name.startswith("/"):
            return 200, self.posting(int(name[1:])) | {
                "jobAd": {"sections": {"jobDescription": {"text": "<p>Words</p>"}}}
            }
        offset = int(query_of(request)["offset"])
        self.before(offset)
        limit = min(self.most, int(query_of(request)["limit"]))
        part = [self.posting(number) for number in self.ids[offset : offset + limit]]
        return 200, {
            "offset": offset,
            "limit": limit,
            "totalFound": len(self.ids) + self.miscounts,
            "content": part,
        }

    def posting(self, number: int) -> dict[str, Any]:
        return {"id": str(number), "name": f"Job {number}", "location": LUX if number in self.here else OSLO}


def smart(*boards: str, **params: Any) -> Source:
    return source_of("smartrecruiters_boards", *(boards or ("acme",)), **params)


def test_pages_are_read_to_the_count_and_details_only_of_luxembourg(crawled: Callable[..., Crawled]) -> None:
    found = crawled(smart(), Company(250, here=(3, 140, 250)))
    assert [key for key in found.keys if key not in found.offers] == ["acme", "acme/page-2", "acme/page-3"]
    assert found.offers == ["acme/offer/3", "acme/offer/140", "acme/offer/250"]
    assert {request.priority for request in found.asked if "/offer/" not in request.cb_kwargs["key"]} == {10}
    assert [query_of(request)["offset"] for request in found.asked if "offset" in request.url] == ["0", "100", "200"]
    assert found.complete
    assert found.session.problems == {}


def test_a_publisher_that_gives_less_than_asked_loses_nothing(crawled: Callable[..., Crawled]) -> None:
    found = crawled(smart(), Company(120, here=(), most=50))
    assert [query_of(request)["offset"] for request in found.asked] == ["0", "50", "100"]
    assert found.complete


def test_an_empty_board_is_healthy(crawled: Callable[..., Crawled]) -> None:
    assert crawled(smart(), Company(0)).complete


def test_an_ad_that_slips_while_paged_is_noticed(crawled: Callable[..., Crawled]) -> None:
    steady, moving = Company(150, here=()), Company(250, here=())
    moving.before = lambda offset: moving.ids.remove(5) if offset == 100 else None  # number 101 is now on page 1

    def publisher(request: Request) -> Answer:
        return (moving if "/acme/" in request.url else steady)(request)

    found = crawled(smart("other", "acme"), publisher)
    assert not found.complete
    assert found.session.trouble == "too_few"
    assert found.session.problems == {
        "acme": "250 ads are counted, 1 were not found in the list, which changed while it was read"
    }
    assert "other" in found.session.settled  # the other board is whole
    assert "acme" not in found.session.settled


def test_an_ad_that_comes_while_paged_closes_nothing(crawled: Callable[..., Crawled]) -> None:
    company = Company(250, here=())
    company.before = lambda offset: company.ids.insert(0, 999) if offset == 100 else None
    found = crawled(smart(), company)
    assert "changed while it was read" in found.session.problems["acme"]


@pytest.mark.parametrize(("number", "miscounts", "whole"), [(100, 1, False), (400, 2, True), (400, 3, False)])
def test_a_count_may_be_off_by_one_in_two_hundred(
    crawled: Callable[..., Crawled], number: int, miscounts: int, whole: bool
) -> None:
    company = Company(number, here=())
    company.miscounts = miscounts
    assert crawled(smart(), company).complete is whole


def test_what_cannot_become_a_record_still_counts(crawled: Callable[..., Crawled]) -> None:
    content = [{"id": "1", "name": "A"}, {"name": "no id"}, None, {"id": "1", "name": "A"}]
    found = crawled(smart(), lambda request: (200, {"limit": 100, "totalFound": 4, "content": content}))
    assert "acme" in found.session.settled
    assert found.session.problems == {}


def test_details_that_were_read_lately_are_not_asked_again(crawled: Callable[..., Crawled]) -> None:
    base = "https://api.smartrecruiters.com/v1/companies/acme/postings"
    company = Company(6, here=(1, 2, 3, 4, 5, 6))
    said = {
        1: [(3, 200, orjson.dumps(company.posting(1)))],
        2: [(20, 200, orjson.dumps(company.posting(2)))],
        4: [(3, 404, b"")],
        5: [(3, 200, CHALLENGE), (30, 200, orjson.dumps(company.posting(5)))],
        6: [(3, 200, b'{"message":"busy","code":"X"}'), (5, 200, orjson.dumps(company.posting(6)))],
    }
    known = Known({f"{base}/{n}": [(timedelta(days=d), s, b) for d, s, b in said[n]] for n in said})
    found = crawled(smart(), company, known)
    assert found.offers == ["acme/offer/3", "acme/offer/2", "acme/offer/5"]  # never asked, then the longest not asked
    assert found.complete


def test_more_details_than_a_crawl_may_ask_wait(crawled: Callable[..., Crawled]) -> None:
    found = crawled(smart(offers_per_crawl=2), Company(5, here=(1, 2, 3, 4, 5)))
    assert found.offers == ["acme/offer/1", "acme/offer/2"]
    assert found.session.remarks == {"offers": "3 pages are left for the next crawl"}
    assert found.complete


def test_a_detail_that_is_gone_or_refused(crawled: Callable[..., Crawled]) -> None:
    company = Company(2, here=(1, 2))

    def publisher(request: Request) -> Answer:
        if request.url.endswith("/postings/1"):
            return 404, {"message": "not found"}
        return (500, b"") if request.url.endswith("/postings/2") else company(request)

    found = crawled(smart(), publisher)
    assert "acme/offer/1" in found.session.settled  # closed since it was listed
    assert found.session.problems == {"acme/offer/2": "HTTP 500"}
    assert "acme" in found.session.settled


def test_a_failing_page_leaves_the_board_open(crawled: Callable[..., Crawled]) -> None:
    company = Company(250, here=())
    found = crawled(smart(), lambda asked: (503, b"") if query_of(asked)["offset"] == "100" else company(asked))
    assert found.session.problems == {"acme/page-2": "HTTP 503"}
    assert not found.complete


def test_a_list_longer_than_allowed_is_not_whole(crawled: Callable[..., Crawled]) -> None:
    found = crawled(smart(max_pages=2), Company(250, here=()))
    assert found.session.problems == {"acme": "the list goes on after 2 pages; the rest is left out"}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"content":[]}', b'{"content":{},"totalFound":1}', b'{"message":"no","code":"X"}']
)
def test_what_is_no_list_is_not_settled(crawled: Callable[..., Crawled], body: bytes) -> None:
    found = crawled(smart(), lambda request: (200, body))
    assert not found.complete
    assert found.session.problems["acme"]


# ---- Workable


def test_workable_pages_by_token_and_the_archive_can_tell_them_apart(crawled: Callable[..., Crawled]) -> None:
    places = {1: "Luxembourg", 11: "Luxembourg"}

    def publisher(request: Request) -> Answer:
        if request.method == "GET":
            return 200, {"shortcode": "X1", "title": "T", "description": "<p>Words</p>"}
        token = orjson.loads(request.body).get("token")
        start = int(token or 0)
        jobs = [
            {"shortcode": f"X{n}", "title": "T", "location": {"city": places.get(n, "Oslo"), "country": ""}}
            for n in range(start + 1, min(start + 10, 23) + 1)
        ]
        return 200, {"total": 23, "results": jobs} | ({"nextPage": str(start + 10)} if start + 10 < 23 else {})

    found = crawled(source_of("workable_boards", "acme"), publisher)
    lists = [request for request in found.asked if request.method == "POST"]
    assert [orjson.loads(request.body).get("token") for request in lists] == [None, "10", "20"]
    assert found.offers == ["acme/offer/X1", "acme/offer/X11"]
    assert found.complete
    # A field named "token" never reaches the archive, so the body alone would make all further pages one request.
    assert len({request_key("POST", request.url, request.body) for request in lists}) == 3
