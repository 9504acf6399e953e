"""Pages that state postings for machines (schema.org ``JobPosting``), and the listings that lead to them.

Belongs here: what a page or a listing gives, the identity of a posting, and how a crawl of pages and listings becomes
one result. Never here: finding the items in a page (``structured_data``), their fields (``schema_posting``), requests.

The identity of a posting is the address of its page: ``identifier`` is the employer's name on some sites and the same
for all on others. Where a page states several, the one that the page is of keeps the page's; each other has its own
address, else its ``identifier`` if no other has the same, else title and place.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from scrapers.archive import canonical_url
from scrapers.careers import Site, listed_on_page, read_listing, site_of, sites
from scrapers.charset import read_text
from scrapers.decoders.around import LOOK_BACK, Around, EarlierCrawl, targets
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, refuse_too_large
from scrapers.decoders.closed import notices, says_closed
from scrapers.decoders.postings import PostingBuilder
from scrapers.decoders.schema_posting import posting_fields
from scrapers.decoders.schema_values import first_text
from scrapers.decoders.structured_data import Found, Item, job_postings
from scrapers.html import node_text, to_text
from scrapers.items import JobPosting
from scrapers.pages import read_tree, web_address
from scrapers.sitemaps import looks_like_sitemap, read_sitemap

_MAX_DESCRIBED = 100_000  # characters of an ad in which a line of its page is looked for
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """The postings of a page; of a listing the addresses that it names (``Decoded.listed``).

    Raises UnreadableError: empty, too_large, text_too_long, too_deep, tdm_reserved, expired (the page says that its
    posting is over, whatever it still states for machines), broken_structured_data, no_structured_data, a_listing (a
    sitemap of no registered site), and what ``read_listing`` raises.
    """
    refuse_too_large(body)
    sink = Sink(context, "job_posting")
    site = site_of(context.url, sites(context.params))
    if looks_like_sitemap(body):
        return _listing(body, context, site, sink)
    markup, remarks = read_text(body, context.content_type)
    sink.note_all(remarks)
    tree = read_tree(markup)
    found = job_postings(markup, tree)
    builder = PostingBuilder(context, sink, site.board if site else _host(context.url))
    stated = _stated(found.items, builder, context)
    heading = tree.css_first("h1")
    whose = _of_page(stated, _canonical(_page(context)), node_text(heading) if heading is not None else "")
    if whose is not None and _is_over(whose, tree, context.retrieved_at.date()):
        raise UnreadableError("expired", "the page says that its posting is no longer open")
    _build(builder, stated, whose, context)
    for locator, reason, detail in found.faults:
        sink.reject(locator, reason, detail)
    for remark, times in found.remarks.items():
        sink.note(remark, times)
    decoded = builder.decoded()
    if site is not None and not site.is_posting(context.url):
        decoded.listed += listed_on_page(tree, context.url, site).pages
        if decoded.listed:
            decoded.notes.append(f"a listing of {len(decoded.listed)} postings")
    if not found.items and not decoded.listed:
        raise _nothing(found, tree)
    return decoded


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's postings: those of the pages read, and of listed pages that were not asked for again what the latest
    crawl that asked found. A page that was gone by then, over, or led elsewhere gives none, listed or not.
    """
    known = sites(around.params)
    open_yet = {canonical_url(address): site_of(address, known) for address in found.listed}
    ways: dict[str, str] = {}
    carried: list[JobPosting] = []
    again = gone = 0
    for crawl in chain((EarlierCrawl(around.crawl_id, around.started_at, found, around.redirects),), around.earlier()):
        if not open_yet or around.started_at - crawl.started_at > LOOK_BACK:
            break
        ways = {**crawl.redirects, **ways}
        read, over = _read_in(crawl)
        for address, site in list(open_yet.items()):
            way = list(targets(address, ways))
            postings = next((read[step] for step in way if step in read), None)
            if postings is None and not (over.intersection(way) or _leads_away(way, ways, site)):
                continue
            del open_yet[address]
            gone += postings is None
            if postings is not None and crawl.decoded is not found:
                again += len(postings)
                carried += postings
    notes = list(found.notes)
    for count, what in (
        (again, "postings still listed whose page was not asked for again, as it was last read"),
        (len(open_yet), "listed pages that were not read yet, or had no posting"),
        (gone, "listed pages that are gone"),
    ):
        if count:
            notes.append(f"{count} {what}")
    records = {record.record_id: record for record in found.records}
    for record in carried:
        records.setdefault(record.record_id, record.model_copy(update={"crawl_id": around.crawl_id}))
    return replace(found, records=list(records.values()), notes=notes)


def _read_in(crawl: EarlierCrawl) -> tuple[dict[str, list[JobPosting]], set[str]]:
    """What one crawl read of each page, and the pages that it found to say that they are over."""
    read: dict[str, list[JobPosting]] = {}
    for record in crawl.decoded.records:
        if isinstance(record, JobPosting):
            read.setdefault(canonical_url(record.url), []).append(record)
    return read, {canonical_url(reject.url) for reject in crawl.decoded.rejects if reject.reason == "expired"}


def _leads_away(way: list[str], ways: Mapping[str, str], site: Site | None) -> bool:
    """Whether a page is gone, or a redirect ends at what is no advertisement of the site."""
    return way[-1] in ways or (len(way) > 1 and (site is None or not site.is_posting(way[-1])))


def _listing(body: bytes, context: DecodeContext, site: Site | None, sink: Sink) -> Decoded:
    if site is None:
        read_sitemap(body, context.url)  # one that is broken says so first
        raise UnreadableError("a_listing", "a sitemap; which of its addresses are postings a board's pattern would say")
    listing = read_listing(body, context.url, site, context.content_type)
    for remark in listing.remarks:
        sink.note(remark)
    if listing.more:
        sink.note(f"an index of {len(listing.more)} sitemaps")
    else:
        sink.note(f"a listing of {len(listing.pages)} postings")
    decoded = sink.decoded()
    decoded.listed += listing.pages
    return decoded


@dataclass(frozen=True)
class _Stated:
    """A posting of a page: where it stands, the address that it names ("" for none), and its parts."""

    locator: str
    own: str
    fields: dict[str, Any]


def _stated(items: list[Item], builder: PostingBuilder, context: DecodeContext) -> list[_Stated]:
    """The page's postings; what stands there twice, alike, is one."""
    found: dict[str, _Stated] = {}
    for item in items:
        own, fields = web_address(first_text(item.data.get("url")), _page(context)), posting_fields(item, builder)
        known = f"{_canonical(own)} {fields!r}" if own else repr(fields)
        if known in found:
            builder.sink.note("posting stated twice, alike")
        else:
            found[known] = _Stated(item.locator, own, fields)
    return list(found.values())


def _of_page(stated: list[_Stated], page: str, heading: str) -> _Stated | None:
    """The posting that the page is of, told from others that it shows beside it: the only one, the one whose address is
    the page's, the one without address among those of other pages, or the one that the page is headed by.
    """
    here = [posting for posting in stated if posting.own and _canonical(posting.own) == page]
    nowhere = [posting for posting in stated if not posting.own]
    headed = [posting for posting in stated if posting.fields["title"] == " ".join(heading.split())]
    return next((few[0] for few in (stated, here, nowhere, headed) if len(few) == 1), None)


def _build(builder: PostingBuilder, stated: list[_Stated], whose: _Stated | None, context: DecodeContext) -> None:
    page = _page(context)
    numbers = Counter(posting.fields["requisition_id"] for posting in stated)
    for posting in stated:
        fields, address = posting.fields, page
        number = fields["requisition_id"]
        if posting is not whose:
            if posting.own and _canonical(posting.own) != _canonical(page):
                address = posting.own
            else:
                address += f"#{number if number and numbers[number] == 1 else _title_and_place(fields)}"
        builder.build(posting.locator, posting_id=posting_id(address), url=posting.own or page, **fields)


def _title_and_place(fields: dict[str, Any]) -> str:
    return " ".join(str(part) for part in (fields["title"], fields["location"], *fields["offices"]) if part)


def _is_over(posting: _Stated, tree: LexborHTMLParser, today: date) -> bool:
    """Whether the page says that its posting is over: in a notice; anywhere, once its closing day has passed."""
    deadline: date | None = posting.fields["deadline_on"]
    if deadline is not None and deadline < today and tree.body is not None and says_closed(node_text(tree.body)):
        return True
    found = notices(tree)
    if not found:
        return False
    parts = posting.fields.get("parts") or [("", posting.fields.get("text"))]
    own = " ".join(to_text("".join(text[:_MAX_DESCRIBED] for _, text in parts if isinstance(text, str))).split())
    return any(" ".join(line.split()) not in own for line in found)  # a line of the ad's own text is no notice


def _page(context: DecodeContext) -> str:
    return web_address(context.url, "") or context.url


def posting_id(address: str) -> str:
    """The last part of an address, for people to read, and the start of a hash of the whole, which tells it apart."""
    page, _, part = address.partition("#")
    path = unquote(urlsplit(page).path).rstrip("/").rpartition("/")[2]
    digest = hashlib.sha256(f"{_canonical(page)}#{part}".encode("utf-8", "replace")).hexdigest()[:10]
    name = _NAME.sub("-", path).strip("-.")[:60]
    return f"{name}-{digest}" if name else digest


def _canonical(address: str) -> str:
    try:
        return canonical_url(address)
    except ValueError:  # a file that was decoded from nowhere
        return address


def _host(address: str) -> str | None:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.") or None
    except ValueError:
        return None


def _nothing(found: Found, tree: LexborHTMLParser) -> UnreadableError:
    """Why a page gives no posting, as well as it can be told."""
    if found.faults:
        locator, reason, detail = found.faults[0]
        return UnreadableError("broken_structured_data", f"{locator}: {reason}: {detail}")
    if tree.body is not None and says_closed(node_text(tree.body)):
        return UnreadableError("expired", "the page says that its posting is no longer open")
    if tree.css_first('[typeof*="JobPosting" i]') is not None:
        return UnreadableError("no_structured_data", "the page states its posting in RDFa, which is seen and not read")
    if found.empty_blocks:
        return UnreadableError("no_structured_data", "the page's block of JSON-LD is empty")
    others = ", ".join(name for name, _ in found.other_types.most_common(6))
    stated = f"; it states {others}" if others else ""
    return UnreadableError("no_structured_data", f"the page states no posting for machines{stated}")
