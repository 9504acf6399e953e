"""GovJobs: result pages until an empty one, and the pages of posts that were not read lately.

Belongs here: paging, and which posts are asked for. Never here: reading them (``scrapers.decoders.govjobs``).

The board is slow and refuses clients that hurry, and most posts stay as they are. So a post's page is asked for when
the archive has none younger than ``refresh_days``, and no more than ``posts_per_crawl`` of them at once; the others are
listed without their text until a later crawl. The decoder adds texts that earlier crawls read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta

from scrapy.http import Request, Response

from scrapers.archive import DamagedCaptureError, canonical_url
from scrapers.decoders import govjobs
from scrapers.decoders.base import UnreadableError
from scrapers.items import utc_now
from scrapers.plan import Planned, govjobs_url
from scrapers.spiders.base import PlannedSpider

PAGE = 20
LISTED = "list:"
DEFAULT_PAGES, DEFAULT_POSTS, DEFAULT_REFRESH_DAYS = 100, 120, 14
_GONE = (404, 410)
_SHORT_OF = 0.95  # posts come and go while we page; fewer than this share of what the board counts is a gap


class GovJobsSpider(PlannedSpider):
    """The listing of ``params.listing`` and the posts that it links to."""

    name = "govjobs"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._seen: set[str] = set()
        self._asked = 0
        self._left = 0

    def request(self, planned: Planned) -> Request:
        request = super().request(planned)
        request.meta["dont_redirect"] = True  # a board that moved is to be looked at by people
        return request

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        if not key.startswith(LISTED) and response.status in _GONE:
            self.session.settle(key, hashlib.sha256(b"gone").hexdigest())  # closed since the listing was made
            return
        yield from super().parse(response, key)

    def identity(self, body: bytes) -> str:
        """By the addresses of a result page and by the words of a post: both pages carry marks of their rendering."""
        try:
            tree = govjobs.read_tree(body)
        except UnreadableError:
            return super().identity(body)
        words = tree.css_first("div.page-text")
        listed = govjobs.links(tree, self._listing) if govjobs.is_listing(tree) or words is None else [words.text()]
        return hashlib.sha256("\n".join(listed).encode("utf-8", "replace")).hexdigest()

    def problem_of(self, body: bytes, key: str) -> str | None:
        try:
            tree = govjobs.read_tree(body)
        except UnreadableError as error:
            return error.detail
        if key.startswith(LISTED):
            return None if govjobs.is_listing(tree) else "not a result page of the board"
        return None if tree.css_first("div.page-text") is not None else "not a post of the board"

    def problem_with(self, body: bytes) -> str | None:
        return self.problem_of(body, LISTED)

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if not key.startswith(LISTED):
            return
        tree, start = govjobs.read_tree(body), int(key.removeprefix(LISTED))
        found = govjobs.links(tree, self._listing)
        new = [link for link in found if canonical_url(link) not in self._seen]
        self._seen.update(canonical_url(link) for link in new)
        if new and start // PAGE + 1 < self._allowed("max_pages", DEFAULT_PAGES):
            yield Planned(f"{LISTED}{start + PAGE}", govjobs_url(self._listing, start + PAGE))
        elif new:
            self.session.fail("crawl", f"the listing goes on after {start // PAGE + 1} pages; the rest is left out")
        else:
            self._judge(govjobs.stated_count(tree))
        for link in new:
            if not self._is_due(link):
                continue
            if self._asked < self._allowed("posts_per_crawl", DEFAULT_POSTS):
                self._asked += 1
                yield Planned(canonical_url(link), link)
            else:
                self._left += 1
                self.session.problems["posts"] = f"the pages of {self._left} posts are left for the next crawl"

    def _judge(self, counted: int | None) -> None:
        """At the end of the listing: a gap between what the board counts and what it listed is no whole crawl."""
        if counted is not None and len(self._seen) < _SHORT_OF * counted:
            self.session.fail("crawl", f"the board counts {counted} posts, {len(self._seen)} were listed", "too_few")

    def _is_due(self, link: str) -> bool:
        if self.session.mode == "replay":
            return True
        try:
            known = self.session.archive.latest("GET", link, source_id=self.session.source.id)
        except DamagedCaptureError:
            return True
        days = self._allowed("refresh_days", DEFAULT_REFRESH_DAYS)
        return known is None or known.status != 200 or known.retrieved_at < utc_now() - timedelta(days=days)

    @property
    def _listing(self) -> str:
        return str(self.session.source.params["listing"])

    def _allowed(self, name: str, default: int) -> int:
        value = self.session.source.params.get(name, default)
        return value if isinstance(value, int) else default
