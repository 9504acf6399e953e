"""Careers pages: the whole listing at each crawl, and of the pages that it names those that are new or changed.

Belongs here: which pages are asked for, and when a listing is whole. Never here: reading listings
(``scrapers.careers``) and pages (``scrapers.decoders.jobposting_html``).

The listing decides what is open. A page is asked for when it is due (``details``), no more than ``pages_per_crawl`` of
a site at once. The decoder keeps a posting that is still listed as it was last read. A page that is gone (404, 410) or
that leads elsewhere is an answer too: its posting is closed, whatever a sitemap that lags behind says.

A site (``<board>`` among the complete keys) was read whole when all parts of its listing came and named a page. A
listing that names none is taken for a site that changed, not for an employer who offers nothing: ads stay open until
someone has looked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from scrapers.archive import Trouble, canonical_url
from scrapers.careers import MAX_PAGES, Listing, Site, listed_on_page, read_listing, sites
from scrapers.charset import read_text
from scrapers.decoders.base import MAX_BODY_BYTES, UnreadableError
from scrapers.decoders.structured_data import COURSES, JOB_POSTINGS, stated_items
from scrapers.pages import read_tree, web_address
from scrapers.plan import Planned
from scrapers.registry import resolved_params
from scrapers.sitemaps import looks_like_sitemap, read_sitemap
from scrapers.spiders.details import MOVED, DetailSpider

DEFAULT_LISTINGS = 50
_MAX_HOPS = 3


class CareersSpider(DetailSpider):
    """The listings of ``params.boards`` and the pages of advertisements that they name.

    Keys: ``<board>`` the first part of a listing, ``<board>/list/<n>`` the others, ``<board>/page/<address>`` a page.
    """

    name = "careers"
    most = ("pages_per_crawl", 200)
    refresh_days = 7

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._sites = {site.board: site for site in sites(resolved_params(self.session.source))}
        self._listed: dict[str, dict[str, datetime | None]] = {board: {} for board in self._sites}
        self._open_parts: dict[str, set[str]] = {board: {board} for board in self._sites}
        self._parts: dict[str, int] = dict.fromkeys(self._sites, 1)
        self._hops: dict[str, int] = {}

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        board, kind = _parts_of(key)
        if kind == "page" and response.status in MOVED:
            yield from self._moved(response, key, self._sites[board])
            return
        yield from super().parse(response, key)
        self._judge_part(key)

    def failed(self, failure: Failure) -> None:
        super().failed(failure)
        self._judge_part(failure.request.cb_kwargs["key"])  # type: ignore[attr-defined]

    def identity(self, body: bytes) -> str:
        """By what is listed and stated: sitemaps carry the hour of their making, pages marks of their rendering."""
        try:
            meaning = self._meaning(body)
        except UnreadableError:
            meaning = []
        if not meaning:
            return super().identity(body)
        return hashlib.sha256("\n".join(meaning).encode("utf-8", "replace")).hexdigest()

    def problem_of(self, body: bytes, key: str) -> str | None:
        board, kind = _parts_of(key)
        try:
            if kind == "page":
                # A page that states nothing is the decoder's to report: the listing was read all the same.
                if len(body) > MAX_BODY_BYTES:
                    return f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read"
                return None if body.strip() else "the body is empty"
            self._read(body, self._sites[board].listing, self._sites[board])
        except UnreadableError as error:
            return error.detail
        return None

    def is_list(self, key: str) -> bool:
        return _parts_of(key)[1] != "page"

    def problem_with(self, body: bytes) -> str | None:
        return self.problem_of(body, next(iter(self._sites), ""))

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        board, kind = _parts_of(key)
        if kind == "page":
            return
        site, listing = self._sites[board], self._read(body, url, self._sites[board])
        new = {address: changed for address, changed in listing.pages.items() if address not in self._listed[board]}
        self._listed[board] |= new
        yield from self._further_parts(site, listing)
        self._open_parts[board].discard(key)
        if len(self._listed[board]) > MAX_PAGES:
            self._incomplete(board, f"more than {MAX_PAGES} advertisements are listed; the rest is left out")
            return
        yield from self._pages(site, new)
        if not self._open_parts[board] and not self._listed[board]:
            self._incomplete(board, f"no address of the listing matches {site.pattern.pattern!r}")

    # ---- Listings

    def _read(self, body: bytes, url: str, site: Site) -> Listing:
        return read_listing(body, url, site)

    def _further_parts(self, site: Site, listing: Listing) -> Iterator[Planned]:
        for address in listing.more:
            if self._parts[site.board] >= self.allowed("max_listings", DEFAULT_LISTINGS):
                self._incomplete(site.board, f"the listing has more than {self._parts[site.board]} parts")
                return
            self._parts[site.board] += 1
            planned = Planned(f"{site.board}/list/{self._parts[site.board]}", address)
            self._open_parts[site.board].add(planned.key)
            yield planned

    def _judge_part(self, key: str) -> None:
        """A listing of which a part did not come is not whole."""
        board, kind = _parts_of(key)
        if kind == "list" and key in self.session.problems:
            self._incomplete(board, f"{key}: {self.session.problems[key]}", self.session.troubles[key])

    def _incomplete(self, board: str, why: str, trouble: Trouble = "changed_shape") -> None:
        """The site was not read whole: nothing of it may be closed."""
        self.session.settled.pop(board, None)
        self.session.fail(board, why, trouble)

    # ---- Pages

    def _pages(self, site: Site, listed: dict[str, datetime | None]) -> Iterator[Planned]:
        pages = [
            (Planned(f"{site.board}/page/{canonical_url(address)}", address), changed)
            for address, changed in listed.items()
        ]
        due = ((planned, self.urgency(planned, changed)) for planned, changed in pages)
        return self.due(due, f"{site.board}: pages")

    def _moved(self, response: Response, key: str, site: Site) -> Iterator[Request]:
        """A page that leads to another page of the site is followed; one that leads elsewhere is gone."""
        target = web_address((response.headers.get("Location") or b"").decode("latin-1"), response.url)
        self.session.settle(key, hashlib.sha256(f"moved {target}".encode()).hexdigest())
        hops = self._hops.get(key, 0) + 1
        if not target or not site.is_posting(target) or hops > _MAX_HOPS:
            return
        planned = Planned(f"{site.board}/page/{canonical_url(target)}", target)
        if self.session.plan(planned):
            self._hops[planned.key] = hops
            yield self.request(planned)

    def _meaning(self, body: bytes) -> list[str]:
        """Lines that say what a body means: addresses with their dates, and postings as they are stated."""
        if looks_like_sitemap(body):
            here = list(self._sites.values())
            base = here[0].listing if here else ""
            found = read_sitemap(body, base)
            entries = found.entries
            if not found.is_index:
                wanted = [site for site in here if any(site.is_posting(address) for address in entries)]
                pages = [read_listing(body, base, site).pages for site in wanted]
                entries = {address: changed for part in pages for address, changed in part.items()}
            return sorted(f"{canonical_url(address)} {changed or ''}" for address, changed in entries.items())
        markup, _ = read_text(body)
        tree = read_tree(markup)
        kind = COURSES if self.session.source.format == "course-html" else JOB_POSTINGS
        items = stated_items(markup, tree, kind).items
        stated = [json.dumps(item.data, sort_keys=True, default=str) for item in items]
        links = {page for site in self._sites.values() for page in listed_on_page(tree, site.listing, site).pages}
        return stated or sorted(map(canonical_url, links))


def _parts_of(key: str) -> tuple[str, str]:
    """The site of a key, and "page", "list" or "" for the first part of a listing."""
    board, _, rest = key.partition("/")
    return board, rest.partition("/")[0]
