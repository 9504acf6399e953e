"""Eurostat's statistics API and its tables: one answer a query, at once or later.

Belongs here: telling a data answer from a message that comes with status 200, and waiting for data that are queued.
Never here: cells and flags, what such a message says (``scrapers/decoders/eurostat_async.py``).

Waiting is polite and bounded: one question after each of ``WAITS`` seconds (``params.waits``), none when the crawl's
time would not last, and then the planned query has failed. In replay nothing is waited for.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from scrapy.http import Request, Response

from scrapers.decoders.eurostat_async import Later, later
from scrapers.plan import Planned
from scrapers.session import CrawlSession
from scrapers.spiders.base import PlannedSpider, as_time, json_object

WAITS = (10, 20, 40, 60, 90)  # seconds; an answer of the size that we ask for is made within minutes
_EMPTY = "the answer has no value: a code of the query may not exist in the dataset any more"
_TABLES = {  # api -> what the first line of its tables has
    "tsv": re.compile(rb"\\TIME_PERIOD"),
    "sdmx-csv": re.compile(rb"^(?:\xef\xbb\xbf)?\"?(?:DATAFLOW|STRUCTURE)\b[^\n]*TIME_PERIOD"),
}
_NOT_YET = (202, 204, 404)  # of the address of a file to come


class EurostatSpider(PlannedSpider):
    """Answers of a dataset: JSON-stat (``scrapers.plan.eurostat_url``), or as ``params.api`` says TSV or SDMX-CSV."""

    name = "eurostat"

    def __init__(self, session: CrawlSession, **kwargs: object) -> None:
        super().__init__(session, **kwargs)
        params = session.source.params
        self._begins = _TABLES.get(str(params.get("api")))
        self._waits = tuple(params.get("waits", WAITS))
        self._asked: dict[str, int] = {}  # key -> questions after the first
        self._files: set[str] = set()  # keys that wait for a file at an address of its own
        self._may_be_empty = set(_peers(params.get("queries")))

    async def parse(self, response: Response, key: str) -> AsyncIterator[Request]:  # type: ignore[override]
        said = self._said(response, key)
        if said is None or self.session.purpose == "watch":
            for request in super().parse(response, key):
                yield request
            return
        seconds = self._next_wait(key, said)
        if said.next_url is None or seconds is None:
            if said.kind == "never":
                self.session.fail(key, said.said)
            else:
                self.session.fail(key, f"{said.said} (asked {self._asked.get(key, 0) + 1} times)", "unreachable")
            return
        self._asked[key] = self._asked.get(key, 0) + 1
        if said.kind == "file":
            self._files.add(key)
        await asyncio.sleep(seconds)
        yield self.request(Planned(key, said.next_url))

    def _said(self, response: Response, key: str) -> Later | None:
        if response.status == 200:
            return later(response.body, response.url)
        if key in self._files and response.status in _NOT_YET:
            return Later("file", f"HTTP {response.status}: the file is not there yet", response.url)
        return None

    def _next_wait(self, key: str, said: Later) -> int | None:
        """Seconds until the next question; None when it is not to be asked any more."""
        asked = self._asked.get(key, 0)
        if asked > len(self._waits):
            return None
        if self.session.mode == "replay":  # the archive has one answer to each question, so asking again is no use
            return None if said.kind == "again" else 0
        if said.kind == "ready":
            return 0
        left = self.session.deadline - time.monotonic()
        return self._waits[asked] if asked < len(self._waits) and self._waits[asked] < left else None

    def problem_of(self, body: bytes, key: str) -> str | None:
        problem = self.problem_with(body)
        return None if problem == _EMPTY and key in self._may_be_empty else problem

    def problem_with(self, body: bytes) -> str | None:
        if self._begins is not None:
            is_table = body[:2] in (b"PK", b"\x1f\x8b") or self._begins.search(body[:4096])
            return None if is_table else "the answer is not a table of Eurostat's"
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        for name in ("warning", "error"):
            if name in answer:  # {"warning": {"status": 413, "label": "..."}}: the query went to a queue
                return f"Eurostat answered with a {name}: {str(answer[name])[:120]}"
        if "value" not in answer or "dimension" not in answer:
            return "the answer is not a JSON-stat dataset"
        if not answer["value"]:
            return _EMPTY
        return None

    def upstream_at(self, body: bytes) -> datetime | None:
        """The field ``updated`` of a JSON-stat answer: when Eurostat last changed the dataset."""
        return None if self._begins is not None else as_time((json_object(body) or {}).get("updated"))


def _peers(queries: object) -> Iterator[str]:
    """Keys of queries for one code of several, but the first: that it has no figures is no fault of the dataset.
    The first of a list is the one that the source is about.
    """
    for query in queries if isinstance(queries, list) else []:
        each = query.get("each")
        codes = query["filters"].get(each) if each else []
        yield from (f"{query.get('key')}/{code}" for code in codes[1:])
