"""One crawl of a feed put together: items with the words of their pages, and whether items may have been missed.

Belongs here: how the records of a feed's and of its pages' captures become one record an item. Never here: XML, HTML.

The feed gives identity, title and dates, the page the text. A page that this crawl could not read is taken from the
latest earlier crawl that could. If no item of the feed was listed at the last crawl, the feed was longer in between
than it shows, and items may be missing: that is a row in quarantine, so that readers see it.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TypeGuard

from scrapers.decoders.around import Around, EarlierCrawl, targets
from scrapers.decoders.base import Decoded, one_line
from scrapers.decoders.feed import canonical
from scrapers.items import Announcement, Record, Reject
from scrapers.pages import MAX_CATEGORIES

POSSIBLE_LOSS = "possible_loss"
_LOOK_BACK = 10  # crawls in which an older reading of a page is looked for


def is_page(record: Record) -> TypeGuard[Announcement]:
    """Whether a record was read from the item's own page, not from a feed."""
    return (
        isinstance(record, Announcement)
        and bool(record.page_url)
        and canonical(record.url) == canonical(record.page_url)
    )


def one_of(earlier: Announcement, later: Announcement) -> Announcement:
    """One record where two captures of a crawl gave the same id: a feed's word before a page's, the later before the
    earlier."""
    return _merged(earlier, later) if is_page(later) and not is_page(earlier) else _merged(later, earlier)


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's items, each with its page; pages that no item leads to go to quarantine."""
    pages = {canonical(page.page_url): page for page in found.records if is_page(page)}
    items = [record for record in found.records if isinstance(record, Announcement) and not is_page(record)]
    used: set[str] = set()
    remarks: Counter[str] = Counter()
    whole: list[Record] = []
    older: dict[str, Record] | None = None
    for item in items:
        way = list(targets(canonical(item.page_url), around.redirects))
        address = next((step for step in way if step in pages), None)
        if address is not None:
            used.update(way)
            whole.append(_merged(item, pages[address]))
            continue
        older = _older_pages(around) if older is None and way else older
        earlier = next((older[step] for step in way if older and step in older), None)
        remarks[
            "items without the text of their page" if earlier is None else "items with an earlier text of their page"
        ] += 1
        whole.append(_merged(item, earlier) if isinstance(earlier, Announcement) else item)
    lost = [
        _reject(page, "page_without_item", f"no item of the feed leads to {page.page_url}")
        for address, page in pages.items()
        if address not in used
    ]
    loss = _possible_loss(items, around)
    notes = [f"{count} {what}" for what, count in sorted(remarks.items())]
    return Decoded(whole, [*found.rejects, *lost, *loss], [*found.notes, *notes, *(r.detail for r in loss)])


def _merged(item: Announcement, other: Announcement) -> Announcement:
    """One record of two: the first one's word on identity, title and dates, and the fuller text."""
    languages = (other, item) if is_page(other) else (item, other)
    return item.model_copy(
        update={
            "text": other.text if len(other.text) > len(item.text) else item.text,
            "page_url": item.page_url or other.page_url,
            "categories": list(dict.fromkeys([*item.categories, *other.categories]))[:MAX_CATEGORIES],
            "language_declared": languages[0].language_declared or languages[1].language_declared,
            "published_at": item.published_at or other.published_at,
            "updated_at": item.updated_at or other.updated_at,
        }
    )


def _older_pages(around: Around) -> dict[str, Record]:
    """Pages of earlier crawls by address, the latest reading of each."""
    pages: dict[str, Record] = {}
    for crawl in islice(around.earlier(), _LOOK_BACK):
        for record in crawl.decoded.records:
            if isinstance(record, Announcement) and is_page(record):
                pages.setdefault(canonical(record.page_url), record)
    return pages


def _possible_loss(items: list[Announcement], around: Around) -> list[Reject]:
    """A row for each feed of which no item was listed at the last crawl that could read it."""
    lost = []
    for address in dict.fromkeys(item.url for item in items):
        listed = [item for item in items if item.url == address]
        before, crawl = _last_listing(address, around)
        if crawl is None or not before or before & {item.item_id for item in listed}:
            continue
        detail = (
            f"none of the {len(listed)} items was listed at the last crawl ({crawl.started_at:%Y-%m-%d %H:%M} UTC): "
            "items published in between may be missing"
        )
        lost.append(_reject(listed[0], POSSIBLE_LOSS, detail))
    return lost


def _last_listing(address: str, around: Around) -> tuple[set[str], EarlierCrawl | None]:
    for crawl in islice(around.earlier(), _LOOK_BACK):
        records = [r for r in crawl.decoded.records if isinstance(r, Announcement) and r.url == address]
        ids = {record.item_id for record in records if not is_page(record)}
        if ids:
            return ids, crawl
    return set(), None


def _reject(record: Announcement, reason: str, detail: str) -> Reject:
    return Reject(
        source_id=record.source_id,
        crawl_id=record.crawl_id,
        capture_id=record.capture_id,
        url=record.url,
        retrieved_at=record.retrieved_at,
        is_sample=record.is_sample,
        record_kind="announcement",
        locator="",
        reason=reason,
        detail=one_line(detail),
    )
