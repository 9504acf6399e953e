"""Catalogues of open data portals that run udata: queries, page by page, and single data sets.

Belongs here: the next page, and whether the pages of a query are all of it. Never here: what an entry says
(``scrapers/decoders/udata.py``).

Counts of views and followers change all the time, so identity is of what the entries say, not of the whole body.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from scrapers.decoders.udata import page_problem
from scrapers.plan import Planned
from scrapers.plan.documents import udata_page
from scrapers.spiders.base import PlannedSpider, as_time, json_object

MAX_PAGES = 400  # of one query: 20,000 data sets at 50 a page
_TOLERANCE = 2  # data sets that may come or go while the pages of a query are read
_NOISE = frozenset({"metrics", "quality", "quality_cached", "extras", "permissions", "badges"})


class UdataSpider(PlannedSpider):
    """Data sets of ``params.queries`` and ``params.datasets`` (``scrapers.plan.documents``)."""

    name = "udata"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen: dict[str, set[str]] = defaultdict(set)  # query -> ids of its data sets

    def problem_of(self, body: bytes, key: str) -> str | None:
        answer = json_object(body)
        if key.startswith("dataset/"):
            if answer is not None and "id" in answer and "title" in answer:
                return None
            return page_problem(answer) or "the answer is a page where one data set is due"
        return page_problem(answer)

    def problem_with(self, body: bytes) -> str | None:
        return page_problem(json_object(body))

    def identity(self, body: bytes) -> str:
        answer = json_object(body) or {}
        said = _without_noise(answer.get("data", answer))
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def upstream_at(self, body: bytes) -> datetime | None:
        answer = json_object(body) or {}
        listed = answer.get("data")
        datasets = listed if isinstance(listed, list) else [answer]
        stamps = [as_time(dataset.get("last_update")) for dataset in datasets if isinstance(dataset, dict)]
        return max(filter(None, stamps), default=None)

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if key.startswith("dataset/"):
            return
        answer = json_object(body) or {}
        query, _, number = key.partition("/page-")
        page = int(number or 1)
        seen = self._seen[query]
        before = len(seen)
        seen.update(str(dataset.get("id")) for dataset in answer.get("data", []) if isinstance(dataset, dict))
        following, total = answer.get("next_page"), answer.get("total")
        if not following or not answer.get("data"):
            if isinstance(total, int) and abs(total - len(seen)) > _TOLERANCE:
                self.session.fail("crawl", f"{query}: the portal counts {total} data sets, its pages list {len(seen)}")
            return
        if page > 1 and len(seen) == before:
            self.session.fail("crawl", f"{query}: page {page} lists nothing that is new, and names a next page")
        elif page >= MAX_PAGES:
            self.session.fail("crawl", f"{query}: more than {MAX_PAGES} pages")
        elif _page_of(following) != page + 1:
            self.session.fail("crawl", f"{query}: page {page} is followed by one that is not {page + 1}")
        else:
            address = next(planned.url for planned in self.session.planned if planned.key == query)
            yield Planned(f"{query}/page-{page + 1}", udata_page(address, page + 1))


def _page_of(address: object) -> int | None:
    """The page that the address of a next page names; the address itself is not followed."""
    try:
        named = parse_qs(urlsplit(str(address)).query).get("page", [""])[0]
    except ValueError:
        return None
    return int(named) if named.isascii() and named.isdigit() and len(named) < 8 else None


def _without_noise(value: Any) -> Any:
    """What changes with every visitor is left out, at the top of a data set, of its resources and organisation."""
    if isinstance(value, list):
        return [_without_noise(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_noise(part) if name in ("resources", "organization") else part
        for name, part in value.items()
        if name not in _NOISE
    }
