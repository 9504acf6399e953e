"""The Muse's public API to postings: pages of an aggregator, and single jobs.

Belongs here: the shape of its answers. Never here: requests, what a text means, whether an employer's own board lists
the same ad (duplicates are found later, by text).

Places are "City, Country" texts, one of which may be "Flexible / Remote". Pages count from 0. Format: version 2 of the
API as its documentation and public code describe it; no answer was seen.
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_other, refuse_part
from scrapers.decoders.listed import Listing, board_object, builder_of, count_of
from scrapers.decoders.postings import NOT_NAMED, PostingBuilder, clean, identifier, mapping, names

BOARD = "themuse"
_TOP = frozenset(
    ("aggregations", "items_per_page", "page", "page_count", "results", "timed_out", "took", "total", "warning")
)
_JOB_FIELDS = (
    "categories company contents id levels locations model_type name publication_date refs short_name tags type"
)
_JOB = frozenset(_JOB_FIELDS.split())
_REMOTE = re.compile(r"\bremote\b", re.I)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one page, or of a single job.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, partial (it counts jobs and
    holds none), too_many_elements.
    """
    payload, remarks = _read(body)
    builder = builder_of(context, BOARD, remarks)
    if "results" not in payload:
        refuse_other("The Muse", [payload])
        _build(builder, "$", payload)
        return builder.decoded()
    jobs = payload["results"]
    refuse_other("The Muse", [*(jobs if isinstance(jobs, list) else ()), payload])
    if payload.get("timed_out") is True:
        if not jobs:
            raise UnreadableError("partial", "the search ran out of time and holds no jobs")
        builder.sink.note("the search ran out of time: there may be more jobs")
    if jobs == []:
        refuse_part(0, payload.get("total"), context.url, later=bool(count_of(payload.get("page"))))
        if not {"page", "page_count"} & payload.keys():
            raise UnreadableError("not_a_board", "an empty list that says nothing of pages")
    unknown_fields(builder.sink, payload, _TOP, "")
    for locator, job in builder.objects(jobs, "$.results"):
        _build(builder, locator, job)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page; raises UnreadableError for anything else."""
    payload, _ = _read(body)
    results, number, pages = payload.get("results"), count_of(payload.get("page")), count_of(payload.get("page_count"))
    if not isinstance(results, list) or number is None or pages is None:
        raise UnreadableError("not_a_board", "the answer is not a page of jobs with its number and the number of pages")
    if payload.get("timed_out") is True:
        raise UnreadableError("upstream_error", "The Muse's search ran out of time, so the page is not whole")
    ids = tuple(identifier(job.get("id")) or "" if isinstance(job, dict) else "" for job in results)
    return Listing(ids, count_of(payload.get("total")), "more" if number + 1 < pages else "", len(ids))


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(body, "The Muse", lambda said: "results" in said or {"id", "contents"} <= said.keys())


def _build(builder: PostingBuilder, locator: str, job: dict[str, Any]) -> None:
    unknown_fields(builder.sink, job, _JOB, "of a job: ")
    first, *others = [*(name for name in names(job.get("locations"))), ""]
    builder.build(
        locator,
        posting_id=job.get("id"),
        title=job.get("name"),
        employer=clean(mapping(job.get("company")).get("name")) or NOT_NAMED,
        url=mapping(job.get("refs")).get("landing_page"),
        html=job.get("contents"),
        location=first,
        offices=others,
        # Remote alone: "Flexible / Remote" beside a city leaves the choice.
        workplace="remote" if first and all(_REMOTE.search(name) for name in (first, *others[:-1])) else "",
        departments=names(job.get("categories")),
        published_on=builder.day(job.get("publication_date"), "publication_date"),
    )
