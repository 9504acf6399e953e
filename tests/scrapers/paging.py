"""One crawl without network and process: an invented publisher answers the requests of the spider itself.

Belongs here: the loop, and sources for it. Never here: publishers, expectations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from scrapy.http import Request, TextResponse

from scrapers.items import utc_now
from scrapers.plan import planned_requests
from scrapers.registry import Source, source_by_id
from scrapers.session import CrawlSession
from scrapers.spiders import spider_class

Answer = tuple[int, Any]
CHALLENGE = b"<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>"


class Known:
    """An archive that knows answers, by address: age, status and body of each, the newest first."""

    def __init__(self, said: dict[str, list[tuple[timedelta, int, bytes]]]) -> None:
        self.said = said

    def answers(self, method: str, url: str, *_: object) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                status=status,
                not_modified=False,
                retrieved_at=utc_now() - age,
                capture_id=f"{url} {number}",
                body=body,
            )
            for number, (age, status, body) in enumerate(self.said.get(url, ()))
        ]

    def read(self, answer: SimpleNamespace) -> SimpleNamespace:
        return answer


class Crawled:
    """One crawl of a source against a publisher: what was asked, in order, and what came of it."""

    def __init__(self, source: Source, publisher: Callable[[Request], Answer], archive: object) -> None:
        self.session = CrawlSession(
            source=source,
            mode="live",
            archive=archive,  # type: ignore[arg-type]
            pace=None,  # type: ignore[arg-type]
            deadline=float("inf"),
            user_agent="test",
            planned=planned_requests(source),
        )
        self.spider = spider_class(source.spider)(session=self.session)
        self.asked: list[Request] = []
        due = deque(self.spider.request(planned) for planned in list(self.session.planned))
        while due:
            request = due.popleft()
            self.asked.append(request)
            assert len(self.asked) < 1000, "the paging never ends"
            status, body = publisher(request)
            raw = body if isinstance(body, bytes) else orjson.dumps(body)
            due.extend(
                self.spider.parse(TextResponse(request.url, status, body=raw, request=request), **request.cb_kwargs)
            )

    @property
    def keys(self) -> list[str]:
        return [request.cb_kwargs["key"] for request in self.asked]

    @property
    def offers(self) -> list[str]:
        return [key for key in self.keys if "/offer/" in key]

    @property
    def complete(self) -> bool:
        return self.session.complete


def source_of(source_id: str, *boards: str | dict[str, Any], **params: Any) -> Source:
    source = _registered(source_id)
    listed = [{"board": board} if isinstance(board, str) else board for board in boards]
    given = {name: value for name, value in source.params.items() if name != "boards_from"} | params
    return source.model_copy(update={"params": given | ({"boards": listed} if listed else {})})


@cache  # reading the whole registry takes longer than most of these crawls
def _registered(source_id: str) -> Source:
    return source_by_id(source_id)


def query_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
