"""One crawl of feeds and listings put together: items with the words of their pages, and whether some were missed.

Belongs here: how the records of lists' and of pages' captures become one record an item. Never here: XML, HTML, JSON.

The list gives identity, title and dates, the page the text. A page that this crawl could not read is taken from the
latest earlier crawl that could. If no item of a list was listed at the last crawl, the list was longer in between than
it shows, and items may be missing: that is a row in quarantine, so that readers see it.

A listing that stands in for a feed was read because of such a gap. Its items belong to the feed (``list_url``): those
that the feed still shows are dropped, those known before keep the identity they had. If it reaches back to what was
known, nothing is missing: the loss is recovered, which a note says in place of the row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeGuard

from scrapers.decoders.around import LOOK_BACK_CRAWLS, Around, EarlierCrawl, targets
from scrapers.decoders.base import Decoded, one_line
from scrapers.decoders.feed_items import canonical
from scrapers.items import Announcement, Record, Reject
from scrapers.listings import Listing, listing_at, listings_of
from scrapers.pages import MAX_CATEGORIES

POSSIBLE_LOSS = "possible_loss"
RECOVERED = "recovered"  # how the note of a loss begins that a listing made good


def read_from_page(record: Record) -> TypeGuard[Announcement]:
    """Whether a record was read from the item's own page, not from a feed."""
    return (
        isinstance(record, Announcement)
        and bool(record.page_url)
        and canonical(record.url) == canonical(record.page_url)
    )


def one_of(earlier: Announcement, later: Announcement) -> Announcement:
    """One record where two captures of a crawl gave the same id: a feed's word before a page's, the later before the
    earlier."""
    return _merged(earlier, later) if read_from_page(later) and not read_from_page(earlier) else _merged(later, earlier)


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's items, each with its page; pages that no item leads to go to quarantine."""
    pages = {canonical(page.page_url): page for page in found.records if read_from_page(page)}
    items = [record for record in found.records if isinstance(record, Announcement) and not read_from_page(record)]
    lists = _Lists(around)
    items, shown = _with_stand_ins(items, lists)
    used: set[str] = set()
    remarks: Counter[str] = Counter()
    whole: list[Announcement] = []
    older: dict[str, Announcement] | None = None
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
        whole.append(_merged(item, earlier) if earlier is not None else item)
    unread: set[str] = set()  # lists whose stand-in names pages that nobody read yet
    if found.listed:
        older = _older_pages(around) if older is None else older
        named = _named_alone(found.listed, whole, older | pages, lists)
        for address, home, page in named:
            used.add(address)
            if page is None:
                unread.add(home)
                remarks["pages that a listing names, not read yet"] += 1
                continue
            whole.append(page)
            if home not in lists.with_stand_in:
                shown.setdefault(home, set()).add(page.item_id)
    lost = [
        _reject(page, "page_without_item", f"no item of the feed leads to {page.page_url}")
        for address, page in pages.items()
        if address not in used
    ]
    loss, said = _possible_loss(whole, shown, unread, lists)
    notes = [f"{count} {what}" for what, count in sorted(remarks.items())]
    return Decoded(list(whole), [*found.rejects, *lost, *loss], [*found.notes, *notes, *said])


class _Lists:
    """The lists of a source: addresses of its feeds, its listings, and which stand in for which."""

    def __init__(self, around: Around) -> None:
        self.around = around
        feeds = [feed for feed in around.params.get("feeds") or [] if isinstance(feed, dict)]
        self.feeds = {str(feed.get("key")): str(feed.get("url")) for feed in feeds}
        self.listings = listings_of(around.params)
        self.with_stand_in = {self.feeds[one.instead_of] for one in self.listings if one.instead_of in self.feeds}
        self._known: dict[str, Announcement] | None = None

    def home(self, listing: Listing) -> str:
        """The address of the list that a listing's items belong to: its own, or that of the feed it stands in for."""
        return self.feeds.get(listing.instead_of, listing.url)

    def known(self) -> dict[str, Announcement]:
        """Items of the lists of earlier crawls by the address of their page, the latest reading of each."""
        if self._known is None:
            self._known = {}
            for crawl in islice(self.around.earlier(), LOOK_BACK_CRAWLS):
                for record in crawl.decoded.records:
                    if isinstance(record, Announcement) and not read_from_page(record) and record.page_url:
                        self._known.setdefault(canonical(record.page_url), record)
        return self._known

    def of_feed(self, record: Announcement, home: str) -> Announcement:
        """A listing's record as an item of the feed, under the identity that it had there."""
        update: dict[str, object] = {"list_url": home}
        if (earlier := self.known().get(canonical(record.page_url))) is not None:
            update |= {
                "record_id": earlier.record_id,
                "item_id": earlier.item_id,
                "published_at": earlier.published_at or record.published_at,
            }
        return record.model_copy(update=update)


def list_of(record: Announcement) -> str:
    """The address of the list that an item belongs to."""
    return record.list_url or record.url


def _with_stand_ins(items: list[Announcement], lists: _Lists) -> tuple[list[Announcement], dict[str, set[str]]]:
    """The items of feeds with those that a listing in their stead adds; and what each list itself showed."""
    stand_in: list[tuple[Announcement, str]] = []
    own: list[Announcement] = []
    for item in items:
        listing = listing_at(item.url, lists.around.params)
        if listing is not None and listing.instead_of in lists.feeds:
            stand_in.append((item, lists.home(listing)))
        else:
            own.append(item)
    shown: dict[str, set[str]] = {}
    for item in own:
        shown.setdefault(list_of(item), set()).add(item.item_id)
    here = {canonical(item.page_url) for item in own} - {""}
    added: dict[str, Announcement] = {}
    for item, home in stand_in:
        if canonical(item.page_url) not in here:
            record = lists.of_feed(item, home)
            added.setdefault(record.record_id, record)
    return [*own, *added.values()], shown


def _named_alone(
    listed: Iterable[str], items: Iterable[Announcement], pages: Mapping[str, Announcement], lists: _Lists
) -> list[tuple[str, str, Announcement | None]]:
    """Of pages of which a listing gives the address alone: address, the list they belong to, and what was read of them.

    Those that an item leads to are the item's.
    """
    here = {canonical(item.page_url) for item in items}
    found: dict[str, tuple[str, str, Announcement | None]] = {}
    for address in listed:
        way = list(targets(canonical(address), lists.around.redirects))
        listing = next((one for one in lists.listings if one.names(address)), None)
        if listing is None or not way or here.intersection(way):
            continue
        if lists.around.redirects.get(way[-1]) == "":
            continue  # gone
        page = next((pages[step] for step in way if step in pages), None)
        home = lists.home(listing)
        if page is not None:
            named = {"record_id": f"{page.source_id}:{page.item_id}", "crawl_id": lists.around.crawl_id}
            page = page.model_copy(update={"list_url": home, **named})
            page = lists.of_feed(page, home) if listing.instead_of else page
        found.setdefault(page.record_id if page else way[0], (way[-1], home, page))
    return list(found.values())


def _merged(item: Announcement, other: Announcement) -> Announcement:
    """One record of two: the first one's word on identity, title and dates, and the fuller text."""
    languages = (other, item) if read_from_page(other) else (item, other)
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


def _older_pages(around: Around) -> dict[str, Announcement]:
    """Pages of earlier crawls by address, the latest reading of each."""
    pages: dict[str, Announcement] = {}
    for crawl in islice(around.earlier(), LOOK_BACK_CRAWLS):
        for record in crawl.decoded.records:
            if read_from_page(record):
                pages.setdefault(canonical(record.page_url), record)
    return pages


def _possible_loss(
    items: list[Announcement], shown: Mapping[str, set[str]], unread: set[str], lists: _Lists
) -> tuple[list[Reject], list[str]]:
    """A row for each list of which no item was listed at the last crawl that could read it, and what there is to say of
    it; of a list that another made good, a word alone.
    """
    lost: list[Reject] = []
    said: list[str] = []
    for address in dict.fromkeys(map(list_of, items)):
        own = shown.get(address, set())
        listed = [item for item in items if list_of(item) == address]
        before, crawl = _last_listing(address, lists)
        added = {item.item_id for item in listed} - own
        if crawl is None or not before or before & own:
            if added and address in lists.with_stand_in:
                said.append(
                    f"{RECOVERED} later: a listing gave {len(added)} items that the feed does not show any more"
                )
            continue
        if before & added and address not in unread:
            said.append(
                f"{RECOVERED}: none of the {len(own)} items was listed at the last crawl "
                f"({crawl.started_at:%Y-%m-%d %H:%M} UTC), a listing gave the {len(added - before)} between"
            )
            continue
        detail = (
            f"none of the {len(own)} items was listed at the last crawl ({crawl.started_at:%Y-%m-%d %H:%M} UTC): "
            "items published in between may be missing"
        )
        lost.append(_reject(listed[0], POSSIBLE_LOSS, detail))
        said.append(detail)
    return lost, said


def _last_listing(address: str, lists: _Lists) -> tuple[set[str], EarlierCrawl | None]:
    is_listing = any(canonical(one.url) == canonical(address) for one in lists.listings if not one.instead_of)
    for crawl in islice(lists.around.earlier(), LOOK_BACK_CRAWLS):
        records = [r for r in crawl.decoded.records if isinstance(r, Announcement)]
        ids = {record.item_id for record in records if list_of(record) == address and not read_from_page(record)}
        if is_listing:
            named = {canonical(page) for page in crawl.decoded.listed}
            ids |= {
                record.item_id for record in records if read_from_page(record) and canonical(record.page_url) in named
            }
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
