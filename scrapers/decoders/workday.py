"""Workday's careers sites (CXS) to postings: pages of a site's list, and single postings with their texts.

Belongs here: the shape of the answers, and the facets that a list can be narrowed by. Never here: requests, paging.

A board is ``tenant.site``. A list says when a posting came in words only ("Posted 30+ Days Ago"), reckoned from the
reading and marked with its precision; a single posting has the day (``startDate``). A list with several places says how
many ("3 Locations"); the first of them stands in the posting's path. The registry's name of the employer goes before
``hiringOrganization``, which is a legal entity or a number of one and stands in single postings only: one posting keeps
one employer. Format: list answers recorded in 2026; single postings and facets as public code describes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from scrapers import places
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_part
from scrapers.decoders.listed import SEVERAL, Listing, board_object, builder_of, count_of, id_of
from scrapers.decoders.postings import PostingBuilder, clean, only_once, page, place, relative_day, workplace_of

_SITE = re.compile(r"^/wday/cxs/([A-Za-z0-9_\-]{1,60})/([A-Za-z0-9_.\-]{1,60})/")
_LIST = frozenset(("facets", "jobPostings", "total", "userAuthenticated"))
_POSTING = frozenset(("bulletFields", "externalPath", "locationsText", "postedOn", "remoteType", "timeType", "title"))
_INFO_FIELDS = (
    "additionalLocations canApply country endDate externalUrl id includeResumeParsing jobDescription jobPostingId "
    "jobPostingSiteId jobReqId jobRequisitionLocation location posted postedOn questionnaireId remoteType startDate "
    "timeLeftToApply timeType title"
)
_INFO = frozenset(_INFO_FIELDS.split())
_PLACE_FACET = re.compile(r"loc|countr|city|region|place|site|state", re.I)
_PATH = re.compile(r"/job/(?:([^/]{1,300})/)?([^/]{1,500})$")
_MAX_FACETS = 20_000  # values of all facets of a list


@dataclass(frozen=True)
class PlaceFacets:
    """The facets of a list that name places. ``offered``: whether there are any; ``here``: for each of them the ids of
    its values that are Luxembourg's.
    """

    offered: bool
    here: dict[str, tuple[str, ...]]


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a page of the list, or the one of a single posting.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (it counts postings and
    holds none), too_many_elements.
    """
    payload, remarks = _read(body)
    address = urlsplit(context.url)
    site = _SITE.match(address.path)
    builder = builder_of(context, f"{site[1]}.{site[2]}" if site else None, remarks)
    root = f"{address.scheme}://{address.netloc}/{site[2]}" if site else ""
    if "jobPostingInfo" in payload:
        _single(builder, payload, root)
        return builder.decoded()
    if payload["jobPostings"] == []:
        refuse_part(0, payload.get("total"), context.url)  # pages after the first give no total
    unknown_fields(builder.sink, payload, _LIST, "")
    for locator, posting in builder.objects(payload["jobPostings"], "$.jobPostings"):
        _listed(builder, locator, posting, root)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page of the list. ``total`` is true on a list's first page only.

    Raises UnreadableError for anything else: a page that is asked for more than it gives comes with neither postings
    nor a total, and is no empty board.
    """
    payload, _ = _read(body)
    postings, total = payload.get("jobPostings"), count_of(payload.get("total"))
    if not isinstance(postings, list) or total is None:
        raise UnreadableError("not_a_board", "the answer is not a page of postings with a total")
    paths = (posting.get("externalPath") if isinstance(posting, dict) else None for posting in postings)
    return Listing(tuple(clean(path) for path in paths), total, step=len(postings))


def place_facets(body: bytes) -> PlaceFacets:
    """By which facets a list can be narrowed to Luxembourg; raises UnreadableError as :func:`listing`."""
    payload, _ = _read(body)
    here: dict[str, list[str]] = {}
    offered = False
    for number, (parameter, value) in enumerate(_facet_values(payload.get("facets"))):
        if number >= _MAX_FACETS:
            break
        known, name = value.get("id"), clean(value.get("descriptor"))
        if not isinstance(known, str) or not re.fullmatch(r"[A-Za-z0-9_\-]{1,64}", known) or not name:
            continue
        offered = True
        if places.luxembourg(name).is_luxembourg:
            here.setdefault(parameter, []).append(known)
    return PlaceFacets(offered, {parameter: tuple(only_once(ids)) for parameter, ids in here.items()})


def detail_path(posting_url: str) -> str:
    """The path that a single posting is asked with, out of its page's address; "" where it has none."""
    found = _PATH.search(urlsplit(posting_url).path)
    return found[0] if found else ""


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(
        body, "Workday", lambda said: "jobPostings" in said or isinstance(said.get("jobPostingInfo"), dict)
    )


def _listed(builder: PostingBuilder, locator: str, posting: dict[str, Any], root: str) -> None:
    unknown_fields(builder.sink, posting, _POSTING, "of a posting: ")
    path = clean(posting.get("externalPath"))
    found = _PATH.search(path)
    said, of_path = clean(posting.get("locationsText")), _place_in(found)
    is_open = bool(SEVERAL.fullmatch(said))
    bullets = posting.get("bulletFields")
    posted, precision = relative_day(posting.get("postedOn"), builder.context.retrieved_at)
    if posted is None and posting.get("postedOn"):
        builder.sink.note(f"postedOn {clean(posting['postedOn'])[:40]!r} is no day")
    builder.build(
        locator,
        posting_id=_id_in(found),
        title=posting.get("title"),
        text_is_due=False,
        url=page(root + path) if root and found else "",
        location=said or of_path,
        offices=[of_path] if is_open else [],  # several places: the path has the first of them
        workplace=workplace_of(posting.get("remoteType")),
        requisition_id=bullets[0] if isinstance(bullets, list) and bullets else None,
        employment_type=posting.get("timeType"),
        published_on=posted,
        published_precision=precision,
    )


def _single(builder: PostingBuilder, payload: dict[str, Any], root: str) -> None:
    info: dict[str, Any] = payload["jobPostingInfo"]
    unknown_fields(builder.sink, info, _INFO, "of a posting: ")
    asked = _PATH.search(urlsplit(builder.context.url).path)
    address = page(info.get("externalUrl"))
    found = asked or _PATH.search(urlsplit(address).path)
    employer = payload.get("hiringOrganization")
    others = info.get("additionalLocations")
    posted, precision = relative_day(info.get("postedOn"), builder.context.retrieved_at)
    started = builder.day(info.get("startDate"), "startDate")
    builder.build(
        "$.jobPostingInfo",
        posting_id=_id_in(found) or id_of(info.get("jobPostingId")),
        title=info.get("title"),
        employer="" if builder.listed.get("employer") else _described(employer, "name"),
        url=address or (page(root + found[0]) if root and found else ""),
        html=info.get("jobDescription"),
        location=place(name=info.get("location"), country=_described(info.get("country"))),
        offices=[
            *(_described(other) for other in (others if isinstance(others, list) else [])),
            _described(info.get("jobRequisitionLocation")),
        ],
        workplace=workplace_of(info.get("remoteType")),
        requisition_id=info.get("jobReqId"),
        employment_type=info.get("timeType"),
        published_on=started or posted,
        published_precision="day" if started else precision,
        deadline_on=builder.day(info.get("endDate"), "endDate"),
    )


def _described(value: object, name: str = "descriptor") -> str:
    """A name that stands alone or in an object."""
    return clean(value.get(name) if isinstance(value, dict) else value)


def _id_in(path: re.Match[str] | None) -> str | None:
    """The posting's id: what stands behind the last "_" of its path ("JR-1002", and "JR-1002-1" for the second ad of a
    requisition); the whole last part where there is none.
    """
    if path is None:
        return None
    last = unquote(path[2])
    return id_of(last.rpartition("_")[2] or last)


def _place_in(path: re.Match[str] | None) -> str:
    """The place in a posting's path: "Illinois---Chicago" is "Illinois - Chicago"."""
    raw = unquote(path[1]) if path is not None and path[1] else ""
    return clean(raw.replace("---", " \x00 ").replace("-", " ").replace("\x00", "-").replace("  ", " ")) if raw else ""


def _facet_values(facets: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(parameter, value) of facets that name places; values may be grouped once more, by a parameter of their own."""
    for facet in facets if isinstance(facets, list) else []:
        if not isinstance(facet, dict):
            continue
        for value in facet["values"] if isinstance(facet.get("values"), list) else []:
            if not isinstance(value, dict):
                continue
            if isinstance(value.get("values"), list):
                parameter = str(value.get("facetParameter", ""))
                inner = [one for one in value["values"] if isinstance(one, dict)]
            else:
                parameter, inner = str(facet.get("facetParameter", "")), [value]
            if re.fullmatch(r"\w{1,60}", parameter) and _PLACE_FACET.search(parameter):
                yield from ((parameter, one) for one in inner)
