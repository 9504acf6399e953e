"""RSS and Atom feeds, and the pages of their items, to announcements.

Belongs here: what a feed says of an item, and what the item's page says. Never here: requests, how the two become one
record (``scrapers/decoders/announcements.py``), what an announcement is about, contacts in texts (scrubbed before
anything is written).

feedparser reads the XML: its ``bozo`` mark stands on many good feeds and is a remark here, never a reason to drop. It
is given bytes in UTF-8 out of memory and so can neither guess encodings nor open anything, and its input is bounded,
because some of its patterns take quadratic time. Formats: RSS 0.9x to 2.0, RSS 1.0, Atom 0.3 and 1.0.

A feed's capture gives one record an item, a page's capture one record of its own; ``scrapers.decoders.announcements``
puts them together by the address of the page. An item is known by its guid, without one by its page, without either by
its words; records hold a digest of that, never the guid itself.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import feedparser

from scrapers.archive import canonical_url
from scrapers.charset import read_text
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line, parse_moment
from scrapers.decoders.dates import foreign_date
from scrapers.html import TooLongError, has_heavy_tag, to_text
from scrapers.items import Announcement
from scrapers.pages import MAX_CATEGORIES, TooDeepError, language_code, read_page, web_address
from scrapers.pages import one_line as clean_line

MAX_FEED_BYTES = 4 * 1024 * 1024
MAX_ITEMS = 2_000
_MAX_TITLE = 1_000
_MAX_ID = 1_000
_MAX_OPEN = 5_000  # tags begun and never ended: the tolerant parser needs time with their square
_MAX_TAGS = 100_000
_LONG_RUN = re.compile(r"([A-Za-z0-9_.+-]{300})[A-Za-z0-9_.+-]+")  # as long as no address; quadratic where it is one
_OPEN_TAG = re.compile(r"<[^<>]*(?=<|\Z)")
_ITEM_OPENS, _ITEM_ENDS = re.compile(r"<(?:item|entry)[\s>]", re.I), re.compile(r"</(?:item|entry)\s*>", re.I)
_CATEGORY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:category|subject|keywords?)(?=[\s/>])", re.I)
_KEYWORDS = re.compile(r"(</?(?:[\w.-]{1,40}:)?)keywords(?=[\s/>])", re.I)
_AUTHOR = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:author|creator|publisher|owner|managingeditor|webmaster|contributor|name|email)"
    r"(?:\s[^<>]{0,500})?>(?:\s{0,20}<!\[CDATA\[)?)([^<\]]{500,})",
    re.I,
)
_MAX_AUTHOR = 500  # characters; addresses in them are looked for in quadratic time, and nobody reads them here
_MAX_TAGS_OF_ITEM = 500
_BARE_AMPERSAND = re.compile(r"&(?![#\w])")
_MAX_BARE = 100_000
_ENDS = re.compile(r"</(?:rss|feed|(?:\w+:)?rdf)\s*>", re.I)
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<(?:body|head|main|div|p|h1|article)[\s>]", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True)
class Item:
    """One entry of a feed, as far as it can be read without its page."""

    locator: str
    item_id: str  # guid, else the canonical address, else a digest of its words and date; "" when there is nothing
    title: str
    markup: str  # of the fullest text that the feed gives
    page_url: str  # absolute http(s) address, or ""
    categories: tuple[str, ...]
    language: str | None
    published: datetime | None
    updated: datetime | None


@dataclass
class Feed:
    """A feed's items in its own order, and remarks on how they were read."""

    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut_off: bool = False  # the document ends before its end


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Announcements of a feed, or the one announcement of an item's page.

    Raises UnreadableError: empty, too_large, too_many_elements, not_a_feed (also for a page where the source's
    parameters say that a feed is due), malformed; for pages no_words, too_deep, text_too_long, tdm_reserved.
    """
    text, remarks = _checked(body, context.content_type)
    sink = Sink(context, "announcement")
    sink.note_all(remarks)
    if looks_like_page(text) and canonical(context.url) not in feed_addresses(context.params):
        _page(text, context, sink)
    else:
        _feed(text, context, sink)
    return sink.decoded()


def read_feed(body: bytes, url: str = "", content_type: str = "") -> Feed:
    """The items of a feed; ``url`` is what relative links are resolved against. Raises UnreadableError, see decode."""
    text, remarks = _checked(body, content_type)
    feed = _parsed(text, url)
    feed.notes[:0] = remarks
    return feed


def entry_ids(body: bytes) -> list[str]:
    """What a feed lists, for noticing a change: "id stamp" of each item, sorted; raises UnreadableError.

    The order of items, the feed's own build date and its wording do not matter; an item's stamp of change does.
    """
    return lines_of(entry_stamps(body))


def lines_of(stamps: Iterable[tuple[str, datetime | None]]) -> list[str]:
    return [f"{item_id} {stamp.isoformat() if stamp else ''}".strip() for item_id, stamp in stamps]


def entry_stamps(body: bytes) -> list[tuple[str, datetime | None]]:
    """Each item's id and the time of its last change, sorted, each pair once; raises UnreadableError."""
    pairs = {(item.item_id, item.updated or item.published) for item in read_feed(body).items}
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].isoformat() if pair[1] else ""))


def feed_addresses(params: Mapping[str, Any]) -> frozenset[str]:
    """Canonical addresses of a source's feeds."""
    feeds = params.get("feeds")
    listed = feeds if isinstance(feeds, list) else []
    return frozenset(canonical(str(entry.get("url"))) for entry in listed if isinstance(entry, Mapping))


def canonical(url: str) -> str:
    """The address under which page and item meet; "" for a text that is no address."""
    try:
        return canonical_url(url) if "://" in url else ""
    except (ValueError, UnicodeError):
        return ""


def meaning(body: bytes) -> str:
    """What a feed or an item's page says, as one text without what changes at every request (build dates, marks of the
    page's machinery); raises UnreadableError."""
    text, _ = _checked(body, "")
    if not looks_like_page(text):
        return "\n".join(entry_ids(body))
    try:
        page = read_page(text)
    except ValueError as error:
        raise UnreadableError("malformed", str(error)) from None
    if page.reserved:
        raise UnreadableError("tdm_reserved", "the page reserves text and data mining")
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
    return not re.search(r"<(?:rss|feed|(?:\w+:)?rdf)[\s>]", start, re.I) and bool(_HTML.search(start))


def _parsed(text: str, url: str) -> Feed:
    feed = Feed()
    shorter = _LONG_RUN.sub(r"\1", text)
    if shorter != text:
        feed.notes.append("words of more than 300 characters are cut")
    opened = sum(1 for _ in _OPEN_TAG.finditer(shorter))
    if opened > _MAX_OPEN:
        raise UnreadableError("malformed", f"{opened} tags are begun and never ended, at most {_MAX_OPEN} are read")
    tags, opens = shorter.count("<"), sum(1 for _ in _ITEM_OPENS.finditer(shorter))
    if tags > _MAX_TAGS or opens > MAX_ITEMS:
        raise UnreadableError("too_many_elements", f"{opens} items, {tags} tags; {MAX_ITEMS} and {_MAX_TAGS} are read")
    if has_heavy_tag(shorter, xml=True):
        raise UnreadableError("malformed", "a tag has more attributes or characters than anybody writes")
    shorter = _refuse_slow(shorter)
    document = "<?xml version='1.0' encoding='utf-8'?>" + _XML_DECLARATION.sub("", shorter.lstrip("\ufeff"), count=1)
    headers = {"content-type": "application/xml; charset=utf-8"}  # no location: a guid is an id, not a relative link
    try:
        parsed = feedparser.parse(
            io.BytesIO(document.encode("utf-8", "replace")),  # bytes alone would be taken for a file's name
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # a parser of others on hostile input: whatever it raises, the payload is at fault
        raise UnreadableError("malformed", f"the feed cannot be parsed ({type(error).__name__}: {error})") from error
    if not parsed.get("version") and not parsed.entries:
        raise UnreadableError("not_a_feed", _what_else(text))
    feed.cut_off = not _ENDS.search(text[-2000:])
    if parsed.bozo:
        feed.notes.append(f"not well-formed ({one_line(str(parsed.get('bozo_exception')))}); read tolerantly")
    language = language_code(_raw(parsed.feed, "language"))
    entries = list(parsed.entries)
    if feed.cut_off and entries and len(_ITEM_OPENS.findall(text)) > len(_ITEM_ENDS.findall(text)):
        entries.pop()
        feed.notes.append("the feed is cut off: its last item is not read")
    is_rss = str(parsed.get("version") or "").startswith("rss")
    for number, entry in enumerate(entries):
        feed.items.append(_item(entry, number, url, language, is_rss, feed.notes))
    return feed


def _refuse_slow(text: str) -> str:
    """The feed without what the parser reads in quadratic time, where nobody needs it. Raises UnreadableError."""
    most = max(sum(1 for _ in _CATEGORY.finditer(part)) for part in _ITEM_OPENS.split(text))
    if most > _MAX_TAGS_OF_ITEM:
        raise UnreadableError(
            "too_many_elements", f"an item has {most} categories, at most {_MAX_TAGS_OF_ITEM} are read"
        )
    bare = sum(1 for _ in _BARE_AMPERSAND.finditer(text))
    if bare > _MAX_BARE:
        raise UnreadableError("malformed", f"{bare} ampersands that begin nothing, at most {_MAX_BARE} are read")
    text = _AUTHOR.sub(lambda found: found[1] + found[2][:_MAX_AUTHOR], text)
    return _KEYWORDS.sub(r"\1unread", text)  # one element becomes as many categories as it has words


def _what_else(text: str) -> str:
    start = text.lstrip()[:2000]
    if start.startswith(("{", "[")):
        return "JSON stands where a feed is due"
    if _HTML.search(start):
        return "an HTML page stands where a feed is due"
    return "neither RSS nor Atom"


def _item(entry: Any, number: int, url: str, language: str | None, is_rss: bool, notes: list[str]) -> Item:
    page_url = web_address(_raw(entry, "link"), url)
    if page_url and url and canonical(page_url) == canonical(url):
        page_url = ""  # it leads to the feed itself
    title = _title(entry)
    published, updated = _moment(entry, "published", notes), _moment(entry, "updated", notes)
    if published is None and is_rss:
        published, updated = updated, None  # RSS 1.0 dates an item once, by dc:date
    contents = dict.get(entry, "content")
    texts = [_raw(part, "value") for part in contents or () if isinstance(part, dict)] + [_raw(entry, "summary")]
    item_id = clean_line(_raw(entry, "id")) or canonical(page_url)
    if not item_id and (said := title or max(texts, key=len).strip()):
        stamp = published.isoformat() if published else ""
        item_id = "sha256:" + hashlib.sha256(f"{said}\n{stamp}".encode("utf-8", "replace")).hexdigest()
    tags = dict.get(entry, "tags")
    terms = [clean_line(to_text(_raw(tag, "term")[:500])) for tag in (tags or ())[:200] if isinstance(tag, dict)]
    return Item(
        locator=f"item {number + 1}",
        item_id=item_id[:_MAX_ID],
        title=title,
        markup=max(texts, key=len),
        page_url=page_url,
        categories=tuple(dict.fromkeys(term for term in terms if term))[:MAX_CATEGORIES],
        language=language_code(_raw(entry, "language")) or language,
        published=published,
        updated=updated,
    )


def _raw(entry: Any, name: str) -> str:
    """A field as text. ``dict.get``, because feedparser's own gives other fields where one is missing."""
    value = dict.get(entry, name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def _title(entry: Any) -> str:
    raw = _raw(entry, "title")
    try:
        return clean_line(to_text(raw[: _MAX_TITLE * 10]))
    except TooLongError:
        return ""


def _moment(entry: Any, name: str, notes: list[str]) -> datetime | None:
    parsed, said = dict.get(entry, f"{name}_parsed"), _raw(entry, name)
    try:
        if isinstance(parsed, time.struct_time) and 1900 <= parsed.tm_year <= 2200:
            return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError):
        pass
    if moment := foreign_date(said):
        return moment
    if said.strip():
        notes.append(f"{name} {said.strip()[:40]!r} is no date")
    return None


def _feed(text: str, context: DecodeContext, sink: Sink) -> None:
    feed = _parsed(text, context.url)
    for note in feed.notes:
        sink.note(note)
    kept: dict[str, Announcement] = {}
    for item in feed.items:
        record = _record(item, context, sink)
        if record is None:
            continue
        earlier = kept.get(record.record_id)
        if earlier is not None:
            alike = record.content_sha256 == earlier.content_sha256
            sink.note("item listed twice, alike" if alike else "item listed twice, the newer reading kept")
            if alike or _stamp(record) <= _stamp(earlier):
                continue
        kept[record.record_id] = record
    sink.records.extend(kept.values())


def _stamp(record: Announcement) -> float:
    moment = record.updated_at or record.published_at
    return moment.timestamp() if moment else 0.0


def _record(item: Item, context: DecodeContext, sink: Sink) -> Announcement | None:
    try:
        words = to_text(item.markup)
    except TooLongError as error:
        sink.reject(item.locator, "text_too_long", str(error))
        return None
    title = item.title
    if not title and words:
        title = clean_line(words.partition("\n")[0])[:200]
        sink.note("item without title: the beginning of its text stands for it")
    if not title:
        sink.reject(item.locator, "missing_title", "neither title nor text")
        return None
    if len(title) > _MAX_TITLE:
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
    }
    record = sink.build(Announcement, item.locator, fields)
    return record if isinstance(record, Announcement) else None


def item_key(item_id: str) -> str:
    """The id under which an item is kept: a digest, because publishers put names, addresses and tokens into guids."""
    if re.fullmatch("sha256:[0-9a-f]{64}", item_id):
        return item_id
    return f"sha256:{hashlib.sha256(item_id.encode('utf-8', 'replace')).hexdigest()}"


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
    title = (page.title or page.text.partition("\n")[0])[:_MAX_TITLE]
    if not page.text or not title:
        raise UnreadableError("no_words", "the page has no words of its own")
    address = canonical(context.url)
    fields = {
        "record_id": f"{context.source_id}:{item_key(address or f'sha256:{context.capture_id}')}",
        "item_id": item_key(address or f"sha256:{context.capture_id}"),
        "title": title,
        "text": page.text,
        "page_url": web_address(context.url, "") if address else "",
        "categories": list(page.categories),
        "language_declared": page.language,
        "published_at": parse_moment(page.published),
        "updated_at": parse_moment(page.updated),
    }
    record = sink.build(Announcement, "", fields)
    if record is not None:
        sink.records.append(record)
