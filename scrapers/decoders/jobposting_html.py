"""Pages that state postings for machines (schema.org ``JobPosting``), and the listings that lead to them.

Belongs here: what a page or a listing gives, the identity of a posting, and how a crawl of pages and listings becomes
one result. Never here: finding the items in a page (``structured_data``), their fields (``schema_posting``), requests.

The identity of a posting is the address of its page: ``identifier`` is the employer's name on some sites and the same
for all on others. Where a page states several, each has its own address, else its ``identifier`` or title.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from scrapers.archive import canonical_url
from scrapers.careers import Site, listed_on_page, read_listing, read_tree, site_of, sites
from scrapers.challenge import challenge_of
from scrapers.charset import read_text
from scrapers.decoders.around import Around, targets
from scrapers.decoders.base import MAX_BODY_BYTES, DecodeContext, Decoded, Sink, UnreadableError
from scrapers.decoders.postings import PostingBuilder
from scrapers.decoders.schema_posting import posting_fields
from scrapers.decoders.schema_values import first_text
from scrapers.decoders.structured_data import Found, Item, job_postings
from scrapers.html import node_text
from scrapers.items import JobPosting, Record
from scrapers.pages import web_address
from scrapers.sitemaps import looks_like_sitemap, read_sitemap

LOOK_BACK = timedelta(days=45)  # how old a reading of a page may be that stands for one that was not asked for
# Said by the pages of advertisements that are over; each alternative begins with a word, so that none is tried twice.
_EXPIRED = re.compile(
    r"\b(?:job|position|vacancy|posting|offer|role|opportunity|advertisement|advert) (?:you are looking for )?"
    r"(?:is|are|has|was) (?:(?:now|been|already|unfortunately) ){0,3}"
    r"(?:no longer (?:available|active|open|online|accepting)|expired|filled|closed|removed)"
    r"|\bno longer accepting applications"
    r"|\b(?:offre|annonce|poste)\b[^.\n]{0,40}?(?:n.est (?:plus|pas) (?:disponible|en ligne|active)|a expiré"
    r"|est expirée?|a été pourvu|est pourvu|est clôturée?)"
    r"|\b(?:stelle|stellenanzeige|anzeige|position)\b[^.\n]{0,40}?"
    r"(?:nicht mehr (?:verfügbar|online|aktiv|ausgeschrieben)|bereits besetzt|abgelaufen)"
    r"|\bnet méi (?:disponibel|online)",
    re.I,
)
_MAX_EXPIRED = 20_000  # characters of a page's words in which it says so
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """The postings of a page; of a listing the addresses that it names (``Decoded.listed``).

    Raises UnreadableError: empty, too_large, text_too_long, too_deep, tdm_reserved, challenge, expired (the page says
    that its posting is gone), broken_structured_data, no_structured_data, a_listing (a sitemap of no registered site),
    and what ``read_listing`` raises.
    """
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read")
    sink = Sink(context, "job_posting")
    site = site_of(context.url, sites(context.params))
    if looks_like_sitemap(body):
        return _listing(body, context, site, sink)
    service = challenge_of(body)
    if service is not None:
        raise UnreadableError("challenge", f"a bot challenge ({service}) stands where a page is due")
    markup, remarks = read_text(body, context.content_type)
    for remark in remarks:
        sink.note(remark)
    tree = read_tree(markup)
    found = job_postings(markup, tree)
    builder = PostingBuilder(context, sink, site.board if site else _host(context.url))
    for item in found.items:
        _build(builder, item, context, alone=len(found.items) == 1)
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
        raise _nothing(found, node_text(tree.body)[:_MAX_EXPIRED] if tree.body else "")
    return decoded


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's postings: those of the pages read, and of listed pages that were not asked for again what their last
    reading said. A page that is gone, or that leads elsewhere, gives none, listed or not.
    """
    read = {canonical_url(record.url) for record in found.records}
    closed = {canonical_url(reject.url) for reject in found.rejects if reject.reason == "expired"}
    wanted: dict[str, str] = {}  # canonical address of a page -> the address that was listed
    gone = 0
    for address in found.listed:
        way = list(targets(canonical_url(address), around.redirects))
        if read.intersection(way):
            continue
        if closed.intersection(way) or around.redirects.get(way[-1]) == "" or len(way) > 1:
            gone += 1
            continue
        wanted[way[0]] = address
    older = _older(wanted, around)
    carried = [
        record.model_copy(update={"crawl_id": around.crawl_id}) for records in older.values() for record in records
    ]
    notes = list(found.notes)
    for count, what in (
        (len(carried), "postings still listed whose page was not asked for again, as it was last read"),
        (len(wanted) - len(older), "listed pages that were not read yet, or had no posting"),
        (gone, "listed pages that are gone"),
    ):
        if count:
            notes.append(f"{count} {what}")
    ids = {record.record_id for record in found.records}
    records: list[Record] = [*found.records, *(record for record in carried if record.record_id not in ids)]
    return Decoded(records, found.rejects, notes)


def _older(wanted: dict[str, str], around: Around) -> dict[str, list[JobPosting]]:
    """For each page what the latest earlier crawl read in it."""
    older: dict[str, list[JobPosting]] = {}
    for crawl in around.earlier() if wanted else ():
        if around.started_at - crawl.started_at > LOOK_BACK or wanted.keys() <= older.keys():
            break
        here: dict[str, list[JobPosting]] = {}
        for record in crawl.decoded.records:
            address = canonical_url(record.url)
            if isinstance(record, JobPosting) and address in wanted and address not in older:
                here.setdefault(address, []).append(record)
        older |= here
    return older


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


def _build(builder: PostingBuilder, item: Item, context: DecodeContext, *, alone: bool) -> None:
    page = web_address(context.url, "") or context.url
    own = web_address(first_text(item.data.get("url")), page)
    fields = posting_fields(item, builder)
    address = page
    if not alone:
        if own and canonical_url(own) != _canonical(page):
            address = own
        else:
            address = f"{page}#{fields['requisition_id'] or fields['title']}"
    builder.build(
        item.locator,
        posting_id=posting_id(address),
        url=own or page,
        listed_again="posting stated twice, alike",
        **fields,
    )


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


def _nothing(found: Found, words: str) -> UnreadableError:
    """Why a page gives no posting, as well as it can be told."""
    if found.faults:
        locator, reason, detail = found.faults[0]
        return UnreadableError("broken_structured_data", f"{locator}: {reason}: {detail}")
    if _EXPIRED.search(words):
        return UnreadableError("expired", "the page says that its posting is no longer open")
    if found.empty_blocks:
        return UnreadableError("no_structured_data", "the page's block of JSON-LD is empty")
    others = ", ".join(name for name, _ in found.other_types.most_common(6))
    stated = f"; it states {others}" if others else ""
    return UnreadableError("no_structured_data", f"the page states no posting for machines{stated}")
