"""Personio career pages' XML feed to postings.

Belongs here: the shape of ``<workzag-jobs>``. Never here: requests, what a text means, which places are Luxembourg
(``scrapers/places.py``).

A feed without positions is a healthy board without open positions. ``createdAt`` is when the position was created, the
only date there is. The feed is asked for in one language, but texts that were not translated come in another, so no
language is declared. Format: public XML feed, shapes recorded in 2024 and 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, unknown_fields
from scrapers.decoders.postings import PostingBuilder, board_at, clean, identifier
from scrapers.decoders.xml_boards import child, children, jobs, text
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

_BOARD = re.compile(r"//([A-Za-z0-9\-]{1,100})\.jobs\.personio\.(?:de|com)(?:/|$)")
_KNOWN_FIELDS = (
    "additionalOffices createdAt department employmentType id jobDescriptions keywords name occupation "
    "occupationCategory office recruitingCategory schedule seniority subcompany yearsOfExperience"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one career page.

    Raises UnreadableError: empty, too_large, not_xml (a board that is gone answers with a page), too_deep,
    too_many_elements, entities_refused, not_a_board.
    """
    sink = Sink(context, "job_posting")
    builder = PostingBuilder(context, sink, board_at(context, _BOARD))
    for locator, position in jobs(body, "position", ("workzag-jobs",), sink):
        _read(builder, locator, position)
    return builder.decoded()


def _read(builder: PostingBuilder, locator: str, position: etree._Element) -> None:
    unknown_fields(builder.sink, (local_name(part) for part in position), _KNOWN, "of a position: ")
    posting_id = text(position, "id")
    office = clean(text(position, "office"))
    others = [clean(text(part)) for part in children(child(position, "additionalOffices"), "office")]
    terms = (clean(text(position, name)) for name in ("employmentType", "schedule"))
    builder.build(
        locator,
        posting_id=posting_id,
        title=text(position, "name"),
        employer=text(position, "subcompany"),
        url=_page(builder.context.url, posting_id),
        parts=[
            (text(part, "name"), text(part, "value"))
            for part in children(child(position, "jobDescriptions"), "jobDescription")
        ],
        location=office,
        offices=[other for other in others if other != office],
        departments=[clean(text(position, "department")), clean(text(position, "recruitingCategory"))],
        employment_type=", ".join(term for term in terms if term),
        industry="",
        published_on=builder.day(text(position, "createdAt"), "createdAt"),
    )


def _page(feed: str, posting_id: str) -> str:
    """The advertisement's own page beside its feed; the feed does not name it."""
    known = identifier(posting_id)
    parts = urlsplit(feed)
    return f"{parts.scheme}://{parts.netloc}/job/{known}" if known and _BOARD.search(feed) else ""
