"""The shape that all spiders share: ask what was planned, say of each answer whether it is healthy.

Belongs here: settling planned keys. Never here: what healthy means for one publisher.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import scrapy
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from scrapers.archive import strip_url
from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.middleware import UNDECODED, reason_of
from scrapers.plan import Planned
from scrapers.session import CrawlSession

MAX_REQUESTS = 20_000  # of one crawl: a publisher's paging that never ends must


class PlannedSpider(scrapy.Spider, ABC):
    """Requests of ``session.planned``. A subclass says in ``problem_with`` what is wrong with a 200, and in ``follow``
    which further requests a healthy answer calls for: the next page, the pages of a list.
    """

    session: CrawlSession

    def __init__(self, session: CrawlSession, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session

    async def start(self) -> AsyncIterator[Request]:
        for planned in self.session.planned:
            yield self.request(planned)

    def request(self, planned: Planned) -> Request:
        return Request(
            planned.url,
            method=planned.method,
            body=planned.body,
            headers=planned.headers,
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"key": planned.key},
            dont_filter=True,  # a plan has no duplicates, and a retry must pass
        )

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        problem = _status_problem(response) if response.status != 200 else None
        if problem is None and UNDECODED in response.flags:
            problem = str(response.request.meta.get("undecoded")) if response.request else "undecoded"
        problem = problem or self.problem_with(response.body)
        if problem:
            self.session.fail(key, problem)
            return
        self.session.settle(key, hashlib.sha256(response.body).hexdigest())
        for planned in self.follow(response.body, response.url, key):
            if len(self.session.planned) >= MAX_REQUESTS:
                self.session.fail("crawl", f"more than {MAX_REQUESTS} requests are called for; the rest is left out")
                return
            if self.session.plan(planned):
                yield self.request(planned)

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        """Further requests that a healthy answer calls for; the crawl is complete only with theirs."""
        return ()

    def failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        self.session.fail(request.cb_kwargs["key"], reason_of(failure.value))

    @abstractmethod
    def problem_with(self, body: bytes) -> str | None:
        """One line why this body is not what was asked for; None if it is."""


def _status_problem(response: Response) -> str:
    """The status, and where a redirect that was not followed wanted to go."""
    target = (response.headers.get("Location") or b"").decode("latin-1")
    if not 300 <= response.status < 400 or not target:
        return f"HTTP {response.status}"
    try:
        target = strip_url(target)
    except ValueError:
        target = "an address that is none"
    return f"HTTP {response.status} to {one_line(target)[:200]}, which is not followed"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object, or None; read as tolerantly as the decoder will, so that both judge alike."""
    try:
        value, _ = load_json(body)
    except UnreadableError:
        return None
    return value if isinstance(value, dict) else None
