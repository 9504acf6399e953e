"""What single publishers do in their own way while their lists are paged: Workday, BambooHR, Skeeled, EURES, others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from scrapy.http import Request

from scrapers.archive import Archive
from scrapers.decoders import eures
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.spiders import workday as spider
from tests.scrapers.paging import Answer, Crawled, query_of, source_of


@pytest.fixture
def crawled(tmp_path: Path) -> Callable[..., Crawled]:
    def run(source: Source, publisher: Callable[[Request], Answer], archive: object = None) -> Crawled:
        return Crawled(source, publisher, archive or Archive(tmp_path))

    return run


# ---- Workday


class BankSite:
    """A careers site: 20 a page, a count on the first page only, and a list that begins anew behind its end."""

    def __init__(self, number: int, here: tuple[int, ...] = (), facets: list[Any] | None = None) -> None:
        self.number, self.here, self.facets = number, here, facets or []
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        if request.method == "GET":
            return 200, {"jobPostingInfo": {"title": "T", "jobDescription": "<p>Words</p>", "jobPostingId": "T_R1"}}
        asked = orjson.loads(request.body)
        self.bodies.append(asked)
        assert asked["limit"] == 20
        numbers = list(self.here) if asked["appliedFacets"] else list(range(1, self.number + 1))
        offset = asked["offset"]
        shown = numbers[: spider.MOST_SHOWN]
        part = shown[offset : offset + 20] or shown[:20]
        return 200, {
            "total": 0 if offset else len(shown),
            "jobPostings": [self.posting(number) for number in part],
            "facets": self.facets,
        }

    def posting(self, number: int) -> dict[str, Any]:
        where = "Kirchberg Office" if number in self.here else "Oslo"
        path = f"/job/{where.replace(' ', '-')}/Job_R-{number}"
        return {"title": f"Job {number}", "externalPath": path, "locationsText": where, "postedOn": "Posted Today"}


def places_facets(*countries: str) -> list[Any]:
    values = [{"descriptor": name, "id": f"{number:04x}", "count": 1} for number, name in enumerate(countries)]
    return [
        {"facetParameter": "jobFamily", "values": [{"descriptor": "Luxembourg funds", "id": "ffff", "count": 9}]},
        {"facetParameter": "locationMainGroup", "values": [{"facetParameter": "locationCountry", "values": values}]},
    ]


BANK = {"board": "bank.Careers", "options": {"host": "bank.wd3.myworkdayjobs.com"}}


def workday(**params: Any) -> Source:
    return source_of("workday_boards", BANK, **params)


def test_a_short_site_is_read_whole_although_it_begins_anew(crawled: Callable[..., Crawled]) -> None:
    site = BankSite(60)
    found = crawled(workday(), site)
    assert found.keys == ["bank.Careers", "bank.Careers/page-2", "bank.Careers/page-3"]
    assert found.complete
    assert [body["offset"] for body in site.bodies] == [0, 20, 40]
    assert found.asked[0].headers["Accept-Language"] == b"en-US"


def test_a_site_that_loses_an_ad_while_paged_is_not_whole(crawled: Callable[..., Crawled]) -> None:
    site = BankSite(60)

    def publisher(request: Request) -> Answer:
        status, body = site(request)
        site.number = 59  # after the first page
        return status, body

    found = crawled(workday(), publisher)
    assert found.session.problems["bank.Careers"].startswith("60 ads are counted, 1 were not found")


def test_a_long_site_is_narrowed_to_luxembourg(crawled: Callable[..., Crawled]) -> None:
    site = BankSite(1500, here=(7, 900), facets=places_facets("Norway", "Luxembourg"))
    found = crawled(workday(), site)
    assert found.keys == [
        "bank.Careers",
        "bank.Careers/in-locationCountry",
        "bank.Careers/offer/R-7",
        "bank.Careers/offer/R-900",
    ]
    assert site.bodies[1]["appliedFacets"] == {"locationCountry": ["0001"]}
    assert urlsplit(found.asked[2].url).path == "/wday/cxs/bank/Careers/job/Kirchberg-Office/Job_R-7"
    assert found.complete


def test_pages_of_a_narrowed_list_stay_narrowed(crawled: Callable[..., Crawled]) -> None:
    site = BankSite(900, here=tuple(range(1, 46)), facets=places_facets("Luxembourg"))
    found = crawled(workday(), site)
    assert [key for key in found.keys if "/in-" in key] == [
        "bank.Careers/in-locationCountry",
        "bank.Careers/in-locationCountry/page-2",
        "bank.Careers/in-locationCountry/page-3",
    ]
    assert all(body["appliedFacets"] for body in site.bodies[1:])
    assert len(found.offers) == 45
    assert found.complete


def test_a_site_without_luxembourg_is_asked_for_no_ad(crawled: Callable[..., Crawled]) -> None:
    site = BankSite(1500, facets=places_facets("Norway", "Belgium"))
    found = crawled(workday(), site)
    assert found.keys == ["bank.Careers"]
    assert found.complete


def test_a_site_beyond_the_cap_without_facets_is_not_whole(
    crawled: Callable[..., Crawled], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spider.MOST_SHOWN == 2000
    monkeypatch.setattr(spider, "MOST_SHOWN", 200)
    found = crawled(workday(), BankSite(250))
    assert "Workday shows 200 ads of a query" in found.session.problems["bank.Careers"]
    assert len(found.asked) == 10
    assert not found.complete


def test_a_page_that_was_asked_too_much_of_is_no_empty_board(crawled: Callable[..., Crawled]) -> None:
    found = crawled(workday(), lambda request: (200, {"facets": [], "userAuthenticated": False}))
    assert not found.complete


def test_words_on_days_are_no_change(crawled: Callable[..., Crawled]) -> None:
    reader = crawled(workday(), BankSite(3)).spider
    _, body = BankSite(3)(Request("https://x.example", method="POST", body=orjson.dumps(_ASKED)))
    today = orjson.dumps(body)
    later = today.replace(b"Posted Today", b"Posted 3 Days Ago")
    assert reader.identity(today) == reader.identity(later)
    assert reader.identity(today) != reader.identity(today.replace(b"Job 2", b"Job two"))


_ASKED = {"appliedFacets": {}, "limit": 20, "offset": 0, "searchText": ""}


# ---- BambooHR, Skeeled, EURES, Arbeitnow, The Muse


def test_a_company_that_left_bamboohr_is_not_followed(crawled: Callable[..., Crawled]) -> None:
    found = crawled(source_of("bamboohr_boards", "acme"), lambda request: (302, b""))
    assert found.asked[0].meta["dont_redirect"] is True
    assert not found.complete


def test_a_list_that_counts_more_than_it_holds_is_not_whole(crawled: Callable[..., Crawled]) -> None:
    listed = {"meta": {"totalCount": 3}, "result": [{"id": "1", "jobOpeningName": "A", "location": {"city": "Mersch"}}]}
    opened = {"result": {"jobOpening": {"jobOpeningName": "A", "description": "<p>Words</p>"}}}
    found = crawled(
        source_of("bamboohr_boards", "acme"), lambda asked: (200, listed if asked.url.endswith("/list") else opened)
    )
    assert found.keys == ["acme", "acme/offer/1"]
    assert found.session.problems == {"acme": "3 ads are counted, 2 were not found in the list"}


def test_skeeled_is_one_page(crawled: Callable[..., Crawled]) -> None:
    board = "5f5f5f5f5f5f5f5f5f5f5f5f"
    page = (Path(__file__).parent / "fixtures" / "skeeled" / "board.html").read_bytes()
    found = crawled(source_of("skeeled_boards", board), lambda request: (200, page))
    assert (found.keys, found.complete) == ([board], True)
    assert not crawled(source_of("skeeled_boards", board), lambda request: (200, b"<html>Board</html>")).complete


def test_eures_reads_fifty_a_page_and_knows_its_cap(
    crawled: Callable[..., Crawled], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source_by_id("eures").disabled
    assert source_by_id("eures").delay_seconds == 10

    def publisher(number: int) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            asked = orjson.loads(request.body)
            assert (asked["resultsPerPage"], asked["locationCodes"]) == (50, ["lu"])
            first = (asked["page"] - 1) * 50
            jvs = [
                {"id": f"id{n}", "title": "T", "locationMap": {"LU": []}} for n in range(first, min(first + 50, number))
            ]
            return 200, {"numberRecords": number, "jvs": jvs}

        return answer

    found = crawled(source_of("eures"), publisher(120))
    assert (found.keys, found.complete) == (["eures", "eures/page-2", "eures/page-3"], True)
    assert eures.MAX_HITS == 10_000
    monkeypatch.setattr(eures, "MAX_HITS", 100)
    beyond = crawled(source_of("eures"), publisher(120))
    assert len(beyond.asked) == 2
    assert beyond.session.problems == {"eures": "120 ads are counted, 20 were not found in the list"}


def test_arbeitnow_goes_on_while_there_is_a_next_page(crawled: Callable[..., Crawled]) -> None:
    def publisher(request: Request) -> Answer:
        number = int(query_of(request)["page"])
        ads = [{"slug": f"ad-{number}-{n}", "title": "T", "company_name": "E"} for n in range(5)]
        return 200, {"data": ads, "links": {"next": "https://elsewhere.example/" if number < 3 else None}}

    found = crawled(source_of("arbeitnow"), publisher)
    assert (found.keys, found.complete) == (["arbeitnow", "arbeitnow/page-2", "arbeitnow/page-3"], True)
    assert {urlsplit(request.url).hostname for request in found.asked} == {"www.arbeitnow.com"}
    assert not crawled(source_of("arbeitnow", max_pages=2), publisher).complete


def test_the_muse_counts_pages_from_nought_and_may_run_out_of_time(crawled: Callable[..., Crawled]) -> None:
    def publisher(request: Request) -> Answer:
        number = int(query_of(request)["page"])
        results = [{"id": number * 20 + n, "name": "T", "contents": "x"} for n in range(20 if number == 0 else 3)]
        return 200, {"page": number, "page_count": 2, "total": 23, "results": results}

    found = crawled(source_of("themuse"), publisher)
    assert (found.keys, found.complete) == (["themuse", "themuse/page-2"], True)
    late = {"page": 0, "page_count": 1, "total": 0, "results": [], "timed_out": True}
    assert not crawled(source_of("themuse"), lambda request: (200, late)).complete


@pytest.mark.parametrize(
    ("source_id", "board"),
    [
        ("smartrecruiters_boards", {"board": "a/b"}),
        ("workable_boards", {"board": None}),
        ("workday_boards", {"board": "tenant.site"}),
        ("workday_boards", {"board": "tenant.site", "options": {"host": "tenant.wd3.myworkdayjobs.com.evil.example"}}),
        ("workday_boards", {"board": "tenant", "options": {"host": "tenant.wd3.myworkdayjobs.com"}}),
        ("bamboohr_boards", {"board": "Not.A.Host"}),
        ("skeeled_boards", {"board": "5f5f"}),
    ],
)
def test_a_board_that_cannot_be_asked_is_refused(source_id: str, board: dict[str, Any]) -> None:
    with pytest.raises(RegistryError):
        planned_requests(source_of(source_id, board))
