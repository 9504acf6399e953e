"""OpenAlex and our crawls of it over many days, in one process and with a clock of its own.

Belongs here: a publisher that adds, changes, deletes and merges works, charges for requests and forgets cursors; and a
crawl that is all ours but for Scrapy's engine and the network: spider, budget, manners, archive, decoder. Never here:
what is expected.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from scrapy.http import Headers, Request, Response, TextResponse
from twisted.python.failure import Failure

from scrapers.archive import Archive, ArchiveWriter, CrawlRecord, crawl_id_of
from scrapers.middleware import Door, Manners
from scrapers.netguard import _refuse_over_budget, heed
from scrapers.pace import Pace, RefusedError
from scrapers.plan import planned_requests
from scrapers.registry import Source
from scrapers.session import CrawlSession, host_of
from scrapers.spiders.openalex import OpenAlexSpider

HOST = "api.openalex.org"
_CLOCKS = ("scrapers.spiders.openalex", "scrapers.netguard", "scrapers.middleware", "scrapers.session")


class KilledError(Exception):
    """The crawl process is gone."""


@dataclass
class Publisher:
    """Works by id; a day's budget of requests; cursors that name a place and the day they were made on."""

    works: dict[str, dict[str, Any]] = field(default_factory=dict)
    limit: int = 60
    remaining: int = 60
    bursts: list[int] = field(default_factory=list)  # numbers of requests of the day that come too fast
    cursors_since: str = ""  # cursors of before this day are refused
    gone: dict[str, str] = field(default_factory=dict)  # id -> the work it was merged into, or ""
    touched: dict[str, datetime] = field(default_factory=dict)
    asked: int = 0  # of the day
    over: int = 0  # answers that the budget is spent, of the day
    _number: int = 0

    def new_day(self, remaining: int | None = None) -> None:
        self.remaining = self.limit if remaining is None else remaining
        self.asked = self.over = 0
        self.bursts = []

    def put(self, year: int, now: datetime, work_id: str | None = None) -> str:
        """A new work, or another state of one."""
        self._number += 1
        known = self.works.get(work_id or "")
        work_id = work_id or f"W{self._number:06d}"
        day = known["publication_date"] if known else f"{year}-{self._number % 12 + 1:02}-{self._number % 28 + 1:02}"
        home = {"id": f"https://openalex.org/I{self._number % 3 + 1}", "country_code": "LU"}
        self.works[work_id] = {
            "id": f"https://openalex.org/{work_id}",
            "title": f"Work {work_id} in state {self._number}",
            "publication_year": year,
            "publication_date": day,
            "authorships": [{"institutions": [home]}] + [{"institutions": []}] * (self._number % 2),
            "topics": [],
            "is_xpac": False,
        }
        self.touched[work_id] = now
        return work_id

    def drop(self, work_id: str, now: datetime, into: str = "") -> None:
        del self.works[work_id]
        self.gone[work_id] = into
        self.touched[work_id] = now

    def answer(self, url: str, now: datetime) -> tuple[int, dict[str, str], bytes]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.asked += 1
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        reset = str(int((midnight - now).total_seconds()))
        fields = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Reset": reset, "X-RateLimit-Credits-Used": "1"}
        if self.asked in self.bursts:
            fields |= {"X-RateLimit-Remaining": str(self.remaining), "Retry-After": "0"}
            return 429, fields, b'{"error":"Too Many Requests","message":"more than 100 requests a second"}'
        if self.remaining < 1:
            self.over += 1
            fields |= {"X-RateLimit-Remaining": "0", "Retry-After": reset}
            return 429, fields, b'{"error":"Too Many Requests","message":"daily budget exceeded"}'
        self.remaining -= 1
        fields["X-RateLimit-Remaining"] = str(self.remaining)
        after: tuple[str, ...] = ()
        if query["cursor"] != "*":
            made_on, *place = orjson.loads(base64.b64decode(query["cursor"]))
            if made_on < self.cursors_since:
                return 400, fields, b'{"error":"Invalid query parameters error.","message":"cursor is not valid"}'
            after = tuple(place)
        year, size = int(query["filter"].rpartition(":")[2]), int(query["per_page"])
        listed = sorted((w["publication_date"], w["id"]) for w in self.works.values() if w["publication_year"] == year)
        part = [place for place in listed if place > after][:size]
        cursor = base64.b64encode(orjson.dumps([now.date().isoformat(), *part[-1]])).decode() if part else None
        meta = {"count": len(listed), "next_cursor": cursor, "cost_usd": 0.0001}
        works = [self.works[name.rpartition("/")[2]] for _, name in part]
        return 200, fields, orjson.dumps({"meta": meta, "results": works, "group_by": []})


class Clock:
    """The time of day, and one second a request."""

    def __init__(self) -> None:
        self.now = datetime(2026, 9, 1, 3, tzinfo=UTC)

    def utc_now(self) -> datetime:
        return self.now


@contextmanager
def clock_of(patch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    with patch.context() as context:
        for module in _CLOCKS:
            context.setattr(f"{module}.utc_now", clock.utc_now)
        yield clock


def crawl_day(root: Path, source: Source, publisher: Publisher, clock: Clock, killed_after: int = 0) -> CrawlRecord:
    """One crawl at this time; ``killed_after`` so many answers its process dies."""
    archive = Archive(root)
    archive.recover()
    identity = crawl_id_of(clock.now, f"{random.Random(str(clock.now)).getrandbits(32):08x}")
    planned = planned_requests(source)
    session = CrawlSession(source, "live", archive, Pace(), time.monotonic() + 600, "test", planned)
    try:
        with ArchiveWriter(root, source.id, identity, clock.now, archive=archive) as writer:
            session.writer = writer
            _run(session, publisher, clock, killed_after)
            writer.sign_off("finished", session.complete, session.stats())
    except KilledError:
        archive.recover()
    return next(record for record in Archive(root).crawls(source.id) if record.crawl_id == identity)


async def _all(requests: AsyncIterator[Request]) -> list[Request]:
    return [request async for request in requests]


def _run(session: CrawlSession, publisher: Publisher, clock: Clock, killed_after: int) -> None:
    spider = OpenAlexSpider(session=session)
    crawler: Any = SimpleNamespace(spider=spider)
    door, manners = Door(crawler), Manners(crawler)
    waiting = asyncio.run(_all(spider.start()))
    answers = 0
    while waiting:
        request = waiting.pop(0)
        try:
            manners.process_request(request)
            door.process_request(request)
            _refuse_over_budget(session, request, host_of(request.url))
        except RefusedError as error:
            failure: Any = Failure(error)
            failure.request = request
            waiting += spider.failed(failure)
            continue
        session.sent(request)
        status, fields, body = publisher.answer(request.url, clock.now)
        clock.now += timedelta(seconds=1)
        response: Response | Request = TextResponse(request.url, status, Headers(fields), body, request=request)
        assert isinstance(response, Response)
        heed(session, request, response)
        response = manners.process_response(request, door.process_response(request, response))
        if isinstance(response, Request):
            waiting.insert(0, response)
            continue
        waiting += [one for one in spider.parse(response, **request.cb_kwargs) if isinstance(one, Request)]
        answers += 1
        if answers == killed_after:
            raise KilledError
    spider.closed("finished")
