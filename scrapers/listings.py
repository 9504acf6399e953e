"""Listings of news beside feeds: a page of rows, a sitemap, posts of a content system; read into the same items.

Belongs here: which listings a source names, reading one, and where its next part is. Never here: requests
(``scrapers/spiders/feed.py``), records, feeds.

A listing is an entry of ``params.listings``:

``key``, ``url``    a short name, and its address; further parts (``/page/2/``, ``?page=2``) are found by it
``kind``            ``page`` (HTML), ``sitemap`` (also an index of them), ``wp-posts`` (WordPress REST)
``instead_of``      the key of a feed: it is asked for only when that feed may have lost items; else at each crawl
``layout``          of a page: a name of ``LAYOUTS``, or selectors: ``rows``, and within a row ``title``, ``link``,
                    ``date``, ``type``, ``text``
``pattern``         searched in an address, tells an item's page from others; a page without rows is read by it alone

Of what a listing names without a title the page says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers.charset import read_text
from scrapers.decoders.base import UnreadableError, parse_moment, refuse_too_large
from scrapers.decoders.dates import written_day
from scrapers.decoders.feed_items import Feed, Item, canonical, identity_of
from scrapers.decoders.feed_json import parse_json
from scrapers.files import RegistryError
from scrapers.html import node_text
from scrapers.pages import MAX_CATEGORIES, language_code, one_line, read_tree, same_host, web_address
from scrapers.sitemaps import read_sitemap

KINDS = ("page", "sitemap", "wp-posts")
MAX_ROWS = 500
MAX_NAMED = 100  # pages of a sitemap or of a page of links: the newest
_MAX_LINKS = 20_000
_MAX_PAGE_BYTES = 8 * 1024 * 1024
_NUMBERS = ("page", "paged", "pg", "p")
_PATH_NUMBER = re.compile(r"/page/(\d{1,4})/?$")
_TEXTS = ("rows", "title", "link", "date", "type", "text")


@dataclass(frozen=True)
class Layout:
    """Selectors of the rows of a page and of what stands in each."""

    rows: str
    title: str = "h1, h2, h3, h4, a"
    link: str = "a[href]"
    date: str = "time, [class*=date]"
    type: str = ""
    text: str = ""


LAYOUTS = {
    "cssf-library": Layout(
        rows="li.library-element",
        title=".library-element__title",
        link=".library-element__title a[href]",
        date=".date--published, .library-element__dates",
        type=".library-element__type",
        text=".library-element__subtitle",
    ),
}


@dataclass(frozen=True)
class Listing:
    """One listing as a source names it."""

    key: str
    url: str
    kind: Literal["page", "sitemap", "wp-posts"]
    instead_of: str = ""
    layout: Layout | None = None
    pattern: re.Pattern[str] | None = None

    def names(self, address: str) -> bool:
        """Whether an address can be an item's page: on the listing's own host, and matched by its pattern."""
        return same_host(address, self.url) and (self.pattern is None or self.pattern.search(address) is not None)


def listings_of(params: Mapping[str, Any]) -> list[Listing]:
    """The listings of a source's parameters. Raises :class:`RegistryError` for one that cannot be used."""
    named = params.get("listings", [])
    if not isinstance(named, list):
        raise RegistryError("params.listings: a list is needed")
    return [_listing(entry, f"params.listings.{number}") for number, entry in enumerate(named)]


def _listing(entry: object, where: str) -> Listing:
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where}: key, url and kind are needed")
    key, url, kind = entry.get("key"), entry.get("url"), entry.get("kind")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
        raise RegistryError(f"{where}.key: a short name is needed")
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]+/\S*", url):
        raise RegistryError(f"{where}.url: an http(s) address is needed")
    if kind not in KINDS:
        raise RegistryError(f"{where}.kind: one of {', '.join(KINDS)} is needed")
    try:
        pattern = re.compile(str(entry["pattern"])) if entry.get("pattern") else None
    except re.error as error:
        raise RegistryError(f"{where}.pattern: {error}") from None
    given = {name: str(entry[name]) for name in _TEXTS if entry.get(name)}
    layout = LAYOUTS.get(str(entry.get("layout", "")))
    if entry.get("layout") and layout is None:
        raise RegistryError(f"{where}.layout: one of {', '.join(LAYOUTS)} is needed")
    if layout is None and "rows" in given:
        layout = Layout(**given)
    if kind == "page" and layout is None and pattern is None:
        raise RegistryError(f"{where}: a page needs rows, a layout or a pattern")
    return Listing(key, url, kind, str(entry.get("instead_of", "")), layout, pattern)


def listing_at(url: str, params: Mapping[str, Any]) -> Listing | None:
    """The listing that an address is a part of: its own address, a numbered page of it, a part of its sitemap."""
    if "listings" not in params:
        return None
    for listing in listings_of(params):
        if _without_number(url) == _without_number(listing.url):
            return listing
        if (
            listing.kind == "sitemap"
            and same_host(url, listing.url)
            and re.search(r"\.xml(\.gz)?$", urlsplit(url).path)
        ):
            return listing
    return None


def read_listing(body: bytes, url: str, listing: Listing, content_type: str = "") -> Feed:
    """The items of one part of a listing, in its own order, and the addresses of further parts.

    Raises UnreadableError: empty, nothing_listed, too_large, and what ``read_tree``, ``read_sitemap`` and
    ``parse_json`` raise.
    """
    if listing.kind == "wp-posts":
        found = parse_json(body, url)
        if len(found.items) + len(found.rejected) >= per_page(url):
            found.more = (numbered(url, page_number(url) + 1),)
        return found
    if listing.kind == "sitemap":
        return _sitemap(body, url, listing)
    refuse_too_large(body)
    if len(body) > _MAX_PAGE_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {_MAX_PAGE_BYTES} are read")
    text, remarks = read_text(body, content_type)
    tree = read_tree(text)
    found = read_rows(tree, url, listing.layout, listing) if listing.layout else _links(tree, url, listing)
    found.notes[:0] = remarks
    if not found.items and not found.bare and page_number(url) == 1:
        raise UnreadableError("nothing_listed", "no row or link of the page is that of an item")
    return found


def read_rows(tree: LexborHTMLParser, url: str, layout: Layout, listing: Listing | None = None) -> Feed:
    """The rows of a page. A row without title is set aside; a date that cannot be read is a remark."""
    found = Feed(more=_next_parts(tree, url))
    lang = tree.css_first("html[lang]")
    language = language_code((lang.attributes.get("lang") if lang else None) or "")
    for number, row in enumerate(tree.css(layout.rows)):
        if number >= MAX_ROWS:
            found.notes.append(f"more than {MAX_ROWS} rows; the rest is not read")
            break
        locator = f"row {number + 1}"
        title = _said(row, layout.title)
        if not title:
            found.rejected.append((locator, "missing_title", "the row has no title"))
            continue
        link = row.css_first(layout.link)
        page_url = web_address((link.attributes.get("href") if link else None) or "", url)
        if listing is not None and page_url and not listing.names(page_url):
            page_url = ""
        published = _row_date(row, layout, found.notes)
        text = row.css_first(layout.text) if layout.text else None
        kind = _said(row, layout.type) if layout.type else ""
        found.items.append(
            Item(
                locator=locator,
                item_id=identity_of("", page_url, title, published),
                title=title,
                markup=node_text(text) if text is not None else "",
                page_url=page_url,
                categories=(kind,)[:MAX_CATEGORIES] if kind else (),
                language=language,
                published=published,
                is_plain=True,
            )
        )
    return found


def page_number(url: str) -> int:
    """Which part of a listing an address is; 1 where it says nothing."""
    parts = urlsplit(url)
    if found := _PATH_NUMBER.search(parts.path):
        return int(found[1])
    for name, value in parse_qsl(parts.query):
        if name in _NUMBERS and re.fullmatch(r"\d{1,4}", value):
            return int(value)
    return 1


def per_page(url: str) -> int:
    """How many posts an answer holds when there are more (``per_page``, 10 by default)."""
    said = dict(parse_qsl(urlsplit(url).query)).get("per_page", "")
    return int(said) if re.fullmatch(r"[1-9]\d{0,2}", said) else 10


def numbered(url: str, number: int) -> str:
    """The address of a part of a listing that is told by the query field ``page``."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return urlunsplit(parts._replace(query=urlencode([*pairs, ("page", str(number))], safe=",:")))


def _without_number(url: str) -> str:
    """A listing's address without the number of its part, and without the form that numbers leave behind."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url
    kept = [(name, value) for name, value in pairs if name not in _NUMBERS or not re.fullmatch(r"\d{1,4}", value)]
    path = _PATH_NUMBER.sub("", parts.path).rstrip("/")
    return canonical(urlunsplit(parts._replace(path=path or "/", query=urlencode(kept)))) or url


def _next_parts(tree: LexborHTMLParser, url: str) -> tuple[str, ...]:
    """The page's link to the part that follows: by the number in its address, whatever it looks like."""
    here, wanted = _without_number(url), page_number(url) + 1
    for _, address in _addresses(tree, "link[rel=next i], a[href]", url):
        if page_number(address) == wanted and _without_number(address) == here:
            return (address,)
    return ()


def _links(tree: LexborHTMLParser, url: str, listing: Listing) -> Feed:
    found = Feed(more=_next_parts(tree, url))
    for _, address in _addresses(tree, "a[href]", url):
        if listing.names(address) and canonical(address) != canonical(url) and len(found.bare) < MAX_NAMED:
            found.bare.setdefault(address, None)
    return found


def _addresses(tree: LexborHTMLParser, query: str, url: str) -> Iterator[tuple[LexborNode, str]]:
    for number, node in enumerate(tree.css(query)):
        if number >= _MAX_LINKS:
            return
        if address := web_address(node.attributes.get("href") or "", url):
            yield node, address


def _sitemap(body: bytes, url: str, listing: Listing) -> Feed:
    read = read_sitemap(body, url)
    newest = sorted(read.entries, key=lambda address: _age(read.entries[address]))
    if read.is_index:
        parts = [address for address in newest if same_host(address, listing.url)]
        return Feed(notes=list(read.remarks), more=tuple(parts))
    found = Feed(notes=list(read.remarks))
    wanted = [address for address in newest if listing.names(address)]
    if len(wanted) > MAX_NAMED:
        found.notes.append(f"{len(wanted)} pages are named; the {MAX_NAMED} newest are read")
    for number, address in enumerate(wanted[:MAX_NAMED]):
        news = read.news.get(address)
        if news is None or not news.title:
            found.bare[address] = read.entries[address]
            continue
        found.items.append(
            Item(
                locator=f"url {number + 1}",
                item_id=identity_of("", address, news.title, news.published),
                title=news.title,
                markup="",
                page_url=address,
                language=language_code(news.language),
                published=news.published,
                updated=read.entries[address],
                alternates=news.alternates,
            )
        )
    return found


def _age(changed: datetime | None) -> float:
    return -changed.timestamp() if changed else 0.0


def _said(row: LexborNode, query: str) -> str:
    node = row.css_first(query)
    return one_line(node.text()) if node is not None else ""


def _row_date(row: LexborNode, layout: Layout, notes: list[str]) -> datetime | None:
    node = row.css_first(layout.date)
    if node is None:
        return None
    said = one_line(node.text())
    found = parse_moment(node.attributes.get("datetime")) or written_day(said)
    if found is None and said:
        notes.append(f"date {said[:40]!r} is no date")
    return found
