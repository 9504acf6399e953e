"""OpenAlex works: one chain of cursor pages a year of publication.

Belongs here: telling a page of works from an error document, the next page, whether the pages of a year are all of it,
and starting a chain anew whose cursor is refused. Never here: what a work says (``scrapers/decoders/openalex.py``),
which years are read and where they go on (``openalex_years``).

Why pages are named by year and number. A cursor is the place after the last work of a page, so its text changes when
works before it do: keys made of cursors would differ from crawl to crawl, and so would the fingerprint of crawls that
brought the same. The address does hold the cursor, which is what replay needs: the newest first page of a year leads
to the pages that were archived with it or after it. Works are sorted by date of publication, oldest first, so that new
works touch the end of a year's chain and leave the cursors before it alone. A 304 confirms a page with its cursor, so
it carries the chain on as a 200 does. ``meta`` holds the time that the database took: identity is of the works alone.

A year is read whole or not at all, and the crawl signs off which ones (``read_whole``): a year that it did not plan, or
could not end, keeps its works. The day's budget is watched by the download handler (``scrapers.budget``).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import orjson
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from scrapers.budget import Budget
from scrapers.items import utc_now
from scrapers.plan import Planned, openalex_next
from scrapers.session import host_of
from scrapers.spiders.base import PlannedSpider, json_object
from scrapers.spiders.openalex_years import chosen, known_years, newest_answer, year_of

_TOLERANCE = 0.005  # share of a year's works that may come or go while its pages are read
_LEAST_TOLERANCE = 2
_REFUSED = (400, 404, 410, 422)  # of a cursor that the server does not know any more
_SHARE = 0.5  # of the day's budget, where the source says nothing


class OpenAlexSpider(PlannedSpider):
    """Works of a country and a window of years (``scrapers.plan.openalex_url``)."""

    name = "openalex"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._works: dict[str, set[str]] = defaultdict(set)  # chain -> ids of its works
        self._cursors: dict[str, set[str]] = defaultdict(set)
        self._whole: set[str] = set()  # chains that were read to their end
        self._first = {planned.key: planned for planned in self.session.planned}
        self._restarted: set[str] = set()
        if self.session.mode == "live" and self.session.purpose == "crawl":
            self._plan()
        self._waiting = deque(self.session.planned)

    def _plan(self) -> None:
        """The years of this crawl, each from the page where an earlier one stopped; and what is known of the budget."""
        session, source = self.session, self.session.source
        params, now = source.params, utc_now()
        known = known_years(session.archive, source, session.planned, now)
        planned = []
        for first in chosen(session.planned, known, params.get("newest_years", 50), params.get("older_per_crawl", 1)):
            begun = known[first.key].begun
            if begun is None or begun.page == 1:
                planned.append(first)
                continue
            self._works[first.key] |= begun.works
            self._cursors[first.key] |= begun.cursors
            session.remarks[first.key] = f"goes on at page {begun.page}, the last that is archived"
            planned.append(Planned(f"{first.key}/page-{begun.page}", begun.url))
        session.replan(planned)
        host = host_of(planned[0].url)
        session.budget = Budget(host, params.get("budget_share", _SHARE), params.get("budget_usd"))
        last = newest_answer(session.archive, source, host)
        if last is not None:
            session.budget.seen(last.headers, last.retrieved_at)

    async def start(self) -> AsyncIterator[Request]:
        for request in self._next_list():
            yield request

    def _next_list(self) -> Iterator[Request]:
        """One list after the other: what ends early then leaves one of them half read, and not several."""
        if self._waiting:
            yield self.request(self._waiting.popleft())

    def failed(self, failure: Failure) -> Iterator[Request]:  # type: ignore[override]
        super().failed(failure)
        yield from self._next_list()

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        chain, _, number = key.partition("/page-")
        if number and chain not in self._restarted and self._is_refused(response):
            self._restarted.add(chain)
            self.session.remarks[chain] = f"the cursor of page {number} was refused; read from the first page again"
            self._works[chain].clear()
            self._cursors[chain].clear()
            others = [planned for planned in self.session.planned if _chain(planned.key) != chain]
            self.session.replan([*others, self._first[chain]])
            yield self.request(self._first[chain])
            return
        following = list(super().parse(response, key))
        yield from following or self._next_list()

    def _is_refused(self, response: Response) -> bool:
        if self.session.mode == "replay":
            return False
        return response.status in _REFUSED or (response.status == 200 and "error" in (json_object(response.body) or {}))

    def read_whole(self) -> set[str]:
        return {year_of(chain) for chain in self._whole}

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        if "error" in answer:  # {"error": "...", "message": "..."}, with status 200 too
            return f"OpenAlex answers with an error: {answer['error']}: {str(answer.get('message', ''))[:160]}"
        results, meta = answer.get("results"), answer.get("meta")
        if not isinstance(results, list) or not isinstance(meta, dict):
            return "the answer is not a page of works"
        if not isinstance(meta.get("count"), int) or "next_cursor" not in meta:
            return "the page says neither how many works there are nor where it goes on"
        return None

    def identity(self, body: bytes) -> str:
        results = (json_object(body) or {}).get("results")
        return hashlib.sha256(orjson.dumps(results, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        answer = json_object(body) or {}
        meta, results = answer["meta"], answer["results"]
        chain, _, number = key.partition("/page-")
        works, cursors = self._works[chain], self._cursors[chain]
        works.update(str(work.get("id")) for work in results if isinstance(work, dict))
        if self.session.budget is not None:
            self.session.budget.charged(meta.get("cost_usd"))
        cursor = meta["next_cursor"]
        if not isinstance(cursor, str) or not cursor:
            self._check_whole(chain, len(works), meta["count"])
        elif cursor in cursors:
            self.session.fail("crawl", f"{chain}: the cursor goes round after page {number or 1}")
        elif not results:
            self._check_whole(chain, len(works), meta["count"])  # an empty page that names a next one: the end
        else:
            cursors.add(cursor)
            yield Planned(f"{chain}/page-{int(number or 1) + 1}", openalex_next(url, cursor))

    def _check_whole(self, chain: str, found: int, count: int) -> None:
        if abs(count - found) > max(_LEAST_TOLERANCE, count * _TOLERANCE):
            self.session.fail("crawl", f"{chain}: OpenAlex counts {count} works, its pages list {found}")
        else:
            self._whole.add(chain)


def _chain(key: str) -> str:
    return key.partition("/page-")[0]
