"""Registers of research in pages: which pages are asked for, when a list was read whole, and what is a loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import Request

from scrapers.archive import Archive
from scrapers.registry import RegistryError, Source
from tests.scrapers.paging import Answer, Crawled, query_of, source_of


@pytest.fixture
def crawled(tmp_path: Path) -> Callable[..., Crawled]:
    return lambda source, publisher: Crawled(source, publisher, Archive(tmp_path))


class Works:
    """Crossref with works of one year; cursors name the work after which the list goes on."""

    def __init__(self, number: int) -> None:
        self.dois = [f"10.5555/{n}" for n in range(number)]
        self.cursor: Callable[[int], str] = lambda after: f"cursor-{after}"
        self.counts = 0  # works that are counted and not listed
        self.before: Callable[[dict[str, str]], Answer | None] = lambda query: None
        self.at = 0

    def __call__(self, request: Request) -> Answer:
        query = query_of(request)
        if answer := self.before(query):
            return answer
        if "offset" in query:
            self.at = int(query["offset"])
        elif query["cursor"] == "*":
            self.at = 0
        part = self.dois[self.at : self.at + int(query["rows"])]
        self.at += len(part)
        message: dict[str, Any] = {
            "items": [{"DOI": doi} for doi in part],
            "total-results": len(self.dois) + self.counts,
        }
        if "cursor" in query:
            message["next-cursor"] = self.cursor(self.at)
        return 200, {"status": "ok", "message-type": "work-list", "message": message}


def crossref(rows: int = 2, **params: Any) -> Source:
    return source_of("crossref_fnr", **({"rows": rows, "first_year": 2024, "last_year": 2024} | params))


def test_cursors_are_followed_until_all_that_is_counted_came(crawled: Callable[..., Crawled]) -> None:
    crawl = crawled(crossref(), Works(5))
    assert crawl.keys == ["works/2024", "works/2024/page-2", "works/2024/page-3"]
    assert crawl.complete
    assert [query_of(request)["cursor"] for request in crawl.asked] == ["*", "cursor-2", "cursor-4"]
    assert {query_of(request)["filter"] for request in crawl.asked} == {
        "funder:10.13039/501100001866,from-pub-date:2024,until-pub-date:2024"
    }
    assert crawl.session.whole == set()  # said when Scrapy ends it
    assert crawl.spider.read_whole() == {""}


def test_a_year_without_works_is_healthy(crawled: Callable[..., Crawled]) -> None:
    crawl = crawled(crossref(first_year=2023), Works(0))
    assert crawl.keys == ["works/2023", "works/2024"]
    assert crawl.complete


def test_a_cursor_that_does_not_change_is_followed_by_offset(crawled: Callable[..., Crawled]) -> None:
    works = Works(5)
    works.cursor = lambda after: "the-same"
    crawl = crawled(crossref(), works)
    assert crawl.complete
    asked = [(query_of(r).get("cursor"), query_of(r).get("offset")) for r in crawl.asked]
    assert asked == [("*", None), ("the-same", None), (None, "4")]
    assert len({request.url for request in crawl.asked}) == 3


@pytest.mark.parametrize("counts", [1, 3])
def test_a_work_that_is_counted_and_not_listed_is_a_loss(counts: int, crawled: Callable[..., Crawled]) -> None:
    works = Works(4)
    works.counts = counts
    crawl = crawled(crossref(), works)
    assert not crawl.complete
    assert crawl.session.problems["crawl"] == f"works/2024: Crossref counts {4 + counts}, its pages list 4"
    assert crawl.spider.read_whole() == set()


def test_pages_that_repeat_are_a_loss(crawled: Callable[..., Crawled]) -> None:
    works = Works(6)
    first = works.dois[:2]
    works.before = lambda query: None if query["cursor"] == "*" else (200, answer_of(first, 6, query["cursor"] + "x"))
    crawl = crawled(crossref(), works)
    assert not crawl.complete
    assert crawl.session.problems["crawl"] == "works/2024: page 2 brings nothing new, the list goes round"


def answer_of(dois: list[str], total: int, cursor: str) -> dict[str, Any]:
    message = {"items": [{"DOI": doi} for doi in dois], "total-results": total, "next-cursor": cursor}
    return {"status": "ok", "message-type": "work-list", "message": message}


def test_a_cursor_that_expired_leaves_the_year_incomplete(crawled: Callable[..., Crawled]) -> None:
    refused = {"status": "failed", "message-type": "resource-failure", "message": [{"message": "Cursor is invalid"}]}
    for status in (404, 200):
        works = Works(4)
        works.before = lambda query, status=status: None if query["cursor"] == "*" else (status, refused)
        crawl = crawled(crossref(), works)
        assert not crawl.complete
        said = crawl.session.problems["works/2024/page-2"]
        assert said == ("HTTP 404" if status == 404 else "Crossref answers with an error: Cursor is invalid")


def test_more_than_a_list_shows_is_not_asked_for(crawled: Callable[..., Crawled]) -> None:
    crawl = crawled(crossref(), lambda request: (200, answer_of(["10.5555/1"], 10_001, "x")))
    assert crawl.keys == ["works/2024"]
    assert crawl.session.problems["crawl"] == "works/2024: 10001 are counted, a list shows its first 10000"


def test_what_is_no_page_is_not_healthy(crawled: Callable[..., Crawled]) -> None:
    bodies: list[Any] = [
        b"Resource not found.",
        {"status": "ok", "message-type": "work", "message": {"DOI": "10.1/x"}},
        [],
    ]
    for body in bodies:
        assert not crawled(crossref(), lambda request, body=body: (200, body)).complete


def test_the_identity_of_a_page_is_of_its_works(crawled: Callable[..., Crawled]) -> None:
    spider = crawled(crossref(), Works(1)).spider
    bodies = [
        b'{"status":"ok","message":{"items":[{"DOI":"10.1/x"}],"total-results":1,"next-cursor":"%s"}}' % c
        for c in (b"a", b"b")
    ]
    assert spider.identity(bodies[0]) == spider.identity(bodies[1])
    assert spider.identity(bodies[0]) != spider.identity(bodies[0].replace(b"10.1/x", b"10.1/y"))


class Organisations:
    """ROR's list of a country in pages of two."""

    def __init__(self, *pages: list[str], total: int | None = None) -> None:
        self.pages = pages
        self.total = sum(map(len, pages)) if total is None else total

    def __call__(self, request: Request) -> Answer:
        number = int(query_of(request)["page"])
        items = self.pages[number - 1] if number <= len(self.pages) else []
        return 200, {"number_of_results": self.total, "items": [{"id": f"https://ror.org/{known}"} for known in items]}


def test_pages_of_organisations_are_counted(crawled: Callable[..., Crawled]) -> None:
    crawl = crawled(source_of("ror_luxembourg"), Organisations(["a", "b"], ["c", "d"], ["e"]))
    assert crawl.keys == ["organisations", "organisations/page-2", "organisations/page-3"]
    assert crawl.complete
    assert all("all_status=" in request.url for request in crawl.asked)


@pytest.mark.parametrize(
    ("publisher", "said", "asked"),
    [
        (Organisations(["a", "b"], ["b", "c"]), "organisations: ROR counts 4, its pages list 3", 2),
        (Organisations(["a", "b"], total=5), "organisations: ROR counts 5, its pages list 2", 2),
        (Organisations(["a", "b"], ["a", "b"]), "organisations: page 2 brings nothing new, the list goes round", 2),
    ],
)
def test_organisations_that_the_pages_leave_out_are_a_loss(
    publisher: Organisations, said: str, asked: int, crawled: Callable[..., Crawled]
) -> None:
    crawl = crawled(source_of("ror_luxembourg"), publisher)
    assert not crawl.complete
    assert crawl.session.problems["crawl"] == said
    assert len(crawl.asked) == asked


def test_an_error_of_ror_is_not_healthy(crawled: Callable[..., Crawled]) -> None:
    crawl = crawled(source_of("ror_luxembourg"), lambda request: (200, {"errors": ["illegal"]}))
    assert crawl.session.problems["organisations"] == "ROR answers with an error: ['illegal']"


def test_papers_go_on_at_the_next_offset(crawled: Callable[..., Crawled]) -> None:
    def search(request: Request) -> Answer:
        offset = int(query_of(request)["offset"])
        data = [{"paperId": f"{number:040x}"} for number in range(offset, min(offset + 100, 150))]
        return 200, {"total": 150, "offset": offset, "data": data} | ({"next": 100} if offset == 0 else {})

    crawl = crawled(source_of("semantic_scholar_lu", first_year=2024, last_year=2024), search)
    assert crawl.keys == ["papers/2024", "papers/2024/page-2"]
    assert crawl.complete
    nothing = crawled(
        source_of("semantic_scholar_lu", first_year=2024, last_year=2024), lambda r: (200, {"total": 0, "offset": 0})
    )
    assert nothing.complete


@pytest.mark.parametrize(
    ("source", "params"),
    [
        ("crossref_fnr", {"funder": "FNR"}),
        ("crossref_fnr", {"rows": 5_000}),
        ("crossref_fnr", {"first_year": 2025, "last_year": 2024}),
        ("ror_luxembourg", {"country": "lu"}),
        ("semantic_scholar_lu", {"query": ""}),
    ],
)
def test_parameters_that_cannot_be_planned(
    source: str, params: dict[str, Any], crawled: Callable[..., Crawled]
) -> None:
    with pytest.raises(RegistryError, match=rf"^{source}\.yaml: params\."):
        crawled(source_of(source, **params), Works(0))
