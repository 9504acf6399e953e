"""One web page to what it says: its own words without navigation, and what it states about itself.

Belongs here: finding the main part of a page by the marks that HTML and ARIA give, and by selectors that a source may
add (``params.page``). Never here: what a text means, which publisher it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers.archive import canonical_url, strip_url
from scrapers.decoders.base import UnreadableError
from scrapers.html import TooLongError, node_text, parse_page
from scrapers.tdm import text_reserves

MAX_LINE = 2000
MAX_CATEGORIES = 50
MAX_ALTERNATES = 50  # addresses of one item in other languages, and files that its page offers
MAX_URL = 1500  # characters; longer addresses carry data, not a place
_MAIN = ("main", "[role=main]", "article", "#content", "#main", ".entry-content")
_FURNITURE = (
    "nav, header, footer, aside, form, dialog, [role=navigation], [role=banner], [role=contentinfo], [role=search], "
    "[role=complementary], [hidden], [aria-hidden=true], .screen-reader-text, .visually-hidden, .sr-only, .breadcrumb, "
    ".breadcrumbs, .social-share, .share"
)
_STATED = {
    "published": ("article:published_time", "dcterms.issued", "dc.date.issued", "datePublished"),
    "updated": ("article:modified_time", "dcterms.modified", "dateModified"),
    "title": ("og:title", "dcterms.title"),
}


@dataclass(frozen=True)
class Page:
    """What one page says. Dates are texts as the page states them; ``text`` is empty where no words were found."""

    title: str
    text: str
    language: str | None
    published: str
    updated: str
    categories: tuple[str, ...]
    reserved: bool  # the page's own opt-out of text and data mining
    alternates: tuple[str, ...] = ()  # where it says that it is too: in other languages, or the original; as written
    documents: tuple[str, ...] = ()  # files that it offers; as written


class TooDeepError(ValueError):
    """A page whose tree could grow out of bounds."""


def read_page(markup: str, hints: Mapping[str, Any] | None = None) -> Page:
    """The page's main part as text. ``hints``: selectors ``content`` (the first that matches is the main part),
    ``drop`` (taken out of it), ``categories`` (each match is one) and ``documents`` (links to files that belong to it).

    Raises TooLongError (more than 1,000,000 characters) and TooDeepError.
    """
    tree = parse_page(markup)
    if tree is None:
        raise TooDeepError("the page is nested deeper than any person writes")
    hints = hints or {}
    categories = [one_line(node.text()) for query in _texts(hints.get("categories")) for node in tree.css(query)]
    head = tree.css_first("title")
    heading = next((line for line in (one_line(node.text()) for node in tree.css("h1")) if line), "")
    title = heading or _stated(tree, "title") or (one_line(head.text()) if head else "")
    language = tree.css_first("html[lang]")
    main = _main_part(tree, _texts(hints.get("content")))
    text = ""
    if main is not None:
        queries = (_FURNITURE, *_texts(hints.get("drop")))
        without = frozenset(node.mem_id for query in queries for node in main.css(query)) - {main.mem_id}
        text = node_text(main, without)
    return Page(
        title=title,
        text=text,
        language=language_code((language.attributes.get("lang") if language else None) or ""),
        published=_stated(tree, "published"),
        updated=_stated(tree, "updated"),
        categories=tuple(dict.fromkeys(name for name in categories if name))[:MAX_CATEGORIES],
        reserved=text_reserves(markup),
        alternates=_links(tree, ("link[rel=alternate i][hreflang]", "link[rel=canonical i]")),
        documents=_links(tree, _texts(hints.get("documents"))),
    )


def read_tree(text: str) -> LexborHTMLParser:
    """The tree of a whole page. Raises UnreadableError: empty, text_too_long, too_deep, tdm_reserved."""
    if not text.strip():
        raise UnreadableError("empty", "the body is empty")
    if text_reserves(text):
        raise UnreadableError("tdm_reserved", "the page reserves text and data mining, so its words are not read")
    try:
        tree = parse_page(text)
    except TooLongError as error:
        raise UnreadableError("text_too_long", str(error)) from None
    if tree is None:
        raise UnreadableError("too_deep", "the page is nested deeper than any person writes")
    return tree


def web_address(value: object, base: str) -> str:
    """An absolute http(s) address without credentials and fragment, or "" for anything else."""
    text = value.strip() if isinstance(value, str) and len(value) <= MAX_URL else ""
    if not text or not text.isprintable() or re.search(r"[\s\"'<>\\]", text):
        return ""
    try:
        address = strip_url(urljoin(base, text)).partition("#")[0]
        parts = urlsplit(address)
        canonical_url(address)  # an address that has no canonical form has no place in the archive
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname and port != 0 else ""


def same_host(first: str, second: str) -> bool:
    """Whether two addresses are on one host and port; http and https of a host are one."""
    a, b = urlsplit(first), urlsplit(second)
    return (a.hostname or "").lower() == (b.hostname or "").lower() and a.port == b.port


def language_code(text: str) -> str | None:
    """A language tag in lower case ("en-gb"), None for a text that is none."""
    code = text.strip().lower().replace("_", "-")
    return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", code) else None


def one_line(text: str) -> str:
    """Text on one line of at most 2,000 characters."""
    clean = "".join(char if char.isprintable() else " " for char in text[: MAX_LINE * 2])
    return " ".join(clean.split())[:MAX_LINE]


def _main_part(tree: LexborHTMLParser, wanted: Iterable[str]) -> LexborNode | None:
    for query in (*wanted, *_MAIN):
        found = tree.css_first(query)
        if found is not None and found.text(strip=True):
            return found
    return tree.body


def _links(tree: LexborHTMLParser, queries: Iterable[str]) -> tuple[str, ...]:
    found = (node.attributes.get("href") or "" for query in queries for node in tree.css(query))
    return tuple(dict.fromkeys(link for link in found if link))[:MAX_ALTERNATES]


def _stated(tree: LexborHTMLParser, what: str) -> str:
    for name in _STATED[what]:
        node = tree.css_first(f'meta[property="{name}" i], meta[name="{name}" i], meta[itemprop="{name}" i]')
        if node is not None and (text := one_line(node.attributes.get("content") or "")):
            return text
    return ""


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, (list, tuple)) else ()
