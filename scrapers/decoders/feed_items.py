"""Items of lists of news, whatever the list is written in, and how one becomes an announcement.

Belongs here: what feeds, listing pages and answers of content systems have in common: identity, titles, the record.
Never here: XML, JSON or HTML (``feed.py``, ``feed_json.py``, ``scrapers/listings.py``), requests.

An item is known by its guid, without one by its page, without either by its words; records hold a digest of that,
never the guid itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrapers.archive import canonical_url
from scrapers.decoders.base import DecodeContext, Sink
from scrapers.html import TooLongError, to_text
from scrapers.items import Announcement
from scrapers.pages import one_line, web_address

MAX_TITLE = 1_000
_MAX_ID = 1_000


@dataclass(frozen=True)
class Item:
    """One entry of a list, as far as it can be read without its page."""

    locator: str
    item_id: str  # guid, else the canonical address, else a digest of its words and date; "" when there is nothing
    title: str
    markup: str  # of the fullest text that the list gives
    page_url: str  # absolute http(s) address, or ""
    categories: tuple[str, ...] = ()
    language: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    alternates: tuple[str, ...] = ()
    is_plain: bool = False  # ``markup`` is a text without markup


@dataclass
class Feed:
    """A list's items in its own order, and remarks on how they were read."""

    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut_off: bool = False  # the document ends before its end
    bare: dict[str, datetime | None] = field(
        default_factory=dict
    )  # pages of which nothing is said but when they changed
    more: tuple[str, ...] = ()  # addresses of further parts of the list, the next first
    rejected: list[tuple[str, str, str]] = field(default_factory=list)  # locator, reason, detail


def title_of(markup: str) -> str:
    """A title on one line without its markup; "" for one too long to be read."""
    try:
        return one_line(to_text(markup[: MAX_TITLE * 10]))
    except TooLongError:
        return ""


def identity_of(guid: str, page_url: str, said: str, published: datetime | None) -> str:
    """By what an item is known; "" when it has neither id nor address nor words."""
    item_id = one_line(guid) or canonical(page_url)
    if not item_id and said:
        stamp = published.isoformat() if published else ""
        item_id = "sha256:" + hashlib.sha256(f"{said}\n{stamp}".encode("utf-8", "replace")).hexdigest()
    return item_id[:_MAX_ID]


def item_key(item_id: str) -> str:
    """The id under which an item is kept: a digest, because publishers put names, addresses and tokens into guids."""
    if re.fullmatch("sha256:[0-9a-f]{64}", item_id):
        return item_id
    return f"sha256:{hashlib.sha256(item_id.encode('utf-8', 'replace')).hexdigest()}"


def canonical(url: str) -> str:
    """The address under which page and item meet; "" for a text that is no address."""
    try:
        return canonical_url(url) if "://" in url else ""
    except (ValueError, UnicodeError):
        return ""


def feed_addresses(params: Mapping[str, Any]) -> frozenset[str]:
    """Canonical addresses of a source's feeds."""
    feeds = params.get("feeds")
    listed = feeds if isinstance(feeds, list) else []
    return frozenset(canonical(str(entry.get("url"))) for entry in listed if isinstance(entry, Mapping))


def lines_of(stamps: Iterable[tuple[str, datetime | None]]) -> list[str]:
    return [f"{item_id} {stamp.isoformat() if stamp else ''}".strip() for item_id, stamp in stamps]


def stamps_of(items: Iterable[Item]) -> list[tuple[str, datetime | None]]:
    """Each item's id and the time of its last change, sorted, each pair once."""
    pairs = {(item.item_id, item.updated or item.published) for item in items}
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].isoformat() if pair[1] else ""))


def add_records(found: Feed, context: DecodeContext, sink: Sink, list_url: str = "") -> None:
    """Put the items of a list into the sink, each item once, its newer reading."""
    sink.note_all(found.notes)
    for locator, reason, detail in found.rejected:
        sink.reject(locator, reason, detail)
    kept: dict[str, Announcement] = {}
    for item in found.items:
        record = _record(item, context, sink, list_url)
        if record is None:
            continue
        earlier = kept.get(record.record_id)
        if earlier is not None:
            alike = record.content_sha256 == earlier.content_sha256
            sink.note("item listed twice, alike" if alike else "item listed twice, the newer reading kept")
            if alike or _stamp(record) <= _stamp(earlier):
                continue
        kept[record.record_id] = record
    if not kept and not found.bare:
        sink.note("no item of the list can be read" if found.items or found.rejected else "the list is empty")
    sink.records.extend(kept.values())


def _stamp(record: Announcement) -> float:
    moment = record.updated_at or record.published_at
    return moment.timestamp() if moment else 0.0


def _record(item: Item, context: DecodeContext, sink: Sink, list_url: str) -> Announcement | None:
    try:
        words = item.markup.strip() if item.is_plain else to_text(item.markup)
    except TooLongError as error:
        sink.reject(item.locator, "text_too_long", str(error))
        return None
    title = item.title
    if not title and words:
        title = one_line(words.partition("\n")[0])[:200]
        sink.note("item without title: the beginning of its text stands for it")
    if not title:
        sink.reject(item.locator, "missing_title", "neither title nor text")
        return None
    if len(title) > MAX_TITLE:
        sink.reject(item.locator, "title_too_long", f"{len(title)} characters")
        return None
    if not item.item_id:
        sink.reject(item.locator, "missing_id", "neither guid nor link nor title")
        return None
    page_url = "" if canonical(item.page_url) in feed_addresses(context.params) else item.page_url
    if not page_url:
        sink.note("item without an address of its own")
    if item.published is None:
        sink.note("item without date")
    fields = {
        "record_id": f"{context.source_id}:{item_key(item.item_id)}",
        "item_id": item_key(item.item_id),
        "title": title,
        "text": words,
        "page_url": page_url,
        "categories": list(item.categories),
        "language_declared": item.language,
        "published_at": item.published,
        "updated_at": item.updated,
        "list_url": list_url,
        "alternates": [address for address in item.alternates if address != page_url],
    }
    record = sink.build(Announcement, item.locator, fields)
    return record if isinstance(record, Announcement) else None


def page_fields(page: Any, context: DecodeContext) -> dict[str, Any]:
    """What an item's page (``scrapers.pages.Page``) gives as fields of an announcement, without its dates.

    Its record is never that of an item of a list, which may be known by the same address.
    """
    address = canonical(context.url)
    item_id = item_key(address or f"sha256:{context.capture_id}")
    page_url = web_address(context.url, "") if address else ""
    here = {canonical(page_url)}
    return {
        "record_id": f"{context.source_id}:page:{item_id}",
        "item_id": item_id,
        "title": (page.title or page.text.partition("\n")[0])[:MAX_TITLE],
        "text": page.text,
        "page_url": page_url,
        "categories": list(page.categories),
        "language_declared": page.language,
        "alternates": [
            url for link in page.alternates if (url := web_address(link, context.url)) and canonical(url) not in here
        ],
        "documents": [url for link in page.documents if (url := web_address(link, context.url))],
    }
