"""An employer's own careers pages: which site is meant, and which pages its listing names.

Belongs here: reading a listing (a sitemap, or a page of links) for addresses of advertisements. Never here: requests
(``scrapers/spiders/careers.py``), what an advertisement says (``scrapers/decoders/jobposting_html.py``).

A site is a line of ``boards.yaml`` with ``ats: careers``. Its options: ``listing``, the address of the sitemap or page
that lists the advertisements, and ``pattern``, searched in an address, which tells an advertisement's from others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from scrapers.archive import canonical_url
from scrapers.charset import read_text
from scrapers.decoders.base import UnreadableError, refuse_too_large
from scrapers.pages import read_tree, web_address
from scrapers.sitemaps import looks_like_sitemap, read_sitemap

MAX_PAGES = 5_000  # advertisements of one site; beyond, its pattern matches what it should not
_MAX_LINKS = 20_000  # of one page
_SPREAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Site:
    """One careers site as it is registered."""

    board: str
    listing: str
    pattern: re.Pattern[str]

    def is_posting(self, address: str) -> bool:
        return self.is_here(address) and self.pattern.search(address) is not None

    def is_here(self, address: str) -> bool:
        return _host(address) == _host(self.listing)


@dataclass
class Listing:
    """What a listing names. ``pages``: address of an advertisement -> when it last changed, None where that is not said
    or cannot be meant. ``more``: addresses of further parts of the listing.
    """

    pages: dict[str, datetime | None] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    remarks: tuple[str, ...] = ()


def sites(params: Mapping[str, Any]) -> list[Site]:
    """The sites that a source's parameters name; lines that name none are left out."""
    found = []
    boards = params.get("boards")
    for line in boards if isinstance(boards, list) else []:
        options = line.get("options") if isinstance(line, Mapping) else None
        if not isinstance(options, Mapping) or not isinstance(line.get("board"), str):
            continue
        listing, pattern = web_address(options.get("listing"), ""), options.get("pattern")
        try:
            if listing and isinstance(pattern, str) and pattern:
                found.append(Site(line["board"], listing, re.compile(pattern)))
        except re.error:
            continue
    return found


def site_of(address: str, among: Iterable[Site]) -> Site | None:
    """The site that an address belongs to: one whose advertisement it may be before one that shares its host."""
    here = [site for site in among if site.is_here(address)]
    return next((site for site in here if site.pattern.search(address)), here[0] if here else None)


def read_listing(body: bytes, url: str, site: Site, content_type: str = "") -> Listing:
    """The advertisements that a listing names, in its order, and where it goes on.

    Raises UnreadableError: empty, too_large, text_too_long, too_deep, tdm_reserved, and what ``read_sitemap`` raises.
    """
    refuse_too_large(body)
    if looks_like_sitemap(body):
        found = read_sitemap(body, url)
        if found.is_index:
            return Listing(more=[address for address in found.entries if site.is_here(address)], remarks=found.remarks)
        pages = {address: changed for address, changed in found.entries.items() if site.is_posting(address)}
        return _bounded(Listing(_with_meant_dates(pages), remarks=found.remarks))
    text, notes = read_text(body, content_type)
    return listed_on_page(read_tree(text), url, site, tuple(notes))


def listed_on_page(tree: LexborHTMLParser, url: str, site: Site, remarks: tuple[str, ...] = ()) -> Listing:
    """Links of a page to advertisements, and its link to the next page (``rel="next"``)."""
    pages: dict[str, datetime | None] = {}
    own = canonical_url(url)
    for node in tree.css("a[href]")[:_MAX_LINKS]:
        address = web_address(node.attributes.get("href"), url)
        if address and site.is_posting(address) and canonical_url(address) != own:
            pages.setdefault(address, None)
    following = tree.css_first('a[rel~="next" i][href], link[rel~="next" i][href]')
    after = web_address(following.attributes.get("href"), url) if following is not None else ""
    more = [after] if after and site.is_here(after) and canonical_url(after) != own else []
    return _bounded(Listing(pages, more, remarks))


def _bounded(listing: Listing) -> Listing:
    if len(listing.pages) > MAX_PAGES:
        raise UnreadableError("too_many_elements", f"more than {MAX_PAGES} addresses match the pattern of the site")
    return listing


def _with_meant_dates(pages: dict[str, datetime | None]) -> dict[str, datetime | None]:
    """Without dates where all pages bear the same: the hour at which the sitemap was built says nothing of a page."""
    said = [changed for changed in pages.values() if changed is not None]
    if len(said) > 1 and max(said) - min(said) < _SPREAD:
        return dict.fromkeys(pages)
    return pages


def _host(address: str) -> tuple[str, int | None]:
    """Host and port by which addresses are of one site: with and without "www." are one."""
    parts = urlsplit(address)
    return (parts.hostname or "").lower().removeprefix("www."), parts.port
