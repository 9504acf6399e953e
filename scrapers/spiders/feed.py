"""Feeds and listings with the pages of their items.

Belongs here: which pages and parts of listings are asked for, and when feed, listing and page are healthy. Never here:
reading them into records (``scrapers.decoders.feed``, ``scrapers.listings``).

A feed shows its last items only. If none of them was listed at the last crawl, items may have slipped through in
between: then the listings that stand in for this feed are read in the same crawl, part after part, until one shows
what was known before, ``max_parts`` at most; if one fails, the next crawl asks again. A source may have listings and no
feed: those are read at each crawl, further parts under the same condition.

Only pages on the feed's own host are asked for, no more than ``max_pages`` a feed, and a redirect of a page is followed
on that host only. A page that is gone (404, 410) is an answer: the item stays with what the feed says of it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import takewhile
from urllib.parse import urlsplit

from scrapy.http import Request, Response

from scrapers.archive import DamagedCaptureError, canonical_url
from scrapers.decoders import feed
from scrapers.decoders.around import LOOK_BACK_CRAWLS as LOOK_BACK
from scrapers.decoders.base import UnreadableError
from scrapers.decoders.feed_items import Feed, Item
from scrapers.listings import Listing, listings_of, read_listing
from scrapers.pages import same_host, web_address
from scrapers.plan import Planned
from scrapers.plan.feeds import LIST, MOST_PARTS
from scrapers.spiders.details import MOVED, DetailSpider

MAX_HOPS = 3
# Files are not read, so they are not fetched.
_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|zip|gz|jpe?g|png|gif|svg|webp|mp[34]|m4a|avi|mov|xml|json)$", re.I
)


class FeedSpider(DetailSpider):
    """Feeds of ``params.feeds``, listings of ``params.listings``, and the pages that their items link to.

    Keys: a feed's own, ``list/<listing>`` and ``list/<listing>/<part>``, a page's canonical address.
    """

    name = "feed"
    most = ("max_pages", 30)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        feeds = [planned for planned in self.session.planned if not planned.key.startswith(LIST)]
        self._feeds = {planned.key: planned.url for planned in feeds}
        self._hops: dict[str, int] = {}
        self._listings = {listing.key: listing for listing in listings_of(self.session.source.params)}
        self._addresses = {planned.key: planned.url for planned in self.session.planned}  # of feeds and listings
        self._known: dict[str, set[str]] = {}  # listing -> pages that were known before this crawl
        self._parts: Counter[str] = Counter()

    def is_list(self, key: str) -> bool:
        return key in self._feeds or key.startswith(LIST)

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
        if key in self._feeds:
            return self.problem_with(body)
        if not key.startswith(LIST):
            return _problem_of_page(body)
        try:
            read_listing(body, self._addresses[key], self._listing(key))
        except UnreadableError as error:
            return error.detail
        return None

    def problem_with(self, body: bytes) -> str | None:
        try:
            found = feed.read_feed(body)
        except UnreadableError as error:
            return error.detail
        if found.cut_off:
            return "the feed is cut off before its end"
        return None

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if key.startswith(LIST):
            yield from self._of_listing(read_listing(body, url, self._listing(key)), key)
            return
        address = self._feeds.get(key)
        if address is None:
            return
        items = feed.read_feed(body, url).items
        yield from self._stand_ins(items, key)
        pages: dict[str, str] = {}
        for item in items:
            if self._is_page(item.page_url, address):
                pages.setdefault(canonical_url(item.page_url), item.page_url)
        for name, page in list(pages.items())[: self.allowed(*self.most)]:
            yield Planned(name, page)

    # ---- Listings

    def _listing(self, key: str) -> Listing:
        return self._listings[key.removeprefix(LIST).partition("/")[0]]

    def _stand_ins(self, items: Iterable[Item], key: str) -> Iterator[Planned]:
        """The listings to read beside a feed of which no item was listed before, or that failed when they were due."""
        now = {item.item_id for item in items}
        for listing in self._listings.values():
            if listing.instead_of != key or not now:
                continue
            failed = self._failed_before(listing)
            before = self._before(self._feeds[key], skip=failed)
            if not before or (not failed and now & {item.item_id for item in before}):
                continue
            self._known[listing.key] = {feed.canonical(item.page_url) for item in before} - {""}
            self._parts[listing.key] += 1
            yield self._part(listing, listing.url)

    def _failed_before(self, listing: Listing) -> int:
        """In how many crawls before this one, one after the other, the listing was due and did not answer."""
        crawls = reversed(self.session.archive.crawls(self.session.source.id)[-LOOK_BACK:])
        key = f"{LIST}{listing.key}"
        return len(
            list(takewhile(lambda record: any(f"{name}/".startswith(f"{key}/") for name in record.problems), crawls))
        )

    def _of_listing(self, found: Feed, key: str) -> Iterator[Planned]:
        listing = self._listing(key)
        named = {item.page_url: item.updated or item.published for item in found.items} | found.bare
        if listing.kind != "wp-posts":  # their text stands in the list
            planned_already = {planned.key for planned in self.session.planned}
            due = [
                (planned, self.urgency(planned, changed))
                for page, changed in named.items()
                if self._is_page(page, listing.url) and canonical_url(page) not in planned_already
                for planned in (Planned(canonical_url(page), page),)
            ]
            yield from self.due(due, "pages")
        if listing.key not in self._known:
            before = self._before(listing.url, listing)
            self._known[listing.key] = {feed.canonical(item.page_url) for item in before} - {""}
        known = self._known[listing.key]
        is_index = not named and bool(found.more)
        if not is_index and (not known or known & {feed.canonical(page) for page in named}):
            return
        for address in found.more if is_index else found.more[:1]:
            if self._parts[listing.key] >= self.allowed(*MOST_PARTS[:2]):
                self.session.remarks[key] = f"{self._parts[listing.key]} parts of the listing are read, and no more"
                return
            self._parts[listing.key] += 1
            yield self._part(listing, address)

    def _part(self, listing: Listing, address: str) -> Planned:
        number = self._parts[listing.key]
        key = f"{LIST}{listing.key}" if address == listing.url else f"{LIST}{listing.key}/{number}"
        self._addresses[key] = address
        return Planned(key, address)

    def _before(self, address: str, listing: Listing | None = None, skip: int = 0) -> list[Item]:
        """What an address listed at the last crawl that found something there; ``skip``: but for the last ones."""
        archive, source = self.session.archive, self.session.source
        crawls = archive.crawls(source.id)
        recent = {record.crawl_id for record in crawls[-LOOK_BACK - skip : len(crawls) - skip]}
        for entry in archive.answers("GET", address, b"", source.id):
            if entry.crawl_id not in recent or not (entry.status == 200 or entry.not_modified):
                continue
            try:
                body = archive.read(entry).body
                found = read_listing(body, address, listing) if listing else feed.read_feed(body, address)
            except (UnreadableError, DamagedCaptureError):
                continue
            bare = [Item("", page, "", "", page) for page in found.bare]
            if found.items or bare:
                return found.items + bare
        return []

    def _is_page(self, page: str, address: str) -> bool:
        """Whether a page is one to be asked for: on the list's own host, no file, and no feed of the source."""
        if not page or not same_host(page, address) or _FILE.search(urlsplit(page).path):
            return False
        return feed.canonical(page) not in feed.feed_addresses(self.session.source.params)


def _problem_of_page(body: bytes) -> str | None:
    """A page of a kind that is not read (a PDF) is no problem: there is nothing to be had. One without words is."""
    try:
        if not feed.looks_like_page(body[:8192].decode("utf-8", "replace")):
            return None
        return None if feed.meaning(body).partition("\n")[2].strip() else "the page has no words of its own"
    except UnreadableError as error:
        return error.detail
