"""TED: the notices of a window, page by page, and whether the pages are all of it.

Belongs here: telling an answer from an error, the next page, the count. Never here: the query (``scrapers.plan``), what
a notice says (its decoder).

Pages by number reach 15,000 notices; a window that holds more is walked with tokens instead. TED gives a token with the
last page too, so a walk ends with the number that TED counts, not with the token. A window is whole if its pages hold
as many different notices as TED counts on the last of them: one that was published in between is on a page, or in the
next crawl. A search that timed out lists a part and says so; it is no answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from scrapers.plan import Planned
from scrapers.plan.procurement import TED_PAGE, TED_PAGED, ted_next, ted_page, ted_queries
from scrapers.registry import resolved_params
from scrapers.spiders.base import PlannedSpider, json_object

MAX_PAGES = 800  # of one window: 200,000 notices


@dataclass
class Walk:
    """The pages of one window as far as they were read."""

    pages: int = 0
    total: int = 0  # as the last page counts
    found: set[str] = field(default_factory=set)

    def take(self, answer: dict[str, Any]) -> bool:
        """Count a page in; whether it brought anything new."""
        before = len(self.found)
        for number, notice in enumerate(answer["notices"]):
            said = notice.get("publication-number") if isinstance(notice, dict) else None
            self.found.add(str(said) if said else f"page {self.pages}, notice {number}")
        self.pages += 1
        self.total = answer["totalNoticeCount"]
        return len(self.found) > before


class TedSpider(PlannedSpider):
    """Notices of buyers of a country, published in the windows of ``params.windows``."""

    name = "ted"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queries = ted_queries(self.session.source, resolved_params(self.session.source))
        self._walks: dict[str, Walk] = {}

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        if answer.get("timedOut") is True:
            return "TED says that the search timed out: what it lists is not all"
        if not isinstance(answer.get("notices"), list):
            said = answer.get("message") or answer.get("error")
            return f"TED answers with an error: {str(said)[:200]}" if said else "the answer lists no notices"
        total = answer.get("totalNoticeCount")
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            return "the answer does not say how many notices there are"
        return None

    def identity(self, body: bytes) -> str:
        """By the notices and their number alone: tokens are new with every answer."""
        answer = json_object(body) or {}
        said = [answer.get("notices"), answer.get("totalNoticeCount")]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        answer = json_object(body) or {}
        chain = key.partition("/page-")[0]
        window, by_token = chain.partition("/")[0], "/" in chain
        walk, query = self._walks.setdefault(chain, Walk()), self._queries[window]
        has_new = walk.take(answer)
        if not by_token and walk.total > TED_PAGED:
            yield ted_next(query, window)
            return
        said = answer.get("iterationNextToken")
        token = said if isinstance(said, str) else ""
        goes_on = bool(token) if by_token else len(answer["notices"]) >= TED_PAGE
        if len(walk.found) >= walk.total:
            return
        if not (answer["notices"] and has_new and goes_on):
            self._not_whole(chain, walk)
        elif walk.pages >= MAX_PAGES:
            self.session.fail("crawl", f"{chain}: the list goes on after {walk.pages} pages; the rest is left out")
        else:
            number = walk.pages + 1
            yield ted_next(query, window, number, token) if by_token else ted_page(query, window, number)

    def _not_whole(self, chain: str, walk: Walk) -> None:
        said = f"{chain}: TED counts {walk.total} notices, {len(walk.found)} were listed on {walk.pages} pages"
        self.session.fail("crawl", said, "too_few")
