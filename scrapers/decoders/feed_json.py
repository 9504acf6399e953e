"""Lists of news in JSON: JSON Feed 1.0 and 1.1, and posts of the WordPress REST API.

Belongs here: their fields. Never here: XML, records, requests. Names of authors are not read.

JSON Feed: https://www.jsonfeed.org/version/1.1/. WordPress: https://developer.wordpress.org/rest-api/reference/posts/;
types of posts that a site adds ("news") have the same fields. Its dates without a zone are the site's own clock, those
ending in ``_gmt`` are UTC; its guid is the one of the site's RSS feed, so an item keeps its identity in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scrapers.decoders.base import UnreadableError, load_json, one_line, parse_moment, refuse_too_large
from scrapers.decoders.feed_items import Feed, Item, canonical, identity_of, title_of
from scrapers.decoders.feed_xml import MAX_ITEMS
from scrapers.html import to_text
from scrapers.pages import MAX_CATEGORIES, language_code, web_address
from scrapers.pages import one_line as clean_line

MAX_JSON_BYTES = 16 * 1024 * 1024
_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1", "http://jsonfeed.org/version/1")
_MAX_UNKNOWN = 50
_OF_FEEDS = (
    "id url external_url title content_html content_text summary image banner_image date_published date_modified "
    "author authors tags language attachments"
)
_OF_POSTS = (
    "id date date_gmt guid modified modified_gmt slug status type link title content excerpt author featured_media "
    "comment_status ping_status sticky template format meta categories tags class_list lang translations acf "
    "yoast_head yoast_head_json jetpack_featured_media_url jetpack_sharing_enabled parent menu_order "
    "permalink_template generated_slug"
)
_FEED_FIELDS, _POST_FIELDS = frozenset(_OF_FEEDS.split()), frozenset(_OF_POSTS.split())


def looks_like_json(body: bytes) -> bool:
    """Whether a body is JSON, by its first sign."""
    head = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] in (b"{", b"[")


def parse_json(body: bytes, url: str) -> Feed:
    """The items of a JSON Feed or of a list of WordPress posts.

    Raises UnreadableError: not_a_feed, too_many_elements, too_large, and what ``load_json`` raises.
    """
    if len(body) > MAX_JSON_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_JSON_BYTES} are read")
    refuse_too_large(body)
    payload, remarks = load_json(body)
    feed = Feed(notes=remarks)
    if isinstance(payload, dict) and isinstance(payload.get("items"), list):
        version = payload.get("version")
        if version not in _VERSIONS:
            raise UnreadableError("not_a_feed", f"JSON of version {str(version)[:80]!r} stands where a feed is due")
        language = language_code(_text(payload, "language"))
        for locator, entry in _entries(payload["items"], "$.items", feed, _FEED_FIELDS):
            feed.items.append(_entry(entry, locator, url, language, feed.notes))
        feed.more = tuple(filter(None, (web_address(payload.get("next_url"), url),)))
        return feed
    if isinstance(payload, list) and all(_is_post(post) for post in payload[:1]):
        for locator, post in _entries(payload, "$", feed, _POST_FIELDS):
            item = _post(post, locator, url, feed)
            if item is not None:
                feed.items.append(item)
        return feed
    said = payload.get("message") if isinstance(payload, dict) and isinstance(payload.get("code"), str) else None
    raise UnreadableError("not_a_feed", f"a message stands where a feed is due: {said}" if said else _NOT)


_NOT = "JSON stands where a feed is due"


def _is_post(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("title"), dict) and ("link" in value or "guid" in value)


def _entries(
    values: list[Any], where: str, feed: Feed, known: frozenset[str]
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The objects of a list with their places; what is none is set aside, and fields that nobody knows are named."""
    if len(values) > MAX_ITEMS:
        raise UnreadableError("too_many_elements", f"{len(values)} items, {MAX_ITEMS} are read")
    unknown: dict[str, None] = {}
    for number, value in enumerate(values):
        locator = f"{where}[{number}]"
        if not isinstance(value, dict):
            feed.rejected.append((locator, "not_an_object", f"a {type(value).__name__}"))
            continue
        for name in value:
            if name not in known and not name.startswith("_") and len(unknown) < _MAX_UNKNOWN:
                unknown[name] = None
        yield locator, value
    feed.notes += [f"unknown field {name[:60]!r} is not kept" for name in unknown]


def _entry(entry: Mapping[str, Any], locator: str, url: str, language: str | None, notes: list[str]) -> Item:
    page_url = web_address(_text(entry, "url"), url) or web_address(_text(entry, "external_url"), url)
    if page_url and url and canonical(page_url) == canonical(url):
        page_url = ""
    markup, plain = _text(entry, "content_html"), _text(entry, "content_text") or _text(entry, "summary")
    title = title_of(_text(entry, "title"))
    published = _moment(entry, "date_published", notes)
    guid = entry.get("id")
    return Item(
        locator=locator,
        item_id=identity_of(_plain(guid), page_url, title or markup.strip() or plain.strip(), published),
        title=title,
        markup=markup or plain,
        page_url=page_url,
        categories=_names(entry.get("tags")),
        language=language_code(_text(entry, "language")) or language,
        published=published,
        updated=_moment(entry, "date_modified", notes),
        is_plain=not markup,
    )


def _post(post: Mapping[str, Any], locator: str, url: str, feed: Feed) -> Item | None:
    if not _is_post(post):
        feed.rejected.append((locator, "not_a_post", "neither title nor link of a post"))
        return None
    if post.get("status", "publish") != "publish":
        feed.rejected.append((locator, "not_published", f"status {str(post['status'])[:40]!r}"))
        return None
    page_url = web_address(_text(post, "link"), url)
    title = title_of(_rendered(post, "title"))
    text = _rendered(post, "content") or _rendered(post, "excerpt")
    published = _utc(post, "date", feed.notes)
    return Item(
        locator=locator,
        item_id=identity_of(_rendered(post, "guid"), page_url, title or text.strip(), published),
        title=title,
        markup=text,
        page_url=page_url,
        categories=_terms(post),
        language=language_code(_text(post, "lang")),
        published=published,
        updated=_utc(post, "modified", feed.notes),
    )


def _utc(post: Mapping[str, Any], name: str, notes: list[str]) -> datetime | None:
    """The date in UTC; the site's own clock only where that is all there is."""
    if moment := parse_moment(post.get(f"{name}_gmt")):
        return moment
    if moment := parse_moment(post.get(name)):
        notes.append(f"{name} has no zone: read as UTC")
        return moment
    for said in (name, f"{name}_gmt"):
        if text := _text(post, said):
            notes.append(f"{said} {text[:40]!r} is no date")
            break
    return None


def _terms(post: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of categories and tags, where the answer embeds them (``_embed``); ids alone say nothing."""
    embedded = post.get("_embedded")
    groups = embedded.get("wp:term") if isinstance(embedded, dict) else None
    terms = [term for group in groups if isinstance(group, list) for term in group] if isinstance(groups, list) else []
    return _names([term.get("name") for term in terms[:200] if isinstance(term, dict)])


def _names(values: object) -> tuple[str, ...]:
    listed = values if isinstance(values, list) else []
    names = (clean_line(to_text(value[:500])) for value in listed[:200] if isinstance(value, str))
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_CATEGORIES]


def _rendered(post: Mapping[str, Any], name: str) -> str:
    """A field with its ``rendered`` text; of content that needs a password WordPress gives an empty one."""
    value = post.get(name)
    return _text(value, "rendered") if isinstance(value, dict) else value if isinstance(value, str) else ""


def _moment(entry: Mapping[str, Any], name: str, notes: list[str]) -> datetime | None:
    said = entry.get(name)
    moment = parse_moment(said)
    if moment is None and said not in (None, ""):
        notes.append(one_line(f"{name} {str(said)[:40]!r} is no date"))
    return moment


def _plain(value: object) -> str:
    """An id as text; some publishers write numbers."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
