"""RSS and Atom feeds with the pages of their items.

Belongs here: which pages of a feed are asked for, and when feed and page are healthy. Never here: reading them into
records (``scrapers.decoders.feed``).

Only pages on the feed's own host are asked for, no more than ``max_pages`` a feed, and a redirect of a page is followed
on that host only. A page that is gone (404, 410) is an answer: the item stays with what the feed says of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from scrapy.http import Request, Response

from scrapers.archive import canonical_url
from scrapers.decoders import feed
from scrapers.decoders.base import UnreadableError
from scrapers.pages import same_host, web_address
from scrapers.plan import Planned
from scrapers.spiders.details import MOVED, DetailSpider

MAX_HOPS = 3
# Files are not read, so they are not fetched.
_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|zip|gz|jpe?g|png|gif|svg|webp|mp[34]|m4a|avi|mov|xml|json)$", re.I
)


class FeedSpider(DetailSpider):
    """Feeds of ``params.feeds`` and the pages that their items link to."""

    name = "feed"
    most = ("max_pages", 30)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._feeds = {planned.key: planned.url for planned in self.session.planned}
        self._hops: dict[str, int] = {}

    def is_list(self, key: str) -> bool:
        return key in self._feeds

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        if not self.is_list(key) and response.status in MOVED:
            target = web_address((response.headers.get("Location") or b"").decode("latin-1"), response.url)
            hops = self._hops.get(key, 0) + 1
            if target and canonical_url(target) != key and same_host(target, response.url) and hops <= MAX_HOPS:
                self.session.settle(key, hashlib.sha256(target.encode()).hexdigest())
                planned = Planned(canonical_url(target), target)
                if self.session.plan(planned):
                    self._hops[planned.key] = hops
                    yield self.request(planned)
                return
        yield from super().parse(response, key)

    def identity(self, body: bytes) -> str:
        try:
            return hashlib.sha256(feed.meaning(body).encode("utf-8", "replace")).hexdigest()
        except UnreadableError:
            return super().identity(body)

    def problem_of(self, body: bytes, key: str) -> str | None:
        return self.problem_with(body) if key in self._feeds else _problem_of_page(body)

    def problem_with(self, body: bytes) -> str | None:
        try:
            found = feed.read_feed(body)
        except UnreadableError as error:
            return error.detail
        if found.cut_off:
            return "the feed is cut off before its end"
        return None

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        address = self._feeds.get(key)
        if address is None:
            return
        allowed = self.allowed(*self.most)
        pages: dict[str, str] = {}
        for item in feed.read_feed(body, url).items:
            page = item.page_url
            if not page or not same_host(page, address) or _FILE.search(urlsplit(page).path):
                continue
            if feed.canonical(page) not in feed.feed_addresses(self.session.source.params):
                pages.setdefault(canonical_url(page), page)
        for name, page in list(pages.items())[:allowed]:
            yield Planned(name, page)


def _problem_of_page(body: bytes) -> str | None:
    """A page of a kind that is not read (a PDF) is no problem: there is nothing to be had. One without words is."""
    try:
        if not feed.looks_like_page(body[:8192].decode("utf-8", "replace")):
            return None
        return None if feed.meaning(body).partition("\n")[2].strip() else "the page has no words of its own"
    except UnreadableError as error:
        return error.detail
