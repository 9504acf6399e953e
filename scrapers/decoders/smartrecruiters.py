"""SmartRecruiters' Posting API to postings: pages of a company's list, and single postings with their texts.

Belongs here: the shape of the API's answers. Never here: requests, what a text means.

A list has no texts (``jobAd`` stands in single postings only); a posting read both ways is one record, the fuller text
kept. ``creator`` names a person and is never read. An unknown company is answered with an empty list, so an empty board
and a wrong name cannot be told apart: a note says so. Format: Posting API v1, answers recorded in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_other, refuse_part
from scrapers.decoders.listed import Listing, board_object, builder_of, count_of
from scrapers.decoders.postings import (
    PostingBuilder,
    Workplace,
    board_in,
    clean,
    identifier,
    mapping,
    page,
    place,
    salary,
)

_BOARD = re.compile(r"/companies/([A-Za-z0-9_.\-]{1,100})/postings(?:[/?]|$)")
_LIST = frozenset(("content", "limit", "offset", "totalFound"))
_POSTING_FIELDS = (
    "active actions applyUrl company compensation creator customField defaultJobAd department experienceLevel "
    "function id industry jobAd jobAdId jobId language location name postingUrl ref referralUrl refNumber "
    "releasedDate typeOfEmployment uuid visibility"
)
_POSTING = frozenset(_POSTING_FIELDS.split())
_SECTIONS = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a page of the list, or the one of a single posting.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (it counts postings and
    holds none), too_many_elements.
    """
    payload, remarks = _read(body)
    builder = builder_of(context, board_in(context.url, _BOARD), remarks)
    if "content" in payload:
        postings = payload["content"]
        refuse_other("SmartRecruiters", [*(postings if isinstance(postings, list) else ()), payload])
        if postings == []:
            refuse_part(0, payload.get("totalFound"), context.url, later=bool(count_of(payload.get("offset"))))
            if not {"totalFound", "offset", "limit"} & payload.keys():
                raise UnreadableError("not_a_board", "an empty list that does not count its postings (totalFound)")
        unknown_fields(builder.sink, payload, _LIST, "")
        for locator, posting in builder.objects(postings, "$.content"):
            _build(builder, locator, posting)
        if not postings:
            builder.sink.note("no postings: the company has none, or there is no company of this name")
    else:
        refuse_other("SmartRecruiters", [payload])
        _build(builder, "$", payload)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page of the list; raises UnreadableError for anything else."""
    payload, _ = _read(body)
    content, total = payload.get("content"), count_of(payload.get("totalFound"))
    if not isinstance(content, list) or total is None:
        raise UnreadableError("not_a_board", "the answer is not a page of postings with a total")
    ids = tuple(identifier(posting.get("id")) or "" if isinstance(posting, dict) else "" for posting in content)
    # More than 100 a page are not given, without a word: the page's own limit says how far it went.
    return Listing(ids, total, step=count_of(payload.get("limit")) or len(content))


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(body, "SmartRecruiters", lambda said: "content" in said or _is_posting(said))


def _is_posting(said: dict[str, Any]) -> bool:
    """Whether an object is a single posting: others name what they hold with ``id`` and ``name`` too."""
    return {"id", "name"} <= said.keys() and bool({"company", "location", "jobAd", "releasedDate"} & said.keys())


def _build(builder: PostingBuilder, locator: str, posting: dict[str, Any]) -> None:
    unknown_fields(builder.sink, posting, _POSTING, "of a posting: ")
    company, where = mapping(posting.get("company")), mapping(posting.get("location"))
    pay = mapping(posting.get("compensation"))
    known, token = identifier(posting.get("id")), identifier(company.get("identifier"))
    builder.build(
        locator,
        posting_id=posting.get("id"),
        title=posting.get("name"),
        employer=company.get("name"),
        board=token,
        url=_page(posting, token or builder.board, known),
        parts=_parts(posting),
        text_is_due="jobAd" in posting,
        location=_place(where),
        workplace=_workplace(where),
        departments=[clean(mapping(posting.get(name)).get("label")) for name in ("department", "function")],
        requisition_id=posting.get("refNumber"),
        employment_type=mapping(posting.get("typeOfEmployment")).get("label"),
        pay=salary(pay.get("min"), pay.get("max"), pay.get("currency"), pay.get("period")),
        language=builder.language(mapping(posting.get("language")).get("code")),
        industry=mapping(posting.get("industry")).get("label"),
        published_on=builder.day(posting.get("releasedDate"), "releasedDate"),
    )


def _parts(posting: Mapping[str, Any]) -> list[tuple[str, object]]:
    sections = mapping(mapping(posting.get("jobAd")).get("sections"))
    found = [mapping(sections.get(name)) for name in _SECTIONS]
    return [(clean(section.get("title")), section.get("text")) for section in found if section]


def _place(where: Mapping[str, Any]) -> str:
    """The place in the publisher's words; else in its parts. Country codes come in lower case."""
    whole = clean(where.get("fullLocation"))
    if whole:
        return whole
    country = clean(where.get("country"))
    return place(
        city=where.get("city"),
        region=where.get("region"),
        postcode=where.get("postalCode"),
        country=country.upper() if len(country) == 2 else country,
    )


def _workplace(where: Mapping[str, Any]) -> Workplace:
    if where.get("remote") is True:
        return "remote"
    if where.get("hybrid") is True:
        return "hybrid"
    return "on_site" if where.get("remote") is False and where.get("hybrid") is False else ""


def _page(posting: Mapping[str, Any], company: str | None, known: str | None) -> str:
    """The ad's page: as the publisher says, else by its pattern. ``ref`` of a list is the API's address mostly."""
    for name in ("postingUrl", "ref"):
        found = page(posting.get(name))
        if found and not found.lower().startswith("https://api."):
            return found
    return f"https://jobs.smartrecruiters.com/{company}/{known}" if company and known else ""
