"""Feeds and other lists of news, and the pages of their items, to announcements.

Belongs here: telling what a payload is, and what an item's page says. Never here: how each kind of list is written
(``feed_xml.py``, ``feed_json.py``, ``scrapers/listings.py``), requests, how the captures of a crawl become one record
(``scrapers/decoders/announcements.py``), what an announcement is about, contacts in texts (scrubbed before anything is
written).

Formats: RSS 0.9x to 2.0, RSS 1.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1, posts of the WordPress REST API; at an
address that the source names as a listing (``params.listings``) also pages and sitemaps. A list's capture gives one
record an item, a page's capture one record of its own; ``scrapers.decoders.announcements`` puts them together by the
address of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from scrapers import listings
from scrapers.charset import read_text
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_moment
from scrapers.decoders.feed_items import (
    Feed,
    Item,
    add_records,
    canonical,
    feed_addresses,
    item_key,
    lines_of,
    page_fields,
    stamps_of,
)
from scrapers.decoders.feed_json import looks_like_json, parse_json
from scrapers.decoders.feed_xml import HTML, MAX_ITEMS, parse_xml
from scrapers.html import TooLongError
from scrapers.items import Announcement
from scrapers.pages import Page, TooDeepError, read_page

__all__ = [
    "MAX_ITEMS",
    "Feed",
    "Item",
    "canonical",
    "decode",
    "entry_ids",
    "entry_stamps",
    "feed_addresses",
    "item_key",
    "lines_of",
    "looks_like_page",
    "meaning",
    "read_feed",
]

_NOTICE = re.compile(
    r"(?:30[1278] (?:found|moved|see other|(?:temporary|permanent) redirect)\b|moved permanently"
    r"|(?:the )?(?:object|document|page|resource) (?:has )?(?:been )?(?:permanently |temporarily )?moved\b)",
    re.I,
)
MAX_FEED_BYTES = 4 * 1024 * 1024  # of XML


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Announcements of a list of news, or the one announcement of an item's page.

    Raises UnreadableError: empty, too_large, too_many_elements, not_a_feed (also for a page where the source's
    parameters say that a feed is due), malformed, what ``listings.read_listing`` and ``load_json`` raise; for pages
    no_words, moved, too_deep, text_too_long, tdm_reserved.
    """
    sink = Sink(context, "announcement")
    listing = listings.listing_at(context.url, context.params)
    if listing is not None:
        found = listings.read_listing(body, context.url, listing, context.content_type)
        is_first = canonical(context.url) == canonical(listing.url)
        add_records(found, context, sink, "" if is_first else listing.url)
        decoded = sink.decoded()
        decoded.listed += found.bare
        return decoded
    if looks_like_json(body):
        add_records(parse_json(body, context.url), context, sink)
        return sink.decoded()
    text, remarks = _checked(body, context.content_type)
    sink.note_all(remarks)
    if looks_like_page(text) and canonical(context.url) not in feed_addresses(context.params):
        _page(text, context, sink)
    else:
        add_records(parse_xml(text, context.url), context, sink)
    return sink.decoded()


def read_feed(body: bytes, url: str = "", content_type: str = "") -> Feed:
    """The items of a feed; ``url`` is what relative links are resolved against. Raises UnreadableError, see decode."""
    if looks_like_json(body):
        return parse_json(body, url)
    text, remarks = _checked(body, content_type)
    feed = parse_xml(text, url)
    feed.notes[:0] = remarks
    return feed


def entry_ids(body: bytes) -> list[str]:
    """What a feed lists, for noticing a change: "id stamp" of each item, sorted; raises UnreadableError.

    The order of items, the feed's own build date and its wording do not matter; an item's stamp of change does.
    """
    return lines_of(entry_stamps(body))


def entry_stamps(body: bytes) -> list[tuple[str, datetime | None]]:
    """Each item's id and the time of its last change, sorted, each pair once; raises UnreadableError."""
    return stamps_of(read_feed(body).items)


def meaning(body: bytes) -> str:
    """What a feed or an item's page says, as one text without what changes at every request (build dates, marks of the
    page's machinery); raises UnreadableError."""
    if looks_like_json(body):
        return "\n".join(entry_ids(body))
    text, _ = _checked(body, "")
    if not looks_like_page(text):
        return "\n".join(entry_ids(body))
    try:
        page = read_page(text)
    except ValueError as error:
        raise UnreadableError("malformed", str(error)) from None
    if page.reserved:
        raise UnreadableError("tdm_reserved", "the page reserves text and data mining")
    if is_notice(page):
        raise UnreadableError("moved", "the page says that it is elsewhere")
    return f"{page.title}\n{page.text}"


def _checked(body: bytes, content_type: str) -> tuple[str, list[str]]:
    if len(body) > MAX_FEED_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_FEED_BYTES} are read")
    text, notes = read_text(body, content_type)
    if not text.strip("\x00 \t\r\n\ufeff"):
        raise UnreadableError("empty", "the body is empty")
    return text, notes


def looks_like_page(text: str) -> bool:
    """Whether a document is an HTML page and no feed, judged by its beginning."""
    start = text.lstrip("\ufeff \t\r\n")[:4096]
    if not start.startswith("<"):
        return False
    return not re.search(r"<(?:rss|feed|(?:\w+:)?rdf)[\s>]", start, re.I) and bool(HTML.search(start))


def is_notice(page: Page) -> bool:
    """Whether a page says no more than that something is elsewhere, as servers do that send such a page with 200."""
    return len(page.text) < 300 and _NOTICE.match(page.title or page.text) is not None


def _page(text: str, context: DecodeContext, sink: Sink) -> None:
    hints = context.params.get("page")
    try:
        page = read_page(text, hints if isinstance(hints, Mapping) else None)
    except TooLongError as error:
        raise UnreadableError("text_too_long", str(error)) from None
    except TooDeepError as error:
        raise UnreadableError("too_deep", str(error)) from None
    if page.reserved:
        raise UnreadableError("tdm_reserved", "the page reserves text and data mining, so its words are not read")
    if is_notice(page):
        raise UnreadableError("moved", "the page says that it is elsewhere")
    fields = page_fields(page, context)
    if not page.text or not fields["title"]:
        raise UnreadableError("no_words", "the page has no words of its own")
    fields |= {"published_at": parse_moment(page.published), "updated_at": parse_moment(page.updated)}
    record = sink.build(Announcement, "", fields)
    if record is not None:
        sink.records.append(record)
