"""GovJobs: result pages until an empty one, and the pages of posts that were not read lately.

Belongs here: paging, and which posts are asked for. Never here: reading them (``scrapers.decoders.govjobs``).

The board is slow and refuses clients that hurry, and most posts stay as they are. So a post's page is asked for
when it is due (``details``), and no more than ``posts_per_crawl`` of them at once; the others are listed without their
text until a later crawl. The decoder adds texts that earlier crawls read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scrapy.http import Request

from scrapers.archive import canonical_url
from scrapers.decoders import govjobs
from scrapers.decoders.base import UnreadableError
from scrapers.plan import Planned, govjobs_url
from scrapers.spiders.details import DetailSpider

PAGE = 20
LISTED = "list:"
DEFAULT_PAGES = 100
_SHORT_OF = 0.95  # posts come and go while we page; fewer than this share of what the board counts is a gap


class GovJobsSpider(DetailSpider):
    """The listing of ``params.listing`` and the posts that it links to."""

    name = "govjobs"
    most = ("posts_per_crawl", 120)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._seen: set[str] = set()

    def request(self, planned: Planned) -> Request:
        request = super().request(planned)
        request.meta["dont_redirect"] = True  # a board that moved is to be looked at by people
        return request

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

    def is_list(self, key: str) -> bool:
        return key.startswith(LISTED)

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if not key.startswith(LISTED):
            return
        tree, start = govjobs.read_tree(body), int(key.removeprefix(LISTED))
        found = govjobs.links(tree, self._listing)
        new = [link for link in found if canonical_url(link) not in self._seen]
        self._seen.update(canonical_url(link) for link in new)
        if new and start // PAGE + 1 < self.allowed("max_pages", DEFAULT_PAGES):
            yield Planned(f"{LISTED}{start + PAGE}", govjobs_url(self._listing, start + PAGE))
        elif new:
            self.session.fail("crawl", f"the listing goes on after {start // PAGE + 1} pages; the rest is left out")
        else:
            self._judge(govjobs.stated_count(tree))
        posts = [Planned(canonical_url(link), link) for link in new]
        yield from self.due(((post, self.urgency(post)) for post in posts), "posts")

    def _judge(self, counted: int | None) -> None:
        """At the end of the listing: a gap between what the board counts and what it listed is no whole crawl."""
        if counted is not None and len(self._seen) < _SHORT_OF * counted:
            self.session.fail("crawl", f"the board counts {counted} posts, {len(self._seen)} were listed", "too_few")

    @property
    def _listing(self) -> str:
        return str(self.session.source.params["listing"])
