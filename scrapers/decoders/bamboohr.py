"""BambooHR's careers pages to postings: the list of a company, and single openings with text and day.

Belongs here: the shape of the two answers. Never here: requests, what a text means.

The list has titles and places only. ``location`` is where the company employs, ``atsLocation`` what the opening says in
its place; ``locationType`` 0, 1 and 2 mean on site, remote and hybrid. Format: list answers recorded in 2026; single
openings as public code describes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_part
from scrapers.decoders.listed import Listing, board_object, builder_of, count_of
from scrapers.decoders.postings import PostingBuilder, Workplace, clean, identifier, only_once, page, place, salary

_HOST = re.compile(r"([a-z0-9][a-z0-9\-]{0,62})\.bamboohr\.com")
_ID = re.compile(r"/careers/([0-9]{1,18})(?:/|$)")
_LISTED_FIELDS = (
    "atsLocation departmentId departmentLabel employmentStatusLabel employmentType id isRemote jobOpeningName "
    "jobOpeningShareUrl location locationType"
)
_OPENING_FIELDS = f"{_LISTED_FIELDS} compensation datePosted description jobCategoryId jobCategoryLabel "
_OPENING_FIELDS += "jobOpeningStatus minimumExperience"
_OPENING = frozenset(_OPENING_FIELDS.split())
_WORKPLACES: dict[str, Workplace] = {"0": "on_site", "1": "remote", "2": "hybrid"}


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a company's list, or the one of a single opening.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (it counts openings and
    holds none), too_many_elements.
    """
    result, remarks, total = _read(body)
    address = urlsplit(context.url)
    host = _HOST.fullmatch((address.hostname or "").lower())
    builder = builder_of(context, host[1] if host else None, remarks)
    if isinstance(result, dict):
        opening = result["jobOpening"]
        named = _ID.search(address.path) or _ID.search(urlsplit(page(opening.get("jobOpeningShareUrl"))).path)
        _build(builder, "$.result.jobOpening", opening, named[1] if named else opening.get("id"))
        return builder.decoded()
    refuse_part(len(result), total, context.url)
    if total is not None and total != len(result):
        builder.sink.note(f"the list counts {total} openings and holds {len(result)}")
    for locator, opening in builder.objects(result, "$.result"):
        _build(builder, locator, opening, opening.get("id"))
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What completeness needs of the list, which has one page; raises UnreadableError for anything else."""
    result, _, total = _read(body)
    if not isinstance(result, list):
        raise UnreadableError("not_a_board", "the answer is not a list of openings")
    ids = tuple(identifier(one.get("id")) or "" if isinstance(one, dict) else "" for one in result)
    return Listing(ids, total, step=len(result))


def _read(body: bytes) -> tuple[Any, list[str], int | None]:
    """The list of openings, or the object that holds one; remarks; how many the publisher counts."""
    payload, remarks = board_object(body, "BambooHR", _is_board)
    meta = payload.get("meta")
    return payload["result"], remarks, count_of(meta.get("totalCount")) if isinstance(meta, dict) else None


def _is_board(payload: dict[str, Any]) -> bool:
    result = payload.get("result")
    return isinstance(result, list) or (isinstance(result, dict) and isinstance(result.get("jobOpening"), dict))


def _build(builder: PostingBuilder, locator: str, opening: dict[str, Any], posting_id: object) -> None:
    unknown_fields(builder.sink, opening, _OPENING, "of an opening: ")
    status = clean(opening.get("jobOpeningStatus"))
    if status and status.lower() != "open":
        builder.leave_out(f"opening that is {status[:40]}, not open: left out")
        return
    known = identifier(posting_id)
    first, *others = [*_places(opening), ""]
    builder.build(
        locator,
        posting_id=posting_id,
        title=opening.get("jobOpeningName"),
        url=page(opening.get("jobOpeningShareUrl")) or _page(builder.board, known),
        html=opening.get("description"),
        text_is_due="description" in opening,
        location=first,
        offices=others,
        workplace=_workplace(opening),
        departments=[clean(opening.get("departmentLabel"))],
        employment_type=opening.get("employmentStatusLabel"),
        pay=salary(text=opening.get("compensation")),
        published_on=builder.day(opening.get("datePosted"), "datePosted"),
    )


def _places(opening: Mapping[str, Any]) -> list[str]:
    found = []
    for name in ("location", "atsLocation"):
        where = opening.get(name)
        if isinstance(where, dict):
            region = where.get("state") or where.get("province")
            country = where.get("addressCountry") or where.get("country")
            found.append(
                place(city=where.get("city"), region=region, postcode=where.get("postalCode"), country=country)
            )
    return only_once(found)


def _workplace(opening: Mapping[str, Any]) -> Workplace:
    if opening.get("isRemote") is True:
        return "remote"
    kind = opening.get("locationType")
    return _WORKPLACES.get(str(kind) if isinstance(kind, int) else clean(kind), "")


def _page(board: str | None, known: str | None) -> str:
    return f"https://{board}.bamboohr.com/careers/{known}" if board and known else ""
