"""Crawls of a spider one after the other by a clock of the test's own, without a process and without a network.

Belongs here: driving a spider as Scrapy and the middleware do, and the readings that come of its crawls, judged as the
warehouse judges them. Never here: servers (``oai_server``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import SimpleNamespace

from scrapy.http import Request, TextResponse

from scrapers.decode import DecodeContext, UnreadableError, decode
from scrapers.items import ResearchOutput
from scrapers.plan import planned_requests
from scrapers.registry import Source, source_by_id
from scrapers.session import CrawlSession
from scrapers.spiders import spider_class
from tests.scrapers.site import Answer

MAX_REQUESTS = 500  # of one harvest
WAITED_FOR = (429, 503)


@cache  # reading the whole registry takes longer than most harvests
def registered(source_id: str) -> Source:
    return source_by_id(source_id)


@dataclass
class Harvests:
    """A source's crawls against a server; ``crawls`` are what its archive would hold of them."""

    source: Source
    server: Callable[[str], Answer]
    crawls: list[SimpleNamespace] = field(default_factory=list)
    last: dict[str, tuple[int, ResearchOutput]] = field(default_factory=dict)  # id -> number of the crawl, reading
    asked: int = 0
    waits: list[float] = field(default_factory=list)

    def crawl(self, now: datetime) -> SimpleNamespace:
        session = CrawlSession(
            source=self.source,
            mode="live",
            archive=SimpleNamespace(crawls=lambda source_id: list(self.crawls)),  # type: ignore[arg-type]
            pace=SimpleNamespace(block=lambda host, seconds: self.waits.append(seconds)),  # type: ignore[arg-type]
            deadline=float("inf"),
            user_agent="test",
            planned=planned_requests(self.source),
        )
        spider = spider_class(self.source.spider)(session=session)
        due = deque(spider.request(planned) for planned in list(session.planned))
        asked = 0
        while due:
            request = due.popleft()
            asked += 1
            assert asked <= MAX_REQUESTS, "the harvest never ends"
            answer = self.server(request.url)
            if answer.status in WAITED_FOR:  # as scrapers.middleware.Manners does
                self.waits.append(float(answer.headers["Retry-After"]))
                due.appendleft(request)
                continue
            response = TextResponse(
                request.url, answer.status, headers=answer.headers, body=answer.body, request=request
            )
            self._decode(response)
            due.extend(one for one in spider.parse(response, **request.cb_kwargs) if isinstance(one, Request))
        spider.closed("finished")
        self.asked += asked
        said = session.stats()
        record = SimpleNamespace(
            started_at=now,
            complete=session.complete,
            whole=said.whole,
            complete_keys=said.complete_keys,
            remarks=said.remarks,
            problems=said.problems,
            is_reconstructed=False,
            requests=asked,
        )
        self.crawls.append(record)
        return record

    def _decode(self, response: TextResponse) -> None:
        if response.status != 200:
            return
        context = DecodeContext("harvest", "crawl", "0" * 64, response.url, datetime.fromisoformat("2026-07-01T00:00Z"))
        try:
            found = decode(self.source.format, response.body, context)
        except UnreadableError:
            return
        self.last |= {
            one.record_id: (len(self.crawls), one) for one in found.records if isinstance(one, ResearchOutput)
        }

    def latest(self, name_of: Callable[[ResearchOutput], str]) -> Mapping[str, str]:
        """Name -> title of what is there by the last readings: not deleted, and not absent from a later whole crawl."""
        whole = max((at for at, one in enumerate(self.crawls) if one.complete and "" in one.whole), default=-1)
        return {
            name_of(record): record.title
            for number, record in self.last.values()
            if not record.is_deleted and number >= whole
        }
