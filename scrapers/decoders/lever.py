"""Lever job sites to postings: the list of a site, its groups, and a single posting.

Belongs here: the shape of the postings API's answers. Never here: requests, what a text means, which places are
Luxembourg (``scrapers/places.py``).

A text comes in parts: ``description`` (which repeats ``opening`` and ``descriptionBody``), ``lists`` of points under
headings, and ``additional``. Moments are milliseconds since 1970. Format: the public postings API (v0), answers
recorded in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from scrapers.decoders.base import MAX_ELEMENTS, DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.postings import (
    PostingBuilder,
    Salary,
    clean,
    mapping,
    moment_of_epoch,
    names,
    page,
    read_board,
    salary,
    vacancies_of,
    with_country,
    workplace_of,
)
from scrapers.html import to_text

_BOARD = re.compile(r"//api(?:\.eu)?\.lever\.co/v0/postings/([A-Za-z0-9_.\-]{1,100})")
_PAGE = re.compile(r"https?://jobs(?:\.eu)?\.lever\.co/([A-Za-z0-9_.\-]{1,100})/")
_MAX_PAY_TEXT = 20_000  # characters
_KNOWN_FIELDS = (
    "additional additionalPlain applyUrl categories content country createdAt description descriptionBody "
    "descriptionBodyPlain descriptionPlain distributionChannels hostedUrl id lists opening openingPlain reqCode "
    "requisitionCodes salaryDescription salaryDescriptionPlain salaryRange state tags text updatedAt urls "
    "workplaceType"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one site.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, too_many_elements.
    """
    payload, builder = read_board(body, context, _BOARD)
    if isinstance(payload, dict):
        if "id" not in payload or "text" not in payload:
            raise UnreadableError("not_a_board", f"neither a list nor a posting: {', '.join(sorted(payload)[:8])}")
        _read(builder, "$", payload)
        return builder.decoded()
    postings = list(islice(_postings(builder, payload), MAX_ELEMENTS + 1))
    if len(postings) > MAX_ELEMENTS:
        raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} postings")
    for locator, posting in postings:
        _read(builder, locator, posting)
    return builder.decoded()


def _postings(builder: PostingBuilder, payload: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """(locator, posting) of a list, also of one that groups them by team or place (``{"title", "postings"}``)."""
    for locator, element in builder.objects(payload, "$"):
        if "postings" in element and "text" not in element:
            if isinstance(element["postings"], list):
                yield from builder.objects(element["postings"], f"{locator}.postings")
            else:
                builder.sink.reject(locator, "not_a_list", "no list stands where the postings of a group are due")
        else:
            yield locator, element


def _read(builder: PostingBuilder, locator: str, posting: dict[str, Any]) -> None:
    unknown_fields(builder.sink, posting, _KNOWN, "of a posting: ")
    categories = mapping(posting.get("categories"))
    every = names(categories.get("allLocations"))
    first = clean(categories.get("location")) or (every[0] if every else "")
    address = page(posting.get("hostedUrl"))
    of_page = _PAGE.match(address)
    codes = posting.get("requisitionCodes")
    builder.build(
        locator,
        posting_id=posting.get("id"),
        title=posting.get("text"),
        board=of_page[1] if of_page else None,
        url=address,
        parts=_parts(posting),
        location=with_country(first, posting.get("country")),
        offices=[place for place in every if place != first],
        workplace=workplace_of(posting.get("workplaceType")),
        departments=[clean(categories.get("department")), clean(categories.get("team"))],
        requisition_id=posting.get("reqCode") or ", ".join(names(codes)[:5]),
        employment_type=categories.get("commitment"),
        vacancies=vacancies_of(posting.get("openings")),
        pay=_pay(posting),
        published_on=builder.day(posting.get("createdAt"), "createdAt", moment_of_epoch),
        updated_at=builder.moment(posting.get("updatedAt"), "updatedAt", moment_of_epoch),
    )


def _parts(posting: dict[str, Any]) -> list[tuple[str, object]]:
    """The text's parts in the order of the page; HTML where there is any, else the plain text of the same part."""
    begin = posting.get("description") or posting.get("descriptionPlain")
    if not begin:
        opening = posting.get("opening") or posting.get("openingPlain")
        begin = posting.get("descriptionBody") or posting.get("descriptionBodyPlain")
        parts: list[tuple[str, object]] = [("", opening), ("", begin)]
    else:
        parts = [("", begin)]
    for entry in posting["lists"] if isinstance(posting.get("lists"), list) else []:
        if isinstance(entry, dict):
            parts.append((clean(entry.get("text")), entry.get("content")))
    parts.append(("", posting.get("additional") or posting.get("additionalPlain")))
    return parts


def _pay(posting: dict[str, Any]) -> Salary | None:
    span = mapping(posting.get("salaryRange"))
    words = posting.get("salaryDescriptionPlain") or posting.get("salaryDescription")
    words = to_text(words) if isinstance(words, str) and len(words) <= _MAX_PAY_TEXT else None
    return salary(span.get("min"), span.get("max"), span.get("currency"), span.get("interval"), words)
