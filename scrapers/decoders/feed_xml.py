"""RSS and Atom, read with feedparser, to items.

Belongs here: bounding what the parser is given, and what it says of each item. Never here: JSON
(``scrapers.decoders.feed_json``), records, pages.

feedparser's ``bozo`` mark stands on many good feeds and is a remark here, never a reason to drop. It is given bytes in
UTF-8 out of memory and so can neither guess encodings nor open anything, and its input is bounded, because some of its
patterns take quadratic time. Formats: RSS 0.9x to 2.0, RSS 1.0, Atom 0.3 and 1.0.
"""

from __future__ import annotations

import calendar
import io
import re
import time
from datetime import UTC, datetime
from typing import Any

import feedparser

from scrapers.decoders.base import UnreadableError, one_line
from scrapers.decoders.dates import foreign_date
from scrapers.decoders.feed_items import Feed, Item, canonical, identity_of, title_of
from scrapers.html import has_heavy_tag, to_text
from scrapers.pages import MAX_ALTERNATES, MAX_CATEGORIES, language_code, web_address
from scrapers.pages import one_line as clean_line

MAX_ITEMS = 2_000
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
HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<(?:body|head|main|div|p|h1|article)[\s>]", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_xml(text: str, url: str) -> Feed:
    """The items of a feed. Raises UnreadableError: not_a_feed, malformed, too_many_elements."""
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
    if HTML.search(start):
        return "an HTML page stands where a feed is due"
    return "neither RSS nor Atom"


def _item(entry: Any, number: int, url: str, language: str | None, is_rss: bool, notes: list[str]) -> Item:
    page_url = web_address(_raw(entry, "link"), url)
    if page_url and url and canonical(page_url) == canonical(url):
        page_url = ""  # it leads to the feed itself
    title = title_of(_raw(entry, "title"))
    published, updated = _moment(entry, "published", notes), _moment(entry, "updated", notes)
    if published is None and is_rss:
        published, updated = updated, None  # RSS 1.0 dates an item once, by dc:date
    contents = dict.get(entry, "content")
    texts = [_raw(part, "value") for part in contents or () if isinstance(part, dict)] + [_raw(entry, "summary")]
    tags = dict.get(entry, "tags")
    terms = [clean_line(to_text(_raw(tag, "term")[:500])) for tag in (tags or ())[:200] if isinstance(tag, dict)]
    return Item(
        locator=f"item {number + 1}",
        item_id=identity_of(_raw(entry, "id"), page_url, title or max(texts, key=len).strip(), published),
        title=title,
        markup=max(texts, key=len),
        page_url=page_url,
        categories=tuple(dict.fromkeys(term for term in terms if term))[:MAX_CATEGORIES],
        language=language_code(_raw(entry, "language")) or language,
        published=published,
        updated=updated,
        alternates=_alternates(entry, url),
    )


def _alternates(entry: Any, url: str) -> tuple[str, ...]:
    """Addresses of the item in other languages, where an Atom entry names them."""
    links = dict.get(entry, "links")
    found = (
        web_address(_raw(link, "href"), url)
        for link in (links or ())[:200]
        if _raw(link, "hreflang") and _raw(link, "rel") == "alternate"
    )
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_ALTERNATES]


def _raw(entry: Any, name: str) -> str:
    """A field as text. ``dict.get``, because feedparser's own gives other fields where one is missing."""
    value = dict.get(entry, name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


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
