"""Sitemaps: the addresses that a site lists for machines, and when it says that each page last changed.

Belongs here: the sitemap protocol (https://www.sitemaps.org/protocol.html): sets, indexes, plain lists, packed or not,
and what news sitemaps (https://www.google.com/schemas/sitemap-news/0.9/) say of an article.
Never here: which addresses are wanted, requests.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from lxml import etree

from scrapers.charset import read_text
from scrapers.decoders.base import MAX_BODY_BYTES, UnreadableError, parse_moment
from scrapers.packing import decompress
from scrapers.pages import MAX_ALTERNATES, one_line, web_address
from scrapers.safe_xml import iterate, local_name

MAX_ENTRIES = 50_000  # of one file, by the protocol
_MAX_TOLD = 2_000  # elements of one entry that say something of its article
_HEAD = 4096  # bytes in which a sitemap shows what it is
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)[\s>/]")
_LINE = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class News:
    """What a news sitemap says of one article."""

    title: str = ""
    language: str = ""
    published: datetime | None = None
    alternates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sitemap:
    """``entries``: address -> when its page last changed, None where that is not said, in the order of the file."""

    is_index: bool  # the addresses are those of further sitemaps
    entries: dict[str, datetime | None]
    remarks: tuple[str, ...] = ()
    news: dict[str, News] = field(default_factory=dict)  # of the addresses of which it says more


def looks_like_sitemap(body: bytes) -> bool:
    """Whether a body is one, by its first bytes. A packed body that cannot be unpacked counts as one: pages come so
    packed only by their content encoding, which was taken off.
    """
    head = body[:_HEAD]
    if body[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16).decompress(body[: 64 * 1024], _HEAD)
        except zlib.error:
            return True
    return _ROOT.search(head) is not None or _is_list(head.decode("utf-8", "replace"))


def unpacked(body: bytes) -> bytes:
    """The body of a ``.gz`` file, any other as it is. Raises UnreadableError: bad_gzip, too_large."""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return decompress(body, "gzip", MAX_BODY_BYTES)
    except ValueError as error:
        raise UnreadableError("too_large" if "grows" in str(error) else "bad_gzip", str(error)) from None


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """The addresses of a sitemap. ``url`` is where it came from: addresses without a host are read from there.

    Raises UnreadableError: not_a_sitemap, too_many_elements, and what ``safe_xml.iterate`` and ``unpacked`` raise.
    """
    body = unpacked(body)
    root = _ROOT.search(body[:_HEAD])
    if root is None:
        text, _ = read_text(body)
        if not _is_list(text[:_HEAD]):
            raise UnreadableError("not_a_sitemap", "neither a set of addresses nor an index of such sets")
        return Sitemap(
            False, dict.fromkeys(filter(None, (web_address(line, url) for line in text.split()[:MAX_ENTRIES])))
        )
    is_index = root[1] == b"sitemapindex"
    remarks: list[str] = []
    entries: dict[str, datetime | None] = {}
    news: dict[str, News] = {}
    bad = 0
    for number, element in enumerate(iterate(body, ("sitemap" if is_index else "url",), remarks)):
        if number >= MAX_ENTRIES:
            raise UnreadableError("too_many_elements", f"more than {MAX_ENTRIES} addresses in one sitemap")
        said = {
            local_name(child): " ".join((child.text or "").split()) for child in element if isinstance(child.tag, str)
        }
        address = web_address(said.get("loc"), url)
        if address:
            entries.setdefault(address, parse_moment(said.get("lastmod", "")))
            if (told := _news(element, url)) is not None:
                news.setdefault(address, told)
        else:
            bad += 1
    if bad:
        remarks.append(f"{bad} entries of the sitemap without an address")
    return Sitemap(is_index, entries, tuple(dict.fromkeys(remarks)), news)


def _news(element: etree._Element, url: str) -> News | None:
    """The article of an entry, with the addresses of its other languages; None where nothing of it is said."""
    said: dict[str, str] = {}
    alternates: list[str] = []
    for child in islice(element.iterdescendants(), _MAX_TOLD):
        name = local_name(child) if isinstance(child.tag, str) else ""
        if name in ("title", "language", "publication_date") and name not in said:
            said[name] = one_line(child.text or "")
        elif name == "link" and child.get("hreflang") and (address := web_address(child.get("href"), url)):
            alternates.append(address)
    if not said and not alternates:
        return None
    return News(
        said.get("title", ""),
        said.get("language", ""),
        parse_moment(said.get("publication_date", "")),
        tuple(dict.fromkeys(alternates))[:MAX_ALTERNATES],
    )


def _is_list(text: str) -> bool:
    """Whether a text is nothing but addresses, one a line."""
    lines = text.removeprefix("\ufeff").split("\n")[:20]
    whole = [line.strip() for line in (lines[:-1] if len(lines) > 1 and len(text) >= _HEAD else lines) if line.strip()]
    return bool(whole) and all(_LINE.fullmatch(line) for line in whole)
