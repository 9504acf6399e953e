"""SuccessFactors career sites' feed (``googlefeed.xml``: RSS with Google Base elements) to postings.

Belongs here: the shape of that feed. Never here: requests, what a text means, which places are Luxembourg
(``scrapers/places.py``).

Titles end with the place of work in brackets, which is taken off where it is the item's own location. A site whose feed
was switched off goes on answering, with a page. Format: written from the vocabulary of Google Base and from programs of
others that read such feeds in 2026; no feed of a SuccessFactors site was seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, unknown_fields
from scrapers.decoders.postings import (
    PostingBuilder,
    board_at,
    clean,
    identifier,
    language_code,
    moment_of_mail,
    names,
    only_once,
    page,
    salary,
    with_country,
)
from scrapers.decoders.xml_boards import children, jobs, text
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

_KNOWN_FIELDS = (
    "author category comments city company country creator date description education employer encoded enclosure "
    "expiration_date guid id immigration_status job_function job_industry job_type language link location pubDate "
    "publish_date quantity salary salary_type salary_currency source state title updated zip"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())
_HOST = re.compile(r"^https?://([A-Za-z0-9.\-]{1,80})(?:[:/?]|$)")  # a site that is not registered goes by its host
_GOOGLE_BASE = "base.google.com/ns/1.0"  # within the name space that the feed's own elements are of
_HEAD = 64 * 1024  # bytes in which a feed declares it
_BRACKETS = re.compile(r"\s*\(([^()]{2,200})\)\s*$")
_NUMBER = re.compile(r"/(\d{5,20})/?$")
_NO_FUNCTION = frozenset(("ATS_WEBFORM", ""))  # what sites write that fill in nothing


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one career site.

    Raises UnreadableError: empty, too_large, not_xml (a dead feed answers with a page), too_deep, too_many_elements,
    entities_refused, not_a_board (also a feed without the name space of Google Base).
    """
    sink = Sink(context, "job_posting")
    builder = PostingBuilder(context, sink, board_at(context, _HOST))
    is_ours = False
    for locator, item in jobs(body, "item", ("rss", "RDF"), sink):
        if not is_ours:
            is_ours = any(_GOOGLE_BASE in str(part.tag) for part in item)
        if not is_ours:
            raise UnreadableError("not_a_board", "a feed whose items have no elements of Google Base (g:)")
        _read(builder, locator, item)
    if not is_ours and not sink.rejects and _GOOGLE_BASE.encode() not in body[:_HEAD].replace(b"\x00", b""):
        raise UnreadableError("not_a_board", "a feed without items and without the name space of Google Base (g:)")
    return builder.decoded()


def _read(builder: PostingBuilder, locator: str, item: etree._Element) -> None:
    unknown_fields(builder.sink, (local_name(part) for part in item), _KNOWN, "of an item: ")
    link = page(text(item, "link"))
    places = [clean(text(part)) for part in children(item, "location")]
    function = clean(text(item, "job_function"))
    kinds = names([text(part) for part in children(item, "job_type")])
    industries = names([text(part) for part in children(item, "job_industry")])
    published = text(item, "publish_date") or text(item, "pubDate")
    builder.build(
        locator,
        posting_id=_posting_id(item, link),
        title=_title(text(item, "title"), places),
        employer=text(item, "employer") or text(item, "company"),
        url=link,
        html=text(item, "encoded") or text(item, "description"),
        location=with_country(places[0] if places else _parts(item), text(item, "country")),
        offices=places[1:],
        departments=[] if function in _NO_FUNCTION else [function],
        employment_type=", ".join(only_once(kinds)),
        pay=salary(text=text(item, "salary")),
        language=language_code(text(item, "language")) or _language(link),
        industry=", ".join(only_once(industries)),
        published_on=builder.day(published, "pubDate", moment_of_mail),
        updated_at=builder.moment(text(item, "updated"), "updated", moment_of_mail),
        deadline_on=builder.day(text(item, "expiration_date"), "expiration_date", moment_of_mail),
    )


def _posting_id(item: etree._Element, link: str) -> str | None:
    """The site's own number, which also ends the address of the page; ids that are addresses are read as such."""
    for said in (text(item, "id"), text(item, "guid"), link):
        number = _NUMBER.search(urlsplit(said).path) if said.startswith("http") else None
        known = number[1] if number else identifier(said)
        if known:
            return known
    return None


def _title(said: str, places: list[str]) -> str:
    """The title without the place in brackets at its end, if that is the place that the item states anyway."""
    found = _BRACKETS.search(clean(said))
    if found is None or not places:
        return said
    first = re.split(r"[,;]", places[0])[0].strip().lower()
    return clean(said)[: found.start()] if first and first in found[1].lower() and found.start() else said


def _parts(item: etree._Element) -> str:
    return ", ".join(only_once(clean(text(item, name)) for name in ("city", "state")))


def _language(link: str) -> str | None:
    """The language that the page's address asks for (``?locale=en_US``)."""
    locale = parse_qs(urlsplit(link).query).get("locale", [""])[0]
    return language_code(locale.split("_")[0]) if locale else None
