"""Which boards a crawl read whole: the crawl says so at its end, whatever was left of what is not the list."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from scrapy.http import Request, TextResponse
from twisted.python.failure import Failure

from scrapers.plan import Planned
from scrapers.run import LEAST_SECONDS, MOST_SECONDS, time_limit
from scrapers.session import CrawlSession
from scrapers.spiders import base, spider_class
from scrapers.spiders.base import PlannedSpider
from tests.scrapers.paging import Crawled, Known, source_of

# Two boards: one of two pages and three ads, one of a single page; each answer calls for those after it.
CALLS = {"a": ["a/page-2", "a/offer/1"], "a/page-2": ["a/offer/2", "a/page/https://a.example/3"], "b": ["b/offer/1"]}


class Told(PlannedSpider):
    """Asks what ``CALLS`` says; fails with the crawl, or with an error of its own, where it is told to."""

    name = "told"
    fails_at = breaks_at = ""

    def problem_with(self, body: bytes) -> str | None:
        return None if body == b"good" else "not what was asked for"

    def is_list(self, key: str) -> bool:
        return "/offer/" not in key and "/page/" not in key

    def follow(self, body: bytes, url: str, key: str) -> Iterator[Planned]:
        if key == self.fails_at:
            self.session.fail("crawl", "the publisher counts more than it lists")
        for number, called in enumerate(CALLS.get(key, ())):
            if key == self.breaks_at and number:
                raise ValueError("nobody thought of this")
            yield Planned(called, f"https://x.example/{called}")


def read_whole(
    lost: Collection[str], *, bad: Collection[str] = (), boards: tuple[str, ...] = ("a", "b"), **told: Any
) -> set[str]:
    """What the crawl signs off when these keys are never answered, and those with what they are not."""
    planned = [Planned(key, f"https://x.example/{key}") for key in ("a", "b")]
    source = source_of("greenhouse_boards", *boards)
    session = CrawlSession(source, "live", None, None, float("inf"), "test", planned)  # type: ignore[arg-type]
    spider = Told(session)
    spider.__dict__.update(told)
    due = deque(spider.request(one) for one in planned)
    while due:
        request = due.popleft()
        key, depth = request.cb_kwargs["key"], request.meta.get("depth", 0)
        if key in lost:
            continue
        if key in bad and key.startswith("a/page-"):
            failure = Failure(TimeoutError("no answer"))
            failure.request = request  # type: ignore[attr-defined]
            spider.failed(failure)
            continue
        answer = TextResponse(request.url, body=b"bad" if key in bad else b"good", request=request)
        try:
            for called in spider.parse(answer, key):
                due.append(called.replace(meta={"depth": depth + 1}))
        except ValueError:
            assert key == told["breaks_at"]  # Scrapy logs it and goes on with other answers
    spider.closed("finished")
    assert session.stats().whole == sorted(session.whole)
    return session.whole


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ({"lost": set()}, {"a", "b"}),
        ({"lost": set(), "bad": {"a/offer/2", "a/page/https://a.example/3"}}, {"a", "b"}),  # the list came all the same
        ({"lost": {"a/offer/1", "a/offer/2", "b/offer/1"}}, {"a", "b"}),  # time was up in the ads
        ({"lost": {"a/page-2"}}, {"b"}),  # time was up in the list
        ({"lost": {"a", "b"}}, set()),
        ({"lost": set(), "bad": {"a/page-2"}}, {"b"}),
        ({"lost": set(), "bad": {"b"}}, {"a"}),
        ({"lost": set(), "breaks_at": "a/page-2"}, {"b"}),  # what it would have called for, nobody knows
        ({"lost": set(), "breaks_at": "a"}, {"b"}),
        ({"lost": set(), "fails_at": "b"}, set()),
        ({"lost": {"a/offer/1"}, "boards": ()}, {""}),  # a portal is read whole or not at all
        ({"lost": {"a/page-2"}, "boards": ()}, set()),
    ],
)
def test_a_board_is_whole_if_all_of_its_list_came_and_was_followed(said: dict[str, Any], whole: set[str]) -> None:
    assert read_whole(**said) == whole


@pytest.mark.parametrize(("bound", "value"), [("MAX_REQUESTS", 5), ("MAX_DEPTH", 1)])
def test_a_list_that_was_cut_short_is_not_whole(monkeypatch: pytest.MonkeyPatch, bound: str, value: int) -> None:
    monkeypatch.setattr(base, bound, value)
    assert "a" not in read_whole(set())


def test_what_spiders_take_for_a_list() -> None:
    keys = {
        "careers_pages": {"acme": True, "acme/list/2": True, "acme/page/https://acme.example/list/2": False},
        "smartrecruiters_boards": {"acme": True, "acme/page-2": True, "acme/offer/2": False},
        "workday_boards": {"acme.jobs/in-locations/page-2": True, "acme.jobs/offer/2": False},
        "govjobs": {"list:20": True, "https://govjobs.example/post": False},
        "lever_boards": {"acme": True, "acme/page-2": True},
    }
    for source_id, said in keys.items():
        source = source_of(source_id)
        session = CrawlSession(source, "live", None, None, 0.0, "test", [])  # type: ignore[arg-type]
        spider = spider_class(source.spider)(session=session)
        assert {key: spider.is_list(key) for key in said} == said


@pytest.mark.parametrize(
    ("total", "listed", "whole"),
    [(2, ["1", "2"], {"acme"}), (3, ["1", "2"], set())],
)
def test_a_board_in_pages_is_whole_by_its_list_alone(total: int, listed: list[str], whole: set[str]) -> None:
    place = {"city": "Luxembourg", "country": "lu"}

    def publisher(request: Request) -> tuple[int, Any]:
        if "/postings/" in request.url:
            return 500, {}
        ads = [{"id": ad, "name": f"Cook {ad}", "location": place} for ad in listed]
        return 200, {"offset": 0, "limit": 100, "totalFound": total, "content": ads}

    crawled = Crawled(source_of("smartrecruiters_boards", "acme"), publisher, Known({}))
    assert not crawled.complete
    assert crawled.spider.read_whole() == whole


def test_a_crawl_may_take_as_long_as_its_source_may_ask() -> None:
    asked = {
        offers: time_limit(source_of("smartrecruiters_boards", "acme", max_pages=10, offers_per_crawl=offers))
        for offers in (0, 489, 10**6)
    }
    assert asked == {0: LEAST_SECONDS, 489: 500 * 3, 10**6: MOST_SECONDS}
